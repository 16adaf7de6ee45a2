"""Claims in Odoo beside claims of platforms: booked once, and claims of cards all the same (E-06, E-13, pain 22)."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.finance_expense_sync.tests.common import DAY
from odoo.addons.finance_expense_sync.tests.test_cards import CardCase


@tagged("post_install", "-at_install")
class TestExpenseHr(CardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.check_duplicates = True
        cls.employee = cls.env["hr.employee"].create(
            {"name": "Ann Example", "company_id": cls.company.id, "work_contact_id": cls.ann.id}
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Meals",
                "can_be_expensed": True,
                "standard_price": 0.0,
                "property_account_expense_id": cls.books["meals"].id,
                "supplier_taxes_id": [Command.clear()],
            }
        )
        bank = cls.env["account.journal"].create(
            {"name": "Cards", "code": "CRD", "type": "bank", "default_account_id": cls.books["prepaid"].id}
        )
        cls.company_card = bank.outbound_payment_method_line_ids[:1]
        cls.company_card.payment_account_id = cls.books["card"]

    def expense(self, amount=42.5, **values):
        """:return: an approved expense of Ann in Odoo"""
        expense = self.env["hr.expense"].create(
            {
                "name": "Lunch",
                "employee_id": self.employee.id,
                "company_id": self.company.id,
                "product_id": self.product.id,
                "total_amount_currency": amount,
                "date": DAY,
                **values,
            }
        )
        expense._do_approve(check=False)
        return expense

    def by_card(self, amount=42.5, **values):
        card = {"payment_mode": "company_account", "payment_method_line_id": self.company_card.id}
        return self.expense(amount, **{**card, **values})

    def test_what_was_entered_in_odoo_holds_the_claim_of_the_platform_until_somebody_decides(self):
        expense = self.expense(date=DAY - timedelta(days=3))
        other = self.expense(date=DAY - timedelta(days=4))
        [report] = self.bring(self.report("R-1", self.line(amount="42.50", category="MEALS")))
        self.assertHeld(report, "expense_duplicate")
        self.assertEqual(report.hr_expense_id, expense, "within the days of the policy")
        self.assertEqual((expense.finance_twins, other.finance_twins), (report._finance_called(), False))
        self.assertEqual(report.action_view_hr_expense()["res_id"], expense.id)
        with self.assertRaisesRegex(UserError, "claimed on an expense platform"):
            expense.action_post()
        with self.assertRaisesRegex(UserError, "claimed on an expense platform"):
            expense._post_without_wizard()
        # it is refused in Odoo: the report goes on by itself
        expense._do_refuse("it is on the platform")
        self.drain()
        self.assertEqual((report.state, report.hr_expense_id.id), ("posted", False))
        # another amount or employee is another expense
        self.policy.twin_days = 10
        [third] = self.bring(self.report("R-2", self.line(amount="42.51", category="MEALS")))
        self.assertEqual(third.state, "posted")

    def test_what_is_on_the_platform_is_not_booked_in_odoo_until_somebody_decides(self):
        [report] = self.bring(self.report("R-1", self.line(amount="42.50", category="MEALS")))
        expense = self.expense()
        self.assertEqual(report.state, "posted")
        with self.assertRaisesRegex(UserError, "claimed on an expense platform"):
            expense.action_post()
        self.assertEqual(expense.action_view_finance_twins()["res_id"], report.id)
        with self.assertRaises(AccessError, msg="an expense manager decides"):
            self.as_expense_user(expense).action_finance_distinct()
        self.accountant.group_ids += self.env.ref("finance_expense_sync.finance_group_expense_manager")
        self.accountant.group_ids += self.env.ref("hr_expense.group_hr_expense_user")
        home, self.accountant.partner_id = self.accountant.partner_id, self.ann
        with self.assertRaises(AccessError, msg="and nobody about an own one"):
            self.as_expense_user(expense).action_finance_distinct()
        self.accountant.partner_id = home
        self.as_expense_user(expense).action_finance_distinct()
        expense._post_without_wizard()
        self.assertEqual((expense.state, self.balance("payable")), ("posted", -85.0))
        # a later revision on the platform is not held for it
        self.bring(self.report("R-1", self.line(amount="42.50", category="MEALS"), revision="2"))
        self.assertEqual((report.state, report.revision), ("posted", 2))
        # and what somebody lets pass on the platform may be booked in Odoo
        second = self.expense(17.0)
        [held] = self.bring(self.report("R-2", self.line(amount="17.00", category="MEALS")))
        self.assertHeld(held, "expense_duplicate")
        held._let_pass("two lunches")
        self.drain()
        self.assertEqual((held.state, second.finance_twins), ("posted", False))
        second._check_can_create_move()
        self.assertEqual(self.employee.finance_expense_count, 2)
        found = self.env["finance.expense.line"].search(self.employee.action_view_finance_expenses()["domain"])
        self.assertEqual(found.report_id, report | held)

    def test_e06_an_expense_in_odoo_by_company_card_is_the_claim_of_a_charge(self):
        [card] = self.charge(self.row())
        triggers = self.env["ir.cron.trigger"].search_count([])
        expense, other = self.by_card(), self.by_card(42.5, date=DAY - timedelta(days=20))
        self.assertGreater(self.env["ir.cron.trigger"].search_count([]), triggers, "it is looked at soon")
        self.env["finance.card.matcher"]._cron_match()
        self.assertEqual((card.match_state, card.claim_ids.hr_expense_id), ("proposed", expense))
        self.as_expense_user(card.claim_ids).action_confirm()
        self.assertEqual((card.match_state, card.is_claimed, card.is_on_ledger), ("claimed", True, False))
        self.assertEqual((self.total().claimed_total, self.total().proof), (42.5, "proved"))
        self.assertEqual(self.env["finance.card.transaction"]._unsubmitted(self.company, DAY), card)
        expense.action_post()
        self.entry(DAY, ("card", 42.5, "HARBOUR CAFE 4711"), ("prepaid", -42.5, "bank"))
        self.env["finance.card.matcher"]._cron_match()
        self.assertEqual((card.match_state, self.balance("card"), self.balance("meals")), ("matched", 0.0, 42.5))
        self.assertEqual((self.total().ledger_total, self.total().proof), (42.5, "proved"))
        self.assertFalse(self.env["finance.card.transaction"]._unsubmitted(self.company, DAY))
        self.assertEqual(card.claim_ids.display_name, expense.display_name)
        # refused: never proposed again, and chosen by hand where nothing else helps
        [late] = self.charge(self.row("T-2", "18.00", merchant="City Taxi"))
        ride = self.by_card(18.0)
        self.env["finance.card.matcher"]._cron_match()
        self.as_expense_user(late.claim_ids).action_refuse()
        self.env["finance.card.matcher"]._cron_match()
        self.assertEqual((late.match_state, late.claim_ids.state), ("unclaimed", "refused"))
        self.decide(late, "claim", hr_expense_id=ride.id)
        self.assertEqual((late.match_state, late.claim_ids.origin), ("claimed", "person"))
        ride._do_refuse("private")
        self.assertEqual(late.match_state, "unclaimed", "what is refused claims nothing")
        with self.assertRaisesRegex(UserError, "no approved expense"):
            self.decide(late, "claim", hr_expense_id=ride.id)
        self.assertFalse(other.finance_claim_ids)

    def test_entries_are_copied_all_the_same(self):
        """Copies of entries (docs/decisions/0020) know hr_expense and this module."""
        safety = self.env["finance.expense.copy.safety"]
        self.assertFalse(safety._overriding_modules() - safety._trusted_modules())
        self.assertFalse(safety._needs_completion())
        self.assertIn("finance_expense_hr", self.env["finance.copy.safety"]._trusted_modules())
