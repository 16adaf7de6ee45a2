"""Orders that leave as files: what was approved, at most once, nobody guesses (K-07; faults 4, 34, 35, 38 to 40)."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.finance_connector_base.engine.transaction import NestedSteps
from odoo.addons.finance_connector_base.models.finance_dispatcher_recovery import CRASH_LIMIT

from ..payments.progress import STATUS, Fact
from .common import OPERATOR, OTHER_IBAN
from .payment_bank_case import PaymentBankCase


@tagged("post_install", "-at_install")
class TestPaymentFile(PaymentBankCase):
    def test_k07_the_approved_bytes_leave_and_are_executed_once(self):
        order = self.send(100.0, 250.0)
        self.assertState(order.message_id, "done")
        self.assertEqual(order.state, "sent")
        [path] = (self.folder / "outgoing").iterdir()
        self.assertEqual(path.name, f"{order.message_id_for_bank}.xml")
        with order._file() as stream:
            self.assertEqual(path.read_bytes(), stream.read())
        self.bring(self.turn())
        self.executed_once(order)
        self.assertEqual((order.state, set(order.line_ids.mapped("state"))), ("accepted", {"confirmed"}))

    def test_fault_4_and_34_what_nobody_knows_is_never_sent_again_and_known_by_the_answer(self):
        self.sftp.control("PUT", "/faults", {"cut_after_effect": ["rename"]})
        order = self.send(100.0)
        self.assertState(order.message_id, "unknown")
        self.assertEqual(order.state, "unknown")
        self.assertTrue(order.unknown_since)
        self.assertFalse(order.may_decide, "the bank may only be slow")
        self.sftp.control("DELETE", "/faults")
        self.env["finance.payment.order"]._cron_inquire()
        self.drain()
        self.assertEqual((order.state, order.message_id.attempt_count), ("unknown", 1))
        self.bring(self.turn())
        self.executed_once(order)
        self.assertEqual(order.state, "accepted")
        self.assertState(order.message_id, "done")
        self.assertFalse(order.message_id.exception_ids.filtered(lambda one: one.state == "open"))

    def claim(self):
        """A worker takes up what waits, and is lost; :return: its run and its claims"""
        dispatcher = self.env["finance.dispatcher"]
        run = dispatcher._begin(NestedSteps(self.env.cr), None)
        return run, dispatcher._claim(run)

    def recover(self, run):
        self.env.cr.execute(
            "UPDATE finance_worker SET lease_until = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE id = %s",
            [run.worker_id],
        )
        dispatcher = self.env["finance.dispatcher"]
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING"):
            dispatcher._recover(dispatcher._begin(NestedSteps(self.env.cr), None))
        self.env.flush_all()
        self.env.invalidate_all()

    def test_fault_4_without_an_intent_nothing_was_sent_and_the_late_worker_is_fenced(self):
        order = self.released(100.0, flow_id=self.out.id)
        run, claims = self.claim()
        self.recover(run)
        self.assertState(order.message_id, "queued")
        self.assertEqual((order.state, order.message_id.crash_count), ("released", 1))
        self.assertEqual(order.message_id.attempt_ids.outcome, "crashed")
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING") as logs:
            self.env["finance.dispatcher"]._work_claims(run, claims)
        self.assertIn("taken over", logs.output[0])
        self.assertFalse(list((self.folder / "outgoing").iterdir()))
        self.drain()
        self.assertEqual(order.state, "sent")
        self.turn()
        self.executed_once(order)

    def test_fault_4_with_an_intent_nobody_knows(self):
        order = self.released(100.0, flow_id=self.out.id)
        run, [claim] = self.claim()
        self.assertIsNone(self.env["finance.dispatcher"]._admit_first(run, claim))
        self.assertEqual(order.state, "sending")
        self.recover(run)
        self.assertState(order.message_id, "unknown")
        self.assertEqual(order.state, "unknown")

    def test_fault_8_an_order_that_kills_its_worker_before_the_intent_is_put_aside(self):
        order = self.released(100.0, flow_id=self.out.id)
        for _crash in range(CRASH_LIMIT):
            run, _claims = self.claim()
            self.recover(run)
        self.assertState(order.message_id, "held", "worker_killed")
        self.assertEqual(order.state, "released")
        order._cancel("another way")
        self.assertState(order.message_id, "ignored")

    def test_fault_35_what_did_not_leave_is_sent_again(self):
        self.sftp.control("PUT", "/faults", {"cut_before": ["write"]})
        order = self.send(100.0)
        self.assertState(order.message_id, "retry")
        self.assertEqual(order.state, "released")
        self.assertTrue(order.attention)
        self.sftp.control("DELETE", "/faults")
        self.make_due(order.message_id)
        self.drain()
        self.assertEqual(order.state, "sent")
        self.turn()
        self.executed_once(order)

    def test_fault_40_what_was_changed_after_the_release_does_not_leave(self):
        order = self.released(100.0, flow_id=self.out.id)
        message = order.message_id
        self.supplier_account.acc_number = OTHER_IBAN
        self.drain()
        self.assertState(message, "ignored")
        self.assertEqual(order.state, "draft")
        self.assertIn("changed after the release", order.attention)
        self.assertFalse(list((self.folder / "outgoing").iterdir()))
        self.assertFalse(message.exception_ids.filtered(lambda one: one.state == "open"))

    def test_fault_40_what_is_approved_anew_leaves(self):
        order = self.released(100.0, flow_id=self.out.id)
        order.line_ids.sudo().remittance = "changed behind everybody's back"
        self.drain()
        self.assertEqual(order.state, "draft")
        order.action_propose()
        self.approve(order, self.second_approver)
        self.release(order)
        self.drain()
        self.assertEqual(order.state, "sent")
        self.turn()
        self.executed_once(order)

    def test_fault_40_approvals_are_looked_at_once_more(self):
        order = self.released(100.0, flow_id=self.out.id)
        self.env["finance.payment.rule"].create({"name": "Two", "company_id": self.company.id, "approvals": 2})
        self.drain()
        self.assertState(order.message_id, "ignored")
        self.assertEqual(order.state, "draft")
        self.assertIn("more approvals", order.attention)

    def test_fault_39_an_order_leaves_by_one_message(self):
        order = self.released(100.0, flow_id=self.out.id)
        with self.assertRaises(UserError):
            self.release(order, self.second_releaser)
        self.assertEqual(self.env["finance.message"].search_count([("flow_id", "=", self.out.id)]), 1)
        again = self.env["finance.message"]._enqueue(
            self.out, [self.env["finance.handler.payment.file"]._payment_envelope(order)]
        )
        self.assertEqual(again.state, "ignored")

    def test_an_emergency_stop_holds_what_is_released(self):
        order = self.released(100.0, flow_id=self.out.id)
        self.env["finance.stop"]._stop("flow", "test", flow=self.out)
        self.drain()
        self.assertEqual((order.state, order.message_id.state), ("released", "queued"))
        with self.assertRaisesRegex(UserError, "stop"):
            self.release(self.approved(50.0, flow_id=self.out.id))

    def test_a_paused_way_releases_nothing(self):
        order = self.approved(100.0, flow_id=self.out.id)
        self.out.paused = True
        with self.assertRaisesRegex(UserError, "paused"):
            self.release(order)
        self.assertEqual(order.state, "approved")

    def test_another_handler_never_carries_payments(self):
        order = self.approved(100.0, flow_id=self.make_flow(self.connection, handler="finance.handler.file.out").id)
        with self.assertRaisesRegex(UserError, "does not send payments"):
            self.release(order)

    def test_the_way_of_payments_never_sends_twice(self):
        self.assertTrue(self.out.at_most_once)
        with self.assertRaises(ValidationError):
            self.out.at_most_once = False
        with self.assertRaises(ValidationError):
            self.out.driven_by = "middleware"

    def test_b49_by_hand_two_people_and_the_order_follows(self):
        operators = [self.make_user(f"operator_{number}", OPERATOR) for number in (1, 2)]
        order = self.released(100.0, flow_id=self.out.id)
        message = order.message_id
        self.by(operators[0], message)._take_by_hand("the line is down")
        self.drain()
        self.assertEqual((message.state, order.state), ("held", "released"))
        self.by(operators[0], message)._delivered_by_hand("portal", reference="P-1")
        self.assertEqual(order.state, "released", "one person's word")
        with self.assertRaises(UserError):
            order._cancel("changed my mind")
        self.by(operators[1], message)._confirm_by_hand("seen in the portal")
        self.assertEqual((message.state, order.state, order.bank_reference), ("done", "sent", "P-1"))

    def test_b49_nobody_takes_a_file_that_was_not_approved(self):
        operator = self.make_user("operator", OPERATOR)
        order = self.released(100.0, flow_id=self.out.id)
        self.supplier_account.acc_number = OTHER_IBAN
        with self.assertRaisesRegex(UserError, "changed after the release"):
            self.by(operator, order.message_id)._take_by_hand("the line is down")

    def test_a_message_with_payments_is_neither_discarded_nor_replayed(self):
        order = self.send(100.0)
        with self.assertRaisesRegex(UserError, "pay again"):
            order.message_id._replay("again")
        other = self.released(50.0, flow_id=self.out.id)
        other.message_id._set_state("held", reason_code="rejected")
        with self.assertRaisesRegex(UserError, "Cancel the order"):
            other.message_id._discard("not wanted")

    def test_what_waits_can_be_cancelled_and_what_left_cannot(self):
        order = self.released(100.0, flow_id=self.out.id)
        order._cancel("not wanted")
        self.assertState(order.message_id, "ignored")
        self.drain()
        self.assertFalse(list((self.folder / "outgoing").iterdir()))
        with self.assertRaises(UserError):
            self.send(70.0)._cancel("too late")

    # -- two people decide -------------------------------------------------------------------------

    def unknown(self, *amounts):
        self.sftp.control("PUT", "/faults", {"cut_after_effect": ["rename"]})
        order = self.send(*amounts or (100.0,))
        self.sftp.control("DELETE", "/faults")
        self.assertEqual(order.state, "unknown")
        return order

    def decide(self, order, user, decision, reason="asked the bank, Ms Bell, 10:15"):
        with self.at_the_screen(user):
            wizard = self.by(user, self.env["finance.payment.unknown.wizard"])
            return wizard.create({"order_id": order.id, "decision": decision, "reason": reason}).action_confirm()

    def test_fault_38_nobody_decides_before_the_horizon_and_not_alone(self):
        order = self.unknown()
        with self.assertRaisesRegex(UserError, "too early"):
            self.decide(order, self.approver, "not_executed")
        self.until_decided(order)
        with self.assertRaises(AccessError):
            self.decide(order, self.creator, "not_executed")
        with self.assertRaisesRegex(UserError, "how you know"):
            self.decide(order, self.approver, "not_executed", reason=" ")
        self.decide(order, self.approver, "not_executed")
        self.assertEqual(order.state, "unknown")
        self.assertIn("second person", order.decision_waits)
        with self.assertRaisesRegex(AccessError, "Another person"):
            self.decide(order, self.approver, "not_executed")
        self.decide(order, self.second_releaser, "not_executed")
        self.assertEqual((order.state, order.line_ids.state), ("cancelled", "cancelled"))
        self.assertState(order.message_id, "ignored")
        rows = order.approval_ids.filtered(lambda row: row.decision == "not_executed")
        self.assertEqual(rows.user_id, self.approver | self.second_releaser)

    def test_fault_38_two_opinions_decide_nothing(self):
        order = self.unknown()
        self.until_decided(order)
        self.decide(order, self.approver, "not_executed")
        self.decide(order, self.second_approver, "executed")
        self.assertEqual(order.state, "unknown")
        self.decide(order, self.releaser, "executed")
        self.assertEqual(order.state, "sent")
        self.assertState(order.message_id, "done")

    def test_fault_38_a_decision_that_was_wrong_shows_itself(self):
        order = self.unknown()
        self.until_decided(order)
        self.decide(order, self.approver, "not_executed")
        self.decide(order, self.releaser, "not_executed")
        self.bring(self.turn())
        self.executed_once(order)
        self.assertEqual(order.line_ids.problems, "decided_otherwise")
        self.assertTrue(order.activity_ids)

    def test_after_the_horizon_people_are_called(self):
        order = self.unknown()
        self.env["finance.payment.order"]._cron_inquire()
        self.assertFalse(order.activity_ids)
        self.until_decided(order)
        self.env["finance.payment.order"]._cron_inquire()
        self.assertTrue(order.activity_ids)

    # -- asked to cancel ---------------------------------------------------------------------------

    def recall(self, order, user=None, code="DUPL"):
        user = user or self.releaser
        with self.at_the_screen(user):
            wizard = self.by(user, self.env["finance.payment.recall.wizard"])
            wizard.create({"order_id": order.id, "code": code, "text": "paid twice"}).action_confirm()

    def test_a_sent_order_is_recalled_by_a_file(self):
        order = self.send(100.0, 50.0)
        self.recall(order)
        self.drain()
        self.assertState(order.recall_message_id, "done")
        path = self.folder / "outgoing" / f"{order.message_id_for_bank}-R1.xml"
        text = path.read_text()
        for line in order.line_ids:
            self.assertIn(line.end_to_end_id, text)
        self.assertIn("camt.055.001", text)
        self.assertIn("recall", order.approval_ids.mapped("decision"))

    def test_k11_what_the_bank_cancels_in_time_is_never_executed(self):
        """camt.055 out, camt.029 back: the bank still had the file, and carries out what was not recalled."""
        order = self.send(100.0, 50.0)
        self.recall(order)
        self.drain()
        files = self.turn()
        self.assertEqual([name[:7] for name, _content in files], ["camt029"])
        self.assertState(self.bring(files), "done")
        self.assertEqual((order.state, set(order.line_ids.mapped("state"))), ("cancelled", {"cancelled"}))
        self.assertEqual(order.line_ids.fact_ids.mapped("code"), ["ACCR", "ACCR"])
        self.assertEqual(self.counts(), {})
        self.bring(files)
        self.assertEqual(len(order.line_ids.fact_ids), 2, "said again, known once")

    def test_k11_what_the_bank_does_not_cancel_any_more_stays_what_it_is(self):
        order = self.send(100.0)
        self.bring(self.turn())
        self.recall(order)
        self.drain()
        self.habits(recall_answer="PDCR")
        self.assertState(self.bring(self.turn()), "done")
        self.assertEqual((order.line_ids.state, order.attention), ("confirmed", False))
        self.habits(recall_answer="")
        self.recall(order)
        self.drain()
        self.assertState(self.bring(self.turn()), "done")
        self.assertEqual((order.state, order.line_ids.state), ("accepted", "confirmed"))
        self.assertIn("does not cancel 1 payments", order.attention)
        self.executed_once(order)

    def test_k14_what_was_executed_and_is_cancelled_comes_back_by_the_account(self):
        order = self.send(100.0)
        self.bring(self.turn())
        self.recall(order)
        self.drain()
        self.habits(recall_answer="ACCR")
        self.bring(self.turn())
        self.assertEqual((order.line_ids.state, order.state), ("recalled", "accepted"), "a promise")
        today = str(self.env.cr.now().date())
        self.bank.control("POST", "/statement", {"from_day": today, "to_day": today})
        self.bring(self.answers(), self.connection._bank_flow("finance.bank.handler.file"))
        self.assertEqual((order.line_ids.state, order.line_ids.reasons), ("returned", "FOCR"))
        self.assertFalse(order.line_ids.problems)

    def test_only_a_releaser_recalls_what_is_at_the_bank(self):
        order = self.send(100.0)
        with self.assertRaises(AccessError):
            self.recall(order, self.approver)
        order.line_ids._add_facts([(Fact(kind=STATUS, code="RJCT"), {})])
        with self.assertRaisesRegex(UserError, "nothing to do here"):
            self.recall(order)
