"""Statements brought by hand while the channel of the bank is down (B-49, K-03)."""

from odoo.addons.finance_connector_base.engine.envelope import Envelope

from .camt_writer import Booking, camt053
from .common import BankCase


class TestByHand(BankCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.env["finance.connection"].create(
            {
                "name": "House bank",
                "adapter": "finance.adapter.manual",
                "company_id": cls.company.id,
                "environment": "test",
                "state": "active",
                "check_ok": True,
            }
        )
        cls.flow = cls.connection._bank_flow("finance.bank.handler.file")

    def by_channel(self, content):
        """The same as the fetch run queues it."""
        payload = self.env["finance.payload"]._store(content, company=self.company, name="c53.xml")
        [message] = self.env["finance.message"]._enqueue(
            self.flow,
            [
                Envelope(
                    subject="c53.xml",
                    payload_id=payload.id,
                    dedupe_key=f"sha256:{payload.sha256}",
                    content_hash=payload.sha256,
                )
            ],
        )
        self.drain()
        return message

    def test_b49_posted_while_the_channel_is_down_and_once_only(self):
        one = self.statement(Booking("12.00", text="by hand"))
        content = camt053(one)
        self.connection.sudo().auth_needed = True
        brought = self.flow._receive_by_hand([("from the portal.xml", content)], "EBICS is down")
        self.drain()
        self.assertEqual(brought.state, "done")
        self.assertPosted(self.statements_of(brought))
        self.assertEqual(self.amounts(), [12])
        self.connection.sudo().auth_needed = False
        same = self.by_channel(content)
        self.assertEqual((same.state, same.duplicate_of_id), ("ignored", brought))
        other_bytes = self.by_channel(camt053(one, message_id="OTHER").replace(b"<Stmt>", b"\n  <Stmt>\n"))
        self.assertEqual(self.statements_of(other_bytes).state, "duplicate")
        self.assertEqual(self.amounts(), [12])
