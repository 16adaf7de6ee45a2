"""What platforms call things becomes what Odoo calls them; what nobody has mapped waits and goes on (E-02, E-10)."""

from odoo.tests import tagged

from .common import ExpenseCase


@tagged("post_install", "-at_install")
class TestExpenseCoding(ExpenseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plans = cls.env["account.analytic.plan"].create([{"name": "Centres"}, {"name": "Projects"}])
        cls.center, cls.project = cls.env["account.analytic.account"].create(
            [{"name": name, "plan_id": plan.id} for name, plan in zip(("Sales", "Moon"), plans, strict=True)]
        )

    def test_e02_e10_each_missing_dimension_has_its_own_cause_and_resumes(self):
        """E-02: account, tax, cost centre, project and employee each have a cause of their own; E-10: an approved
        mapping lets the report go on by itself."""
        self.map("cost_center", "C-1", self.center)
        cases = {
            "expense_unmapped_account": (
                {"category": "HOTEL"},
                {},
                ("expense_category", "HOTEL", self.books["travel"]),
            ),
            "expense_unmapped_tax": (
                {"tax_code": "X19", "tax_amount": "19.00"},
                {},
                ("expense_tax", "X19", self.books["tax"]),
            ),
            "expense_unmapped_cost_center": ({"dim_cost_center": "C-9"}, {}, ("cost_center", "C-9", self.center)),
            "expense_unmapped_project": ({"dim_project": "P-9"}, {}, ("project", "P-9", self.project)),
            "expense_unmapped_department": ({"dim_department": "D-9"}, {}, ("department", "D-9", self.center)),
            "expense_employee_unknown": ({}, {"employee_id": "E-9"}, ("employee", "E-9", self.ann)),
        }
        rows = [
            self.report(f"R-{number}", self.line("1", **line), **head)
            for number, (line, head, _mapping) in enumerate(cases.values())
        ]
        reports = self.bring(*rows)
        for report, (reason, (_line, _head, mapping)) in zip(reports, cases.items(), strict=True):
            with self.subTest(reason):
                self.assertHeld(report, reason)
                params = report.message_id.exception_ids.params
                self.assertEqual((params["domain"], params["code"]), mapping[:2])
                self.assertEqual(report.message_id.exception_ids.action_fix()["res_model"], "finance.mapping")
        waiting = self.env["finance.mapping.unmapped"].search([("connection_id", "=", self.connection.id)])
        self.assertEqual(set(waiting.mapped("code")), {"HOTEL", "X19", "C-9", "P-9", "D-9", "E-9"})
        for mapping in [mapping for *_rest, mapping in cases.values()]:
            self.map(*mapping)
        self.drain()
        self.env.invalidate_all()
        self.assertEqual(set(reports.mapped("state")), {"posted"}, reports.mapped("detail"))
        self.assertFalse(reports.mapped("reason_code")[0])
        self.assertAccounted(self.reports_flow)

    def test_e02_a_needed_dimension_that_is_not_there_is_named(self):
        self.policy.required_dimensions = "cost_center"
        self.map("cost_center", "C-1", self.center)
        without, with_it = self.bring(
            self.report("R-1"), self.report("R-2", self.line(dim_cost_center="C-1", dim_colour="red"))
        )
        self.assertHeld(without, "expense_unmapped_cost_center")
        self.assertIn("cost center", without.detail)
        # a dimension that nobody has made a kind of mapping for tells nothing
        self.assertEqual(with_it.state, "posted")
        [cost] = self.moves(with_it).line_ids.filtered(lambda line: line.account_id == self.books["travel"])
        self.assertEqual(cost.analytic_distribution, {str(self.center.id): 100.0})

    def test_e24_a_line_is_divided_among_projects(self):
        """E-24: shares by per cent come exactly to the line, also with its tax."""
        other = self.env["account.analytic.account"].create({"name": "Mars", "plan_id": self.project.plan_id.id})
        for code, project in (("P-1", self.project), ("P-2", other), ("P-3", other)):
            self.map("project", code, project)
        base = self.line("1", "100.00", tax_code="V19", tax_amount="15.97")
        rows = [
            {**base, "dim_project": f"P-{n}", "share": share} for n, share in ((1, "33.33"), (2, "33.33"), (3, "33.34"))
        ]
        [report] = self.bring(self.report("R-1", *rows))
        move = self.moves(report)
        self.assertEqual(self.legs(move), {"travel": 84.03, "vat": 15.97, "payable": -100.0})
        shares = report.line_ids.allocation_ids
        self.assertEqual(sum(shares.mapped("amount")), 100.0)
        costs = move.line_ids.filtered(lambda line: line.account_id == self.books["travel"])
        self.assertEqual(len(costs), 3)
        self.assertEqual({str(self.project.id), str(other.id)}, {key for c in costs for key in c.analytic_distribution})

    def test_fault54_what_is_archived_holds_and_resumes(self):
        self.books["meals"].active = False
        self.ann.active = False
        [person] = self.bring(self.report("R-1"))
        self.assertHeld(person, "expense_record_inactive")
        self.assertNotIn("Ann", person.detail)
        self.ann.active = True
        [account] = self.bring(self.report("R-2", self.line(category="MEALS")))
        self.assertHeld(account, "expense_account_inactive")
        action = account.message_id.exception_ids.action_fix()
        self.assertEqual((action["res_model"], action["res_id"]), ("account.account", self.books["meals"].id))
        self.books["meals"].active = True
        self.drain()
        self.assertEqual((person | account).mapped("state"), ["posted", "posted"])

    def test_qualifiers_of_mappings_decide(self):
        """The same category is another account abroad, by a condition of the mapping."""
        self.map(
            "expense_category",
            "TRAVEL",
            self.books["meals"],
            qualifier="country = FR",
        )
        home, abroad = self.bring(
            self.report("R-1", self.line(country="DE")), self.report("R-2", self.line(country="FR"))
        )
        self.assertEqual(self.legs(self.moves(home))["travel"], 119.0)
        self.assertEqual(self.legs(self.moves(abroad))["meals"], 119.0)
