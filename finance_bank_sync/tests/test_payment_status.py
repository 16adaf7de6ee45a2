"""What banks say about payments, by files and on the account (K-11 to K-14; faults 27, 36, 37)."""

import re
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import CONFIDENTIAL
from ..models.finance_payment_silence import ACTIVITY
from ..payments.progress import STATUS, Fact
from .common import ADVISER, OPERATOR, OTHER_IBAN
from .payment_bank_case import PaymentBankCase


@tagged("post_install", "-at_install")
class TestPaymentStatus(PaymentBankCase):
    def bring_statements(self, files):
        return self.bring(files, self.connection._bank_flow("finance.bank.handler.file"))

    def today(self, days=0):
        return str(self.env.cr.now().date() + timedelta(days=days))

    def statement(self):
        self.bank.control("POST", "/statement", {"from_day": self.today(-1), "to_day": self.today(1)})
        return self.answers()

    # -- reports -----------------------------------------------------------------------------------

    def test_fault_36_a_part_is_rejected_and_each_payment_stands_for_itself(self):
        order = self.send(100.0, 250.0, 70.0)
        bad = order.line_ids[1]
        self.habits(rules=[{"field": "end_to_end_id", "is": bad.end_to_end_id, "reason": "AC04"}])
        messages = self.bring(self.turn())
        self.assertState(messages, "done")
        self.assertEqual(order.line_ids.mapped("state"), ["confirmed", "rejected", "confirmed"])
        self.assertEqual((bad.reasons, order.state), ("AC04", "accepted"))
        self.assertIn("1 of 3", order.attention)
        self.assertNotIn(bad.end_to_end_id, self.counts())

    def test_k11_in_any_order_twice_and_late_it_is_the_same(self):
        self.habits(duplicates=True, shuffled=True, seed=7, late_status="ACTC", flow=["ACTC", "ACCP", "ACSP", "ACSC"])
        order = self.send(100.0, 250.0)
        files = self.turn()
        self.bring(files)
        self.assertEqual(order.line_ids.mapped("state"), ["confirmed", "confirmed"])
        facts = len(order.line_ids.fact_ids)
        flow = self.status_flow
        self.bring(
            [(f"copy-{name}", content.replace(b"</Document>", b" </Document>")) for name, content in files], flow
        )
        self.assertEqual(len(order.line_ids.fact_ids), facts, "said again, known once")

    def test_k11_both_versions_of_the_report(self):
        for version in (3, 10):
            self.habits(version=version)
            order = self.send(100.0)
            self.bring(self.turn())
            self.assertEqual(order.line_ids.state, "confirmed", version)

    def test_exceptions_alone_are_mentioned(self):
        self.habits(only_exceptions=True, flow=["ACSP"])
        order = self.send(100.0, 250.0)
        bad = order.line_ids[0]
        self.habits(rules=[{"field": "end_to_end_id", "is": bad.end_to_end_id, "reason": "AC04"}])
        files = self.turn()
        with self.undone():
            self.bring(files)
            self.assertEqual(order.line_ids.mapped("state"), ["rejected", "sent"], "nothing was said about the other")
        self.status_flow.payment_accepts_rest = True
        self.bring(files)
        self.assertEqual(order.line_ids.mapped("state"), ["rejected", "accepted"])

    def test_the_whole_file_is_refused(self):
        self.habits(opens_accounts=False)
        order = self.send(100.0, 250.0)
        self.bring(self.turn())
        self.assertEqual((order.state, set(order.line_ids.mapped("state"))), ("rejected", {"rejected"}))
        self.assertFalse(self.counts())

    def test_a_report_about_somebody_else_is_held(self):
        self.send(100.0)
        [*_others, (name, content)] = self.turn()
        strange = re.sub(rb"<OrgnlMsgId>[^<]*", b"<OrgnlMsgId>OTHER-1", content)
        [message] = self.bring([(name, strange)])
        self.assertState(message, "held", "payment_unknown_original")
        [message] = self.bring([("other.xml", content.replace(b"</CstmrPmtStsRpt>", b""))])
        self.assertState(message, "held", "payment_report_broken")

    def test_another_company_is_told_nothing(self):
        order = self.send(100.0)
        files = self.turn()
        other = self.make_connection("finance.adapter.manual", company_id=self.other_company.id)
        messages = self.bring(files, other._payment_flow("finance.handler.payment.status"))
        self.assertState(messages, "held", "payment_unknown_original")
        self.assertEqual(order.line_ids.state, "sent")

    def test_a_report_with_payments_that_are_not_ours_is_looked_at(self):
        self.habits(rules=[{"every": 2, "reason": "AC04"}], flow=["ACSP"])
        order = self.send(100.0, 250.0)
        one = order.line_ids[0]
        [(name, content)] = self.turn()
        content = content.replace(one.end_to_end_id.encode(), b"STRANGE-1")
        content = content.replace(one.uetr.encode(), b"5b1e3f0c-9d0a-4f4a-8e5b-0c1d2e3f4a5b")
        [message] = self.bring([(name, content)])
        self.assertState(message, "held", "payment_report_differs")
        self.assertEqual(order.line_ids.mapped("state"), ["sent", "rejected"], "what fits is taken over")

    def test_one_folder_for_reports_and_statements(self):
        order = self.send(100.0)
        messages = self.bring_statements(self.turn())
        self.assertState(messages, "done")
        self.assertEqual(order.line_ids.state, "confirmed")
        messages = self.bring(self.statement())
        self.assertState(messages, "done")
        self.assertEqual(order.line_ids.state, "settled")

    def test_ids_of_groups_are_those_of_the_file(self):
        order = self.make_order(10.0, 20.0, 30.0)
        order.line_ids[0].date = self.today(9)
        order.action_propose()
        content = order._content()
        for group, ids in zip(content.batch.groups, content.lines, strict=True):
            for line_id in ids:
                self.assertEqual(order._group_ids()[line_id], group.id)

    def test_many_payments_take_no_more_queries_than_few(self):
        counts = []
        for size in (3, 30):
            order = self.send(*[10.0 + number for number in range(size)])
            files = self.turn()[-1:]
            messages = self.status_flow._receive_by_hand(files, "test")
            self.env.flush_all()
            start = self.cr.sql_log_count
            self.drain()
            counts.append(self.cr.sql_log_count - start)
            self.assertState(messages, "done")
            self.assertEqual(set(order.line_ids.mapped("state")), {"confirmed"})
        self.assertLess(counts[1], counts[0] * 2)

    # -- the account -------------------------------------------------------------------------------

    def test_k12_only_the_account_settles(self):
        order = self.send(100.0, 250.0)
        self.bring(self.turn())
        self.assertEqual(order.state, "accepted")
        self.bring_statements(self.statement())
        self.assertEqual((order.state, set(order.line_ids.mapped("state"))), ("settled", {"settled"}))
        facts = order.line_ids.fact_ids.filtered(lambda fact: fact.kind == "booked")
        self.assertEqual(facts.mapped("amount"), [100.0, 250.0])
        self.assertEqual(facts.statement_line_id.mapped("amount"), [-100.0, -250.0])
        self.assertFalse(any(order.line_ids.mapped("problems")))

    def test_k12_the_statement_makes_an_unknown_order_known(self):
        self.sftp.control("PUT", "/faults", {"cut_after_effect": ["rename"]})
        order = self.send(100.0)
        self.assertEqual(order.state, "unknown")
        self.sftp.control("DELETE", "/faults")
        self.turn()
        self.bring_statements(self.statement())
        self.assertEqual(order.state, "settled")
        self.assertState(order.message_id, "done")

    def test_one_booking_for_all(self):
        order = self.send(100.0, 250.0, batch_booking="one")
        self.bring(self.turn())
        self.bring_statements(self.statement())
        self.assertEqual(set(order.line_ids.mapped("state")), {"settled"})
        self.assertFalse(any(order.line_ids.mapped("problems")))

    def test_one_amount_for_a_group_without_its_payments(self):
        order = self.send(100.0, 250.0, batch_booking="one")
        [(name, content)] = self.turn()[-1:] and self.statement()
        bare = re.sub(rb"<NtryDtls>.*?</NtryDtls>", self._batch_alone(order, 2), content, flags=re.S)
        self.bring_statements([(name, bare)])
        self.assertEqual(set(order.line_ids.mapped("state")), {"settled"})
        self.assertSettledBy(order.line_ids)

    def assertSettledBy(self, lines):
        """One line of the account met all payments, of different payees. :return: it"""
        bank_line = lines.payment_id.reconciled_statement_line_ids
        self.assertEqual(len(bank_line), 1)
        self.assertTrue(bank_line.is_reconciled)
        self.assertFalse(bank_line.partner_id)
        self.assertEqual(set(lines.payment_id.mapped("is_matched")), {True})
        return bank_line

    def collective(self, order, details):
        """The bank books the order in one amount. :return: its row of the statement, told with these details"""
        self.turn()
        [(name, content)] = self.statement()
        self.bring_statements([(name, re.sub(rb"<NtryDtls>.*?</NtryDtls>", details, content, flags=re.S))])
        # sudo: rows of statements are the engine's
        return self.env["finance.bank.entry"].sudo().search([("statement_id.journal_id", "=", order.journal_id.id)])

    def test_k12_the_message_names_the_order(self):
        order = self.send(100.0, 250.0, batch_booking="one")
        told = f"<NtryDtls><Btch><MsgId>{order.message_id_for_bank}</MsgId></Btch></NtryDtls>"
        self.collective(order, told.encode())
        self.assertEqual(set(order.line_ids.mapped("state")), {"settled"})
        self.assertSettledBy(order.line_ids)

    def test_k12_the_bank_left_one_payment_out(self):
        order = self.send(100.0, 250.0, 70.0, batch_booking="one")
        bad = order.line_ids[1]
        self.habits(rules=[{"field": "end_to_end_id", "is": bad.end_to_end_id, "reason": "AC04"}])
        entry = self.collective(order, self._batch_alone(order, 2))
        self.assertFalse(any(order.line_ids.payment_id.mapped("is_matched")), "the report about it is not there yet")
        proposal = entry.suggestion_ids
        self.assertEqual(proposal.mapped("why"), ["group,less"])
        self.assertEqual(proposal.documents, f"{order.display_name}: 2 payments")
        proposal._accept()
        self.assertSettledBy(order.line_ids - bad)
        self.assertFalse(bad.payment_id.is_matched)

    def test_k12_nobody_is_named_but_the_sum_is_that_of_one_order(self):
        order = self.send(100.0, 250.0, batch_booking="one", is_confidential=True)
        entry = self.collective(order, b"")
        self.assertFalse(any(order.line_ids.payment_id.mapped("is_matched")))
        proposal = entry.suggestion_ids.filtered(lambda found: "order_sum" in found.why)
        self.assertEqual(len(proposal.item_ids), 2)
        self.s18_who_is_paid_confidentially_is_not_told_on_the_desk(order, entry, proposal)
        proposal._accept()
        self.assertSettledBy(order.line_ids)

    def s18_who_is_paid_confidentially_is_not_told_on_the_desk(self, order, entry, proposal):
        names = (order.name, *order.line_ids.partner_id.mapped("name"))
        forecast = self.env["finance.bank.forecast"].search([("payment_id", "in", order.line_ids.payment_id.ids)])
        self.assertEqual((len(forecast), len(forecast.partner_id)), (2, 0))
        for groups, sees in (((ADVISER, OPERATOR), False), ((ADVISER, OPERATOR, CONFIDENTIAL), True)):
            user = self.make_user(f"desk_{sees}", *groups)
            desk = self.by(user, self.env["finance.bank.desk"])
            [answer] = [one for one in desk.get_answers(entry.line_id.id)["answers"] if one["id"] == proposal.id]
            told = str([answer, self.by(user, proposal).display_name, self.by(user, proposal).partner_id.name])
            with self.subTest(sees=sees):
                self.assertEqual([name in told for name in names], [sees] * len(names), told)
                self.assertEqual(len(answer["items"]), 2 if sees else 0)
                if not sees:
                    self.assertEqual(answer["documents"], "Confidential payments: 2")
                    # of one payment alone the payee is not told either
                    single = proposal.copy({"item_ids": [Command.set(proposal.item_ids[:1].ids)]})
                    self.assertFalse(self.by(user, single).partner_id)
                    self.assertTrue(single.partner_id)
                    single.unlink()

    def test_one_amount_that_is_not_the_sum_is_for_a_person(self):
        order = self.send(100.0, 250.0, batch_booking="one")
        [(name, content)] = self.turn()[-1:] and self.statement()
        bare = re.sub(rb"<NtryDtls>.*?</NtryDtls>", self._batch_alone(order, 3), content, flags=re.S)
        self.bring_statements([(name, bare)])
        self.assertEqual(set(order.line_ids.mapped("state")), {"sent"})
        self.assertIn("one amount", order.attention)
        self.assertTrue(order.activity_ids)

    @staticmethod
    def _batch_alone(order, count):
        group = f"{order.message_id_for_bank}-1"
        told = f"<PmtInfId>{group}</PmtInfId><NbOfTxs>{count}</NbOfTxs>"
        return f"<NtryDtls><Btch>{told}</Btch></NtryDtls>".encode()

    def test_the_notification_comes_before_the_statement(self):
        order = self.send(100.0)
        self.turn()
        self.bank.control("POST", "/notify", {"day": self.today()})
        self.bring_statements(self.answers())
        self.assertEqual(order.line_ids.state, "settled")
        self.bring_statements(self.statement())
        self.assertFalse(order.line_ids.problems, "told twice, booked once")
        self.assertEqual(order.line_ids.state, "settled")

    def test_fault_37_what_comes_back_keeps_what_was_executed(self):
        order = self.send(100.0, 250.0)
        self.bring(self.turn())
        line = order.line_ids[0]
        told = {"end_to_end_id": line.end_to_end_id, "reason": "AC04", "day": self.today(), "fee": "3.00"}
        self.bank.control("POST", "/return", told)
        self.bring_statements(self.statement())
        self.assertEqual(order.line_ids.mapped("state"), ["returned", "settled"])
        self.assertEqual(line.reasons, "AC04")
        back = line.fact_ids.filtered(lambda fact: fact.kind == "returned")
        self.assertEqual((back.amount, back.code), (97.0, "AC04"))
        self.assertIn("3.00", back.text)
        self.assertFalse(line.problems)

    def test_what_cannot_be_true_together_is_for_a_person(self):
        order = self.send(100.0)
        self.bring(self.turn())
        line = order.line_ids
        self.bank.control("POST", "/reject", {"end_to_end_id": line.end_to_end_id, "reason": "AC04"})
        self.bank.control("POST", "/release")
        [message] = self.bring(self.answers())
        self.assertState(message, "held", "payment_contradiction")
        self.assertEqual((line.state, line.problems), ("unclear", "rejected_but_executed"))
        self.assertTrue(order.activity_ids)

    def test_money_of_others_changes_nothing(self):
        order = self.send(100.0)
        self.turn()
        self.make_bank_journal(self.company, OTHER_IBAN)
        files = [
            (name, content.replace(b"DE02120300000000202051", OTHER_IBAN.encode()))
            for name, content in self.statement()
        ]
        self.bring_statements(files)
        self.assertEqual(order.line_ids.state, "sent", "booked on another account")

    # -- no last word ------------------------------------------------------------------------------

    def ask_around(self, order, days=20):
        """Days pass, and the scheduled action looks twice."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_payment_order SET requested_date = requested_date - %s, sent_at = sent_at - %s *"
            " interval '1 day' WHERE id = %s",
            [days, days, order.id],
        )
        self.env.invalidate_all()
        for _time in range(2):
            self.env["finance.payment.order"]._cron_inquire()

    def say(self, user, lines, decision, **values):
        with self.at_the_screen(user):
            action = self.by(user, lines).action_decide()
            wizard = self.by(user, self.env["finance.payment.word.wizard"]).with_context(**action["context"])
            told = {"decision": decision, "reason": "Ms Bell of the bank, 10:15", **values}
            return wizard.create(told).action_confirm()

    def order_with_a_lost_answer(self):
        """:return: an order of which the bank executes and books all but the second payment, and says nothing"""
        bill = self.make_invoice(250.0, move_type="in_invoice", ref="V-250")
        item = bill.line_ids.filtered(lambda line: line.account_id.account_type == "liability_payable")
        payee = {"partner_id": self.supplier.id, "partner_bank_id": self.supplier_account.id}
        lines = [{**payee, "amount": amount, "remittance": f"Bill {amount}"} for amount in (100.0, 250.0, 70.0)]
        lines[1]["item_ids"] = [Command.create({"move_line_id": item.id, "amount": 250.0})]
        order = self.send(lines=lines)
        bad = order.line_ids[1]
        self.habits(rules=[{"field": "end_to_end_id", "is": bad.end_to_end_id, "reason": "AC04"}], drop_answers=9)
        self.assertFalse(self.turn())
        self.bring_statements(self.statement())
        self.assertEqual(order.line_ids.mapped("state"), ["settled", "sent", "settled"])
        return order, bad, bill

    def test_k33_what_the_bank_says_nothing_about_is_told_and_decided_by_two_people(self):
        order, bad, bill = self.order_with_a_lost_answer()
        self.env["finance.payment.order"]._cron_inquire()
        self.assertFalse(order.attention, "the bank may only be slow")
        with self.assertRaisesRegex(UserError, "too early"):
            self.say(self.releaser, bad, "not_executed")
        self.ask_around(order)
        self.assertEqual((order.phase, order.situation), ("action", "action"))
        self.assertIn("1 of 3 payments", order.attention)
        self.assertEqual(order.line_ids.mapped("situation"), ["current", "action", "current"])
        tasks = order.activity_search([ACTIVITY])
        self.assertEqual(len(tasks), 2, "two people, once")
        self.assertIn(self.releaser, tasks.user_id)
        with self.undone():
            bad._add_facts([(Fact(kind=STATUS, code="RJCT", reasons=("AC04",)), {})])
            self.assertEqual((bad.state, bad.silent_since, bill.payment_state), ("rejected", False, "not_paid"))
            self.assertFalse(order.activity_search([ACTIVITY]), "the word has arrived")
        with self.assertRaisesRegex(UserError, "ask it"):
            self.by(self.releaser, order).action_seen()
        with self.assertRaises(AccessError):
            self.say(self.creator, bad, "not_executed")
        with self.assertRaisesRegex(UserError, "nothing to decide"):
            self.say(self.releaser, order.line_ids, "not_executed")
        self.say(self.releaser, bad, "not_executed", evidence="UHJvb2Y=", evidence_name="portal.png")
        self.assertEqual(bad.state, "sent")
        self.assertIn("second person", bad.decision_waits)
        with self.assertRaisesRegex(AccessError, "Another person"):
            self.say(self.releaser, bad, "not_executed")
        # who says otherwise decides nothing either
        self.say(self.approver, bad, "executed")
        self.assertEqual((bad.state, bill.payment_state), ("sent", "paid"))
        self.say(self.second_releaser, bad, "not_executed")
        self.assertEqual(bad.state, "sent", "two say so, and one of three otherwise")
        self.say(self.approver, bad, "not_executed")
        self.assertEqual((bad.state, bill.payment_state, bill.amount_residual), ("cancelled", "not_paid", 250.0))
        self.assertEqual((order.state, bad.silent_since, bad.can_resubmit), ("settled", False, True))
        self.assertFalse(order.activity_search([ACTIVITY]), "the task is over")
        self.assertEqual(bad.word_ids.user_id, self.releaser | self.approver | self.second_releaser)
        with bad.word_ids[0].sudo().evidence_id._open() as stream:
            self.assertEqual(stream.read(), b"Proof")
        with self.assertRaises(AccessError):
            bad.word_ids[0].sudo().reason = "I never said so"

    def test_k10_and_k11_what_stands_against_a_decision_is_told_and_never_doubles(self):
        order, bad, bill = self.order_with_a_lost_answer()
        self.ask_around(order)
        with self.undone():
            # what was said to be executed is opened by people alone
            self.say(self.releaser, bad, "executed")
            self.say(self.approver, bad, "executed")
            self.assertEqual((bad.state, order.state, order.phase), ("confirmed", "accepted", "flight"))
            bad._add_facts([(Fact(kind=STATUS, code="RJCT"), {})])
            self.assertEqual((bad.state, bill.payment_state, order.phase), ("unclear", "paid", "action"))
            self.say(self.releaser, bad, "not_executed")
            self.say(self.approver, bad, "not_executed")
            self.assertEqual((bad.state, bill.payment_state), ("cancelled", "not_paid"))
            # the database lets nobody decide alone
            forged = Fact(kind="decided", code="executed", key="003")
            with self.undone(), mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "said by two people"):
                bad._add_facts([(forged, {})])
        self.say(self.releaser, bad, "not_executed")
        self.say(self.approver, bad, "not_executed")
        again = self.env["finance.payment.order"].browse(self.by(self.creator, bad).action_resubmit()["res_id"])
        again.with_user(self.creator).action_propose()
        self.approve(again)
        with self.undone():
            self.release(again, self.second_releaser)
            bad._add_facts([(Fact(kind=STATUS, code="ACSP"), {})])
            self.drain()
            self.assertEqual(again.state, "draft", "it does not leave")
            self.assertIn(order.name, again.attention)
        bad._add_facts([(Fact(kind=STATUS, code="ACSP"), {})])
        self.assertEqual((bad.state, bad.problems), ("unclear", "decided_otherwise"))
        self.assertEqual((again.state, order.phase), ("draft", "action"))
        self.assertIn(order.name, again.attention)
        self.assertTrue(order.activity_ids)
        # they find out once more, knowing what the bank says
        self.say(self.releaser, bad, "executed")
        self.say(self.approver, bad, "executed")
        self.assertEqual((bad.state, bad.problems, bill.payment_state), ("confirmed", False, "not_paid"))
        # ... and the bill, which is open in the ledger, is not paid once more, in whatever words
        again.line_ids.with_user(self.creator).remittance = "Something else"
        again.with_user(self.creator).action_propose()
        self.approve(again)
        with self.assertRaisesRegex(UserError, "executed after all"):
            self.release(again, self.second_releaser)
