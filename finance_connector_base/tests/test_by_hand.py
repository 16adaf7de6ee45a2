"""Files by hand while a channel is down, both ways (B-49): the same way in, at most once out, known again after."""

import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine.envelope import Envelope
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestBroughtByHand(FakeCase):
    def bring(self, *files, role="operator", flow=None, **values):
        """:return: the messages that the dialog shows"""
        attachments = self.as_user(self.env["ir.attachment"], role).create(
            [{"name": name, "raw": content} for name, content in files]
        )
        wizard = self.as_user(self.env["finance.by.hand.in"], role).create(
            {
                "flow_id": (flow or self.flow).id,
                "attachment_ids": attachments.ids,
                "reason": "SFTP is down",
                **values,
            }
        )
        action = wizard.action_bring()
        self.assertFalse(attachments.exists())
        return self.env["finance.message"].search(action["domain"])

    def by_channel(self, content, name):
        """The same as the fetch run queues it."""
        payload = self.env["finance.payload"]._store(content, company=self.company, name=name)
        key = self.env[self.flow.handler]._file_business_key(self.flow, name, payload)
        return self.enqueue(
            self.flow,
            Envelope(
                subject=name,
                payload_id=payload.id,
                dedupe_key=f"sha256:{payload.sha256}",
                content_hash=payload.sha256,
                business_key=key,
            ),
        )

    def test_b49_worked_while_the_channel_is_down_and_known_again_by_its_bytes(self):
        self.connection.sudo().write({"auth_needed": True})
        waiting = self.enqueue(self.flow, {"do": "effect", "key": "channel"})
        brought = self.bring(("statement-1.txt", b"a b"))
        self.drain()
        self.assertState(brought, "done")
        self.assertState(waiting, "queued")
        self.assertTrue(brought.by_hand)
        self.assertIn("SFTP is down", self.flow.message_ids[0].body)
        self.connection.sudo().write({"auth_needed": False})
        later = self.by_channel(b"a b", "other name.txt")
        self.drain()
        self.assertState(later, "ignored", "duplicate")
        self.assertEqual(later.duplicate_of_id, brought)
        self.assertState(waiting, "done")
        self.assertAccounted(self.flow)

    def test_b49_while_the_breaker_is_open(self):
        self.env.cr.execute(
            "UPDATE finance_connection SET hold_until = (now() AT TIME ZONE 'UTC') + interval '1 hour' WHERE id = %s",
            (self.connection.id,),
        )
        self.env.invalidate_all()
        brought = self.bring(("statement-1.txt", b"a b"))
        self.drain()
        self.assertState(brought, "done")

    def test_b49_other_bytes_that_say_the_same_are_known_by_the_business_key(self):
        brought = self.bring(("statement-1.txt", b"a b"))
        self.drain()
        later = self.by_channel(b"a  b\n", "statement-1.camt")
        self.drain()
        self.assertState(later, "ignored", "brought_by_hand")
        self.assertState(brought, "done")

    def test_b49_other_bytes_that_say_something_else_wait_for_a_person(self):
        brought = self.bring(("statement-1.txt", b"a b"))
        self.drain()
        later = self.by_channel(b"a c", "statement-1.camt")
        self.drain()
        self.assertState(later, "held", "near_duplicate")
        self.assertEqual(later.exception_ids.params["alike"], brought.id)
        self.as_user(later, "operator")._decide_duplicate(same=False, reason="a correction")
        self.drain()
        self.assertState(later, "done")

    def test_b49_the_channel_was_first_and_nobody_had_seen_it(self):
        """Also what came before the first file by hand is compared."""
        first = self.by_channel(b"a b", "statement-1.camt")
        self.drain()
        brought = self.bring(("statement-1.txt", b"a  b"))
        self.drain()
        self.assertState(first, "done")
        self.assertState(brought, "ignored", "brought_by_hand")
        again = self.bring(("x.txt", b"a b"))
        self.assertState(again, "ignored", "duplicate")

    def test_b49_two_of_the_channel_under_one_key_are_not_compared(self):
        self.bring(("statement-9.txt", b"z"))
        one, two = self.by_channel(b"a", "statement-1.a"), self.by_channel(b"b", "statement-1.b")
        self.drain()
        self.assertState(one | two, "done")

    def test_b49_a_business_key_given_by_the_person(self):
        brought = self.bring(("file.txt", b"a b"), business_key="statement-7")
        self.assertEqual(brought.business_key, "statement-7")
        self.drain()
        later = self.by_channel(b"a b ", "statement-7.camt")
        self.drain()
        self.assertState(later, "ignored", "brought_by_hand")
        with self.assertRaises(UserError):
            self.bring(("1", b"1"), ("2", b"2"), business_key="statement-8")

    def test_b49_needs_a_reason_a_file_a_flow_that_takes_files_and_the_role(self):
        with self.assertRaises(UserError):
            self.bring(("1", b"1"), reason=" ")
        with self.assertRaises(UserError):
            self.bring()
        outgoing = self.make_flow(self.connection, direction="out")
        with self.assertRaises(UserError):
            self.bring(("1", b"1"), flow=outgoing)
        for role in ("viewer", "steward", "admin", "auditor", "employee"):
            with self.assertRaises(AccessError):
                self.bring(("1", b"1"), role=role)
        foreign = self.make_flow(self.make_connection(company_id=self.other_company.id))
        with self.assertRaises(AccessError):
            self.bring(("1", b"1"), flow=foreign)

    def test_which_flows_take_files(self):
        self.assertTrue(self.flow.takes_files)
        found = self.env["finance.flow"].search([("takes_files", "=", True)])
        self.assertIn(self.flow, found)
        self.assertNotIn(self.make_flow(self.connection, handler="finance.handler.test.call"), found)


