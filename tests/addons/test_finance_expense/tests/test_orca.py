"""The worked example of docs/adding-an-expense-platform.md: one file, one line, and everything else works."""

import json

from odoo.tests import tagged

from odoo.addons.finance_expense_sync.tests.platform_case import PlatformCase

from sandbox.rest.base import RestSystem, route, said


class Orca(RestSystem):
    """Orca Spend, as its invented documentation describes it."""

    def __init__(self):
        super().__init__()
        self.reports, self.outcomes = [], {}

    @route("GET", "/me")
    def me(self, request):
        return said({"company": "Firm"})

    @route("GET", "/reports")
    def listed(self, request):
        place = int(request.query["after"])
        page = self.reports[place : place + 1]
        last = place + len(page)
        return said({"reports": page, "last": last, "more": last < len(self.reports)})

    @route("PUT", "/reports/([^/]+)/outcome")
    def outcome(self, request, identity):
        self.outcomes[identity] = json.loads(request.body)
        return said({})


@tagged("post_install", "-at_install")
class TestOrca(PlatformCase):
    stand_in = Orca
    adapter = "finance.expense.adapter.orca"
    employee = "E-7"

    def test_e13_one_file_and_one_line(self):
        self.map("expense_category", "TAXI", self.books["travel"])
        for number, card in (("R1", False), ("R2", True)):
            line = {"id": "L1", "day": "2026-03-02", "type": "TAXI", "amount": "12.50", "card": card}
            head = {"id": number, "version": 1, "person": "E-7", "currency": "EUR", "approved": "2026-03-04T10:00:00Z"}
            self.there.reports.append({**head, "total": "12.50", "lines": [line], "unknown": [1]})
        self.as_user(self.connection, "admin").action_test()
        self.assertIn("Firm", self.connection.check_result)
        for _run in range(2):
            self.ask()
        found = self.records("R1", "R2")
        self.assertEqual(found.mapped("state"), ["posted", "posted"])
        self.assertEqual(self.legs(self.moves(found)), {"travel": 25.0, "payable": -12.5, "card": -12.5})
        self.assertEqual(
            {name: told["number"] for name, told in self.there.outcomes.items()},
            {report.external_id: self.moves(report).name for report in found},
        )
