from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.tests.common import FinanceCase


@tagged("post_install", "-at_install")
class TestAssistance(FinanceCase):
    """A-20: what is alike and what is unusual, with the reason; nothing is posted or released by it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.load_chart(cls.company)
        cls.vendor = cls.env["res.partner"].create({"name": "Vendor"})
        today = fields.Date.today()
        days = [400 - 30 * number for number in range(10)]
        cls.bills = cls.env["account.move"].create(
            [cls.bill(today - timedelta(days=day), 100 + number) for number, day in enumerate(days)]
        )
        cls.large = cls.env["account.move"].create(cls.bill(today - timedelta(days=3), 9000))

    @classmethod
    def bill(cls, day, amount):
        return {
            "move_type": "in_invoice",
            "partner_id": cls.vendor.id,
            "invoice_date": day,
            "invoice_line_ids": [Command.create({"name": "Service", "price_unit": amount, "tax_ids": False})],
        }

    def refresh(self):
        return self.env["finance.assistance.finding"]._refresh(self.company)

    def test_an_amount_and_a_gap_that_are_unusual_are_told_with_figures(self):
        found = self.refresh().grouped("kind")
        self.assertEqual(found["amount"].res_ids, self.large.ids)
        self.assertIn("9000", found["amount"].why)
        self.assertIn("10 bills before", found["amount"].why)
        self.assertIn("30 between two bills", found["timing"].why)
        self.assertEqual(set((self.bills | self.large).mapped("state")), {"draft"}, "it only suggests")

    def test_a_new_account_of_a_known_payee(self):
        first, second = self.env["res.partner.bank"].create(
            [{"acc_number": number, "partner_id": self.vendor.id} for number in ("A-1", "A-2")]
        )
        self.env.cr.execute("UPDATE res_partner_bank SET create_date = '2020-01-01' WHERE id = %s", [first.id])
        self.large.partner_bank_id = second
        # what is paid already needs no question
        self.large.action_post()
        found = self.refresh().filtered(lambda one: one.kind == "payee")
        self.assertIn(self.large.id, found.res_ids)
        self.assertIn("it had 1 before", found.why)

    def test_exceptions_that_say_the_same_are_one(self):
        flow = self.make_flow()
        self.env["finance.message"]._enqueue(
            flow,
            [
                Envelope(subject="x", data={"do": "raise", "error": "RejectedError", "detail": f"no vendor {number}"})
                for number in range(3)
            ],
        )
        self.drain(flow)
        found = self.refresh().filtered(lambda one: one.kind == "cluster")
        self.assertEqual((len(found), found.count), (1, 3))
        self.assertIn("3 exceptions", found.why)

    def test_money_that_an_exception_states_counts(self):
        flow = self.make_flow()
        self.env["finance.message"]._enqueue(
            flow, [Envelope(subject="x", data={"do": "raise", "error": "RejectedError", "detail": "Nobody knows it."})]
        )
        self.drain(flow)
        exception = self.env["finance.exception"].search([("connection_id", "=", flow.connection_id.id)])
        exception.sudo().params = {"amount": "-1250.50", "currency": self.company.currency_id.name}
        found = self.refresh().filtered(lambda one: one.kind == "cluster")
        self.assertEqual(found.money, 1250.5)
        self.assertIn("One exception says: nobody knows it. Money that waits: 1,250.50;", found.why)

    def test_what_was_dismissed_stays_so(self):
        finding = self.refresh().filtered(lambda one: one.kind == "amount")
        with self.assertRaises(AccessError):
            self.as_user(finding, "auditor").action_dismiss()
        with self.trap_audit() as told:
            self.as_user(finding, "operator").action_dismiss()
        self.assertEqual(told[0]["event"], "assistance.dismissed")
        again = self.refresh().filtered(lambda one: one.kind == "amount")
        self.assertEqual(again.dismissed_by_id, self.user("operator"))
