"""What a person has to decide: policy, receipts, duplicates, taxes, closed periods (E-09, E-11, E-18)."""

from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..const import ACCOUNTANT, FILE, MANAGER
from .common import DAY, ExpenseCase


@tagged("post_install", "-at_install")
class TestExpenseGates(ExpenseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.manager = new_test_user(cls.env, login="expense_manager", groups=f"base.group_user,{MANAGER}", **values)
        cls.clerk = new_test_user(cls.env, login="expense_clerk", groups=f"base.group_user,{ACCOUNTANT}", **values)

    def decide(self, reports, user, **values):
        """Press the button of the form and fill the dialog in."""
        mine = reports.with_user(user)
        action = mine.action_return() if values.get("text") else mine.action_decide()
        wizard = mine.env[action["res_model"]].with_context(**action["context"]).create(values)
        wizard.action_confirm()
        self.drain()
        self.env.invalidate_all()

    def test_e18_what_is_against_the_policy_needs_a_finance_override(self):
        """E-18: an expense manager lets it pass with a reason; an accountant cannot, nor anybody the own report."""
        against = self.report("R-1", self.line(violation="Hotel too dear"))
        accepted = self.report("R-2", self.line(violation="Hotel too dear", violation_accepted="yes"))
        held, passed = self.bring(against, accepted)
        self.assertHeld(held, "expense_policy")
        self.assertIn("Hotel too dear", held.detail)
        self.assertEqual(passed.state, "posted")
        with self.assertRaises(AccessError):
            self.decide(held, self.clerk, reason="Fair")
        held.sudo().partner_id = self.manager.partner_id
        with self.assertRaises(AccessError):
            self.decide(held, self.manager, reason="Fair")
        held.sudo().partner_id = self.ann
        with self.trap_audit() as told:
            self.decide(held, self.manager, reason="Fair: no other room")
        self.assertEqual(held.state, "posted", held.detail)
        self.assertEqual((held.override_id, held.override_reason), (self.manager, "Fair: no other room"))
        self.assertIn("expense.passed", [one["event"] for one in told])
        # another content of it is asked about again
        [again] = self.bring(self.report("R-1", self.line(amount="500", violation="Hotel too dear"), revision="1"))
        self.assertEqual((again.state, again.reason_code), ("exception", "expense_policy"))

    def test_e09_a_closed_period_is_never_left_by_itself(self):
        """E-09, fault 53: the next open period is offered, or it waits; Odoo's own re-dating never happens."""
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        first, second = self.bring(self.report("R-1"), self.report("R-2"))
        for report in (first, second):
            self.assertHeld(report, "expense_period_closed")
        action = first.with_user(self.clerk).action_decide()
        wizard = first.with_user(self.clerk).env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertEqual((wizard.choice, wizard.day), ("next", date(2026, 4, 1)))
        wizard.reason = "March is reported"
        wizard.action_confirm()
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((first.state, self.moves(first).date), ("posted", date(2026, 4, 1)))
        self.assertHeld(second, "expense_period_closed")
        # the period is opened again: what was left there goes on, on its own day
        self.company.fiscalyear_lock_date = False
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((second.state, self.moves(second).date), ("posted", DAY))

    def test_e11_another_tax_than_the_rate_comes_to_is_held(self):
        """E-11: beyond the tolerance it is held; within it the amount of the platform is booked."""
        self.policy.tax_tolerance = 0.02
        far = self.report("R-1", self.line(tax_code="V19", tax_amount="16.63"))
        near = self.report("R-2", self.line(tax_code="V19", tax_amount="19.01"))
        held, booked = self.bring(far, near)
        self.assertHeld(held, "expense_tax_mismatch")
        self.assertIn("19.00", held.detail)
        self.assertEqual(self.legs(self.moves(booked)), {"travel": 99.99, "vat": 19.01, "payable": -119.0})
        self.decide(held, self.manager, reason="The receipt says so")
        self.assertEqual(self.legs(self.moves(held))["vat"], 16.63)

    def test_e08_blocked_and_reverse_charged_taxes_and_tax_without_receipt(self):
        """Issue 7, currency and tax: what may be reclaimed, what is cost, what stands on both sides; mileage, per diems
        and what has no receipt reclaim nothing where the policy wants a receipt."""
        blocked = self.make_tax(self.company, self.books, 20.0, [(60, self.books["vat"]), (40, None)])
        owed = self.env["account.account"].create({"name": "owed", "code": "3800", "account_type": "liability_current"})
        reverse = self.make_tax(self.company, self.books, 19.0, [(100, self.books["vat"]), (-100, owed)])
        self.map("expense_tax", "B20", blocked)
        self.map("expense_tax", "RC", reverse)
        half, rc, part = self.bring(
            self.report("R-1", self.line(amount="120", tax_code="B20", tax_amount="20")),
            self.report("R-2", self.line(amount="100", tax_code="RC", tax_amount="0", reverse_charge="yes")),
            self.report("R-3", self.line(tax_code="V19", tax_amount="19", tax_reclaimable="9.50")),
        )
        self.assertEqual(self.legs(self.moves(half)), {"travel": 108.0, "vat": 12.0, "payable": -120.0})
        self.assertEqual(self.legs(self.moves(rc)), {"travel": 100.0, "vat": 19.0, "owed": -19.0, "payable": -100.0})
        self.assertEqual(self.legs(self.moves(part)), {"travel": 109.5, "vat": 9.5, "payable": -119.0})
        self.policy.tax_needs_receipt = True
        taxed = {"tax_code": "V19", "tax_amount": "19"}
        [proved] = self.bring(
            self.report(
                "R-4",
                self.line("1", receipt="r-1", **taxed),
                self.line("2", **taxed),
                self.line("3", receipt="r-3", kind="mileage", **taxed),
                self.line("4", receipt="r-4", kind="per_diem", **taxed),
            )
        )
        self.assertEqual(self.legs(self.moves(proved)), {"travel": 457.0, "vat": 19.0, "payable": -476.0})

    def test_missing_receipts_and_what_needs_none(self):
        """Mileage and per diems have no receipt, and no tax is read out of them."""
        self.policy.write({"receipt_rule": "hold", "receipt_from": 50})
        driven = self.report("R-1", self.line(kind="mileage", quantity="300", distance_unit="km"))
        small = self.report("R-2", self.line(amount="49"))
        without = self.report("R-3")
        driven, small, without = self.bring(driven, small, without)
        self.assertEqual((driven | small).mapped("state"), ["posted", "posted"])
        self.assertFalse(self.moves(driven).line_ids.filtered("tax_line_id"))
        self.assertHeld(without, "receipt_missing")
        wizard = (
            self.env["finance.expense.receipt.wizard"]
            .with_user(self.clerk)
            .create(
                {"report_id": without.id, "line_id": without.line_ids.id, "file": b"JVBERi0=", "file_name": "hotel.pdf"}
            )
        )
        wizard.action_confirm()
        self.decide(without, self.manager, reason="Receipt came by mail")
        self.assertEqual(without.state, "posted")
        [receipt] = without.receipt_ids
        self.assertEqual((receipt.size, len(receipt.sha256), receipt.mimetype), (5, 64, "application/pdf"))

    def test_what_looks_like_one_expense_is_asked_about(self):
        self.policy.check_duplicates = True
        line = self.line(merchant="Grand Hotel")
        # in one file, hence in one transaction, and in another one
        first, second = self.bring(self.report("R-1", line), self.report("R-2", line))
        [third] = self.bring(self.report("R-3", line))
        self.assertEqual((first.state, first.claimant), ("posted", "Ann Example"))
        for alike in (second, third):
            self.assertHeld(alike, "expense_duplicate")
            self.assertRegex(alike.detail, "R-[12],")
            # not coded yet: as the platform names the employee
            self.assertEqual((alike.partner_id.ids, alike.claimant), ([], "Ann Example"))
        self.decide(second, self.manager, reason="Two rooms")
        self.assertEqual(second.state, "posted")

    def test_e13_one_cost_that_is_claimed_on_two_platforms_is_asked_about(self):
        """E-13: the employee has another code there, and the merchant another name; amounts are compared exactly."""
        self.policy.check_duplicates = True
        [first] = self.bring(self.report("R-1", self.line(amount="42.50", merchant="Harbour Cafe")))
        elsewhere = self.make_connection(name="Elsewhere")
        self.map("employee", "X-9", self.ann, connection_id=elsewhere.id)
        self.map("expense_category", "FOOD", self.books["meals"], connection_id=elsewhere.id)
        self.flow = self.make_flow(elsewhere, handler=FILE)
        line = self.line(category="FOOD", merchant="CAFE 4711")
        same, more, later = self.bring(
            self.report("Q-1", {**line, "amount": "42.5"}, employee_id="X-9"),
            self.report("Q-2", {**line, "amount": "42.51"}, employee_id="X-9"),
            self.report("Q-3", {**line, "amount": "42.50", "date": "2026-03-09"}, employee_id="X-9"),
        )
        self.assertHeld(same, "expense_duplicate")
        self.assertIn("R-1 of Platform", same.detail)
        self.assertEqual((first.state, more.state, later.state), ("posted", "posted", "posted"))
        self.decide(same, self.manager, reason="Two coffees")
        self.assertEqual(same.state, "posted")

    def test_e17_what_is_returned_tells_the_claimant_what_to_correct(self):
        """E-17: the text reaches the platform; the corrected revision is booked."""
        confirmations = self.confirming()
        [report] = self.bring(self.report("R-1", self.line(category="NONE")))
        self.decide(report, self.clerk, text="Please choose another category.")
        self.assertEqual((report.state, report.message_id.state), ("returned", "ignored"))
        told = self.env["finance.message"].search([("flow_id", "=", confirmations.id)])
        data = told.sudo().data
        self.assertEqual((data["result"], data["text"]), ("failed", "Please choose another category."))
        [report] = self.bring(self.report("R-1", revision="1"))
        self.assertEqual(report.state, "posted")

    def test_who_may_not_decide(self):
        [report] = self.bring(self.report("R-1", self.line(violation="x")))
        for role in ("viewer", "operator", "steward", "admin", "auditor", "employee"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.as_user(report, role).action_decide()
        stranger = new_test_user(
            self.env,
            login="expense_stranger",
            groups=f"base.group_user,{MANAGER}",
            company_id=self.other_company.id,
            company_ids=[Command.set(self.other_company.ids)],
        )
        for model in ("report", "line", "posting", "policy", "total"):
            theirs = self.env[f"finance.expense.{model}"].with_user(stranger)
            theirs = theirs.with_context(allowed_company_ids=self.other_company.ids)
            self.assertFalse(theirs.search([]), model)
        with self.assertRaises(AccessError):
            report.with_user(self.manager).write({"state": "posted"})
        with self.assertRaises(AccessError):
            report.with_user(self.clerk).policy_id.create({"name": "Mine", "journal_id": self.books["journal"].id})