@tagged("post_install", "-at_install")
class TestDeliveredByHand(FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(
            cls.connection, handler="finance.handler.test.call", direction="out", at_most_once=True
        )
        cls.env["finance.handler.test.call"]._pop_calls()

    def calls(self):
        return self.env["finance.handler.test.call"]._pop_calls()

    def confirm(self, message, reason="seen at the bank's portal", number=2):
        self.as_user(message, "operator", number=number)._confirm_by_hand(reason)

    def outgoing(self, **envelope):
        return self.enqueue(self.flow, {"answer": "sent"}, business_key="PAY-1", **envelope)

    def test_b49_delivered_by_hand_is_never_sent_by_the_channel(self):
        self.connection.sudo().write({"auth_needed": True})
        message = self.outgoing()
        operator = self.as_user(message, "operator")
        operator._take_by_hand("the bank's host is down")
        self.assertState(message, "held", "by_hand")
        self.assertEqual(message.exception_ids.owner_id, self.user("operator"))
        self.connection.sudo().write({"auth_needed": False})
        self.drain()
        self.assertState(message, "held", "by_hand")
        with self.assertRaises(UserError):
            operator.action_retry()
        operator._delivered_by_hand("handed in at the portal", reference="P-77", evidence=("receipt.pdf", b"receipt"))
        self.drain()
        self.assertState(message, "held", "by_hand_reported")
        self.confirm(message)
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.calls(), [])
        self.assertEqual(message.result, {"by_hand": True, "reference": "P-77"})
        self.assertEqual(message.evidence_id.name, "receipt.pdf")
        self.assertEqual(message.exception_ids.state, "solved")
        self.assertIn("handed in at the portal", message.transition_ids.mapped("note"))
        with self.assertRaisesRegex(UserError, "second time"):
            message._replay("once more")
        self.assertAccounted(self.flow)

    def test_b49_the_file_is_the_one_that_would_have_been_sent(self):
        payload = self.env["finance.payload"]._store(b"<pain/>", company=self.company, name="pain.xml")
        message = self.outgoing(payload_id=payload.id)
        plain = self.outgoing()
        self.as_user(message | plain, "operator")[0]._take_by_hand("down")
        self.as_user(plain, "operator")._take_by_hand("down")
        self.assertEqual(message.payload_id, payload)
        self.assertEqual(message.payload_id._open().read(), b"<pain/>")
        self.assertIn(b'"answer": "sent"', plain.payload_id._open().read())

    def test_b49_a_later_confirmation_finds_it(self):
        partner = self.env["res.partner"].create({"name": "Paid"})
        message = self.outgoing(res_model="res.partner", res_id=partner.id)
        operator = self.as_user(message, "operator")
        operator._take_by_hand("down")
        operator._delivered_by_hand("portal", reference="P-77")
        self.confirm(message)
        found = self.env["finance.external.reference"]._find(self.connection, "res.partner", ["P-77"])
        self.assertEqual(found, {"P-77": ("res.partner", partner.id)})
        incoming = self.make_flow(self.connection)
        confirmation = self.enqueue(incoming, {"do": "effect", "key": "confirmed"}, business_key="PAY-1")
        self.drain()
        self.assertState(confirmation, "done")
        life = self.env["finance.message"]._lifecycle("PAY-1")
        self.assertEqual(life["messages"], message | confirmation)
        self.assertIn(("res.partner", partner.id), life["documents"])

    def test_b49_given_back_the_channel_sends_it_once(self):
        message = self.outgoing()
        operator = self.as_user(message, "operator")
        operator._take_by_hand("down")
        with self.assertRaisesRegex(UserError, "two people"):
            operator._give_back("the channel works again")
        self.as_user(message, "operator", number=2)._give_back("the channel works again")
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.calls(), message.ids)
        for late in (operator._delivered_by_hand, operator._give_back):
            with self.assertRaises(UserError):
                late("too late")

    def test_b49_what_may_have_been_sent_is_not_delivered_by_hand(self):
        unknown = self.enqueue(self.flow, {"answer": "x", "call_error": "AmbiguousError"})
        done = self.outgoing()
        self.drain()
        self.assertState(unknown, "unknown")
        incoming = self.enqueue(self.make_flow(self.connection), {"do": "raise", "error": "RejectedError"})
        self.drain()
        for message in (unknown, done, incoming):
            with self.assertRaises(UserError):
                self.as_user(message, "operator").action_deliver_by_hand()
            with self.assertRaises(UserError):
                self.as_user(message, "operator")._take_by_hand("r")

    def test_b49_what_gave_up_or_was_held_can_be_taken(self):
        held = self.enqueue(self.flow, {"answer": "x", "call_error": "RejectedError"})
        self.flow.retry_max = 1
        dead = self.enqueue(self.flow, {"answer": "x", "call_error": "TransientError"})
        self.drain()
        self.assertState(held, "held")
        self.assertState(dead, "dead")
        self.calls()
        for message in (held, dead):
            self.as_user(message, "operator")._take_by_hand("down")
            self.assertState(message, "held", "by_hand")
            self.assertEqual(len(message.exception_ids.filtered(lambda e: e.state == "open")), 1)
        self.assertAccounted(self.flow)

    def test_b49_reason_and_role(self):
        message = self.outgoing()
        with self.assertRaises(UserError):
            self.as_user(message, "operator")._take_by_hand("")
        for role in ("viewer", "steward", "admin", "auditor"):
            with self.assertRaises(AccessError):
                self.as_user(message, role)._take_by_hand("r")
        with self.assertRaises(AccessError):
            self.as_user(message, "operator", other_company=True)._take_by_hand("r")

    def test_b49_the_dialog(self):
        message = self.outgoing()
        action = self.as_user(message, "operator").action_deliver_by_hand()
        wizard = self.as_user(self.env["finance.by.hand.out"].with_context(**action["context"]), "operator").create({})
        with self.assertRaises(UserError):
            wizard.action_download()
        wizard.reason = "down"
        with self.at_the_screen(wizard.env.user):
            wizard.action_take()
        wizard.invalidate_recordset()
        self.assertTrue(wizard.is_taken)
        self.assertEqual(wizard.action_download()["url"], f"/finance/message/{message.id}/payload")
        wizard.write(
            {
                "reason": "portal",
                "evidence": base64.b64encode(b"receipt"),
                "evidence_name": "r.pdf",
                "reference": " P-1 ",
            }
        )
        with self.at_the_screen(wizard.env.user):
            wizard.action_delivered()
        self.assertState(message, "held", "by_hand_reported")
        wizard.invalidate_recordset()
        self.assertEqual((wizard.is_taken, wizard.is_reported, wizard.may_decide), (False, True, False))
        second = self.as_user(self.env["finance.by.hand.out"], "operator", number=2).create({"message_id": message.id})
        self.assertTrue(second.may_decide)
        self.assertEqual((second.reported_reference, second.has_evidence), ("P-1", True))
        with self.at_the_screen(second.env.user):
            with self.assertRaisesRegex(UserError, "reason"):
                second.action_evidence()
            second.reason = "seen at the portal"
            self.assertEqual(second.action_evidence()["res_id"], second.id)
            second.invalidate_recordset()
            self.assertTrue(second.may_download)
            self.assertEqual(second.action_evidence()["url"], f"/finance/message/{message.id}/evidence")
        looked = self.env["finance.disclosure"].search([("message_id", "=", message.id)], limit=1)
        self.assertEqual((looked.user_id, looked.has_evidence), (second.env.user, True))
        with self.at_the_screen(second.env.user, checked=None):
            self.assertNotEqual(second.action_confirm()["type"], "ir.actions.act_window_close", "the password first")
        self.assertState(message, "held", "by_hand_reported")
        with self.at_the_screen(second.env.user):
            second.action_confirm()
        self.assertState(message, "done")
        self.assertEqual(message.result["reference"], "P-1")

    # -- money takes two -------------------------------------------------------------------

    def reported(self):
        message = self.outgoing()
        operator = self.as_user(message, "operator")
        operator._take_by_hand("down")
        operator._delivered_by_hand("portal", reference="P-9", evidence=("receipt.pdf", b"receipt"))
        return message, operator

    def test_b49_money_takes_two_people(self):
        message, operator = self.reported()
        self.assertEqual((message.taken_by_id, message.reported_by_id), (self.user("operator"), self.user("operator")))
        with self.assertRaisesRegex(UserError, "two people"):
            operator._confirm_by_hand("I am sure")
        # the same person with a second login is one person
        twin = self.user("operator", number=3)
        twin.sudo().partner_id = self.user("operator").partner_id
        with self.assertRaisesRegex(UserError, "two people"):
            self.confirm(message, number=3)
        for role in ("viewer", "steward", "admin", "auditor"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_user(message, role)._confirm_by_hand("r")
        second = self.as_user(message, "operator", number=2)
        with self.assertRaises(UserError):
            second._confirm_by_hand(" ")
        for act in (second.action_retry, lambda: second._discard("r"), lambda: second._give_back("r")):
            with self.assertRaises(UserError):
                act()
        self.drain()
        self.assertState(message, "held", "by_hand_reported")
        self.assertFalse(message.by_hand)
        with self.assertRaises(UserError):
            operator._delivered_by_hand("again")
        self.confirm(message)
        self.assertState(message, "done")
        self.assertEqual((message.by_hand, message.result["reference"]), (True, "P-9"))
        self.assertEqual(message.exception_ids.state, "solved")
        with self.assertRaises(UserError):
            self.confirm(message)
        self.assertEqual(self.calls(), [])
        self.assertAccounted(self.flow)

    def test_b49_the_second_person_may_not_find_it_so(self):
        message, operator = self.reported()
        with self.assertRaisesRegex(UserError, "two people"):
            operator._refute_by_hand("r")
        second = self.as_user(message, "operator", number=2)
        second._refute_by_hand("the bank knows nothing of it")
        self.assertState(message, "held", "by_hand")
        self.assertFalse(message.evidence_id or message.reported_by_id or message.result)
        self.assertEqual(message.exception_ids.owner_id, self.user("operator"))
        self.assertIn("the bank knows nothing of it", message.transition_ids.mapped("note"))
        second._give_back("the bank has nothing")
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.calls(), message.ids, "sent once")

    def test_b49_what_is_no_money_takes_one(self):
        flow = self.make_flow(self.connection, handler="finance.handler.test.call", direction="out")
        message = self.enqueue(flow, {"answer": "sent"})
        operator = self.as_user(message, "operator")
        operator._take_by_hand("down")
        with patch.object(type(self.env["finance.handler.test.call"]), "_carries_money", True):
            self.assertTrue(message._carries_money(), "a handler that moves money, whatever its flow says")
        operator._delivered_by_hand("portal")
        self.assertState(message, "done")
        self.assertEqual(message.reported_by_id, self.user("operator"))
