"""Bank statements by an old and a new channel side by side (B-51)."""

from datetime import timedelta

from odoo.addons.finance_connector_base.engine.envelope import Envelope

from .camt_writer import DAY, Booking, camt053
from .common import IBAN, BankCase


class TestDualStatements(BankCase):
    """What is compared is the statement: its balances and the sum of its entries, whatever file it came in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old = cls.env["finance.connection"]._manual(cls.company)
        cls.new = cls.old.copy({"name": "New channel", "state": "active"})
        cls.old_flow, cls.new_flow = (one._bank_flow("finance.bank.handler.statement") for one in (cls.old, cls.new))
        cls.dual = cls.env["finance.dual.run"].create(
            {
                "name": "Statements",
                "domain": "bank",
                "old_flow_id": cls.old_flow.id,
                "new_flow_id": cls.new_flow.id,
                "amount_path": "sum",
                "currency_path": "currency",
            }
        )
        cls.dual.action_start()

    def bring(self, connection, content):
        payload = self.env["finance.payload"]._store(content, company=self.company, name="a.xml")
        key = f"sha256:{payload.sha256}"
        [file] = self.env["finance.message"]._enqueue(
            connection._bank_flow("finance.bank.handler.file"),
            [Envelope(subject="a.xml", payload_id=payload.id, dedupe_key=key, content_hash=payload.sha256)],
        )
        self.drain()
        return self.statements_of(file)

    def test_b51_statements_of_two_channels_are_compared_and_booked_once(self):
        first = self.statement(Booking("50.00", text="Rent"), Booking("-20.00"))
        self.assertPosted(self.bring(self.old, camt053(first)))
        shadow = self.bring(self.new, camt053(first))
        self.assertEqual((shadow.message_id.state, shadow.message_id.reason_code), ("ignored", "dual_shadow"))
        self.assertEqual(self.amounts(), [50, -20])
        self.dual.action_compare()
        self.assertTrue(self.dual.is_clean, self.dual.difference_ids.mapped("key"))
        self.assertEqual(self.dual.totals[0]["new_sum"], "30.00")

        # the new channel lacks an entry of the second day: its balance and its sum tell
        second = {"opening": "30.00", "day": DAY + timedelta(days=1)}
        self.bring(self.old, camt053(self.statement(Booking("5.00"), Booking("7.00"), **second)))
        self.bring(self.new, camt053(self.statement(Booking("5.00"), **second)))
        self.dual.action_compare()
        found = self.dual.difference_ids
        self.assertEqual({one.path for one in found}, {"closing", "entries", "sum"})
        self.assertTrue(found[0].key.startswith(IBAN), found[0].key)
        self.assertEqual(self.amounts(), [50, -20, 5, 7])
