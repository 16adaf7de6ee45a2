"""Invoices handed in at another database of the suite (S-01); the way itself is tests/process/test_api_program.py."""

from unittest.mock import patch

from odoo.tests import tagged

from .api_case import ApiCase

DOCUMENT = {"id": "invoice_" + "b" * 26, "kind": "invoice", "number": None, "state": "draft"}


@tagged("post_install", "-at_install")
class TestPeer(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.peer = cls.make_connection(
            "finance.adapter.peer", http_base_url="https://peer.example/finance/api/v1/", http_honours_key=True
        )
        cls.sending = cls.make_flow(
            cls.peer,
            handler="finance.handler.peer",
            direction="out",
            record_model="account.move",
            release_domain=f"[('partner_id', '=', {cls.partner.id})]",
        )

    def confirm(self, partner=None):
        """:return: a new invoice, confirmed, and its message"""
        move = self.invoices[0].copy({"partner_id": (partner or self.partner).id, "invoice_date": "2026-03-03"})
        move.action_post()
        return move, self.env["finance.message"].search([("flow_id", "=", self.sending.id)])

    def work(self, message, told):
        """Let the other side say this."""
        sent = []

        def send(adapter, connection, body, key):
            sent.append((body, key))
            return told

        self.make_due(message)
        with patch.object(type(self.env["finance.adapter.peer"]), "_send_invoice", send):
            self.drain()
        return sent

    def test_s01_what_the_other_side_made_of_it_is_kept(self):
        move, message = self.confirm()
        [(body, key)] = self.work(message, {"state": "waiting"})
        self.assertState(message, "retry", "peer_waiting")
        self.assertEqual((body["kind"], body["number"], body["total"]), ("vendor_bill", move.name, "120.00"))
        self.assertEqual(body["external_id"], self.env["finance.api"]._names().of("invoice", move.id))
        [(_body, again)] = self.work(message, {"state": "done", "document": DOCUMENT})
        self.assertEqual(key, again, "the same request, however often it is made")
        self.assertState(message, "done")
        found = self.env["finance.external.reference"]._find(self.peer, "invoice", [DOCUMENT["id"]])
        self.assertEqual(found, {DOCUMENT["id"]: ("account.move", move.id)})

    def test_what_is_held_there_is_held_here(self):
        _move, message = self.confirm()
        self.work(message, {"state": "needs_attention", "reason": "mapping_missing", "detail": "Paper is not mapped"})
        self.assertState(message, "held", "peer_holds")
        self.assertIn("Paper is not mapped", message.detail)

    def test_one_name_for_two_invoices_is_doubted(self):
        move, message = self.confirm()
        self.work(message, {"state": "done", "document": DOCUMENT})
        second = self.env["finance.message"].search([("flow_id", "=", self.sending.id)])
        self.assertEqual(second, message)
        _other, messages = self.confirm()
        self.work(messages - message, {"state": "done", "document": DOCUMENT})
        self.assertState(messages - message, "held", "peer_malformed")
        self.assertEqual(move.state, "posted")

    def test_b17_what_no_flow_names_stays_at_home(self):
        partner = self.partner.copy({"name": "Somebody else", "vat": False})
        _move, message = self.confirm(partner)
        self.assertFalse(message)
        self.sending.release_domain = False
        _move, message = self.confirm()
        self.assertFalse(message, "without a domain nothing is sent")
