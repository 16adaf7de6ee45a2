"""Expensify from its exports to the ledger and back (E-01, E-13, E-17, E-23, S-20)."""

from unittest.mock import patch

from odoo.tests import tagged

from sandbox.expensify.books import expense, report
from sandbox.expensify.system import PATH, Expensify

from ..const import CONFIRM, REPORT
from ..platforms import expensify
from .lists_case import ListsCase


@tagged("post_install", "-at_install")
class TestExpensify(ListsCase):
    stand_in = Expensify
    adapter = "finance.expense.adapter.expensify"
    employee = "ada@firm.example"
    prefix = PATH
    secret_key, secret_value = "password", "expensify-secret"

    @classmethod
    def settings(cls):
        return {
            "http_more_origins": cls.running.url,
            "expensify_user": "aa_firm_example",
            "expense_fields": "cost_center = tag1",
        }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.map("expense_category", "Travel", cls.books["travel"])
        cls.map("expense_category", "Lodging", cls.books["meals"])
        cls.map("expense_tax", "V19", cls.books["tax"])

    def setUp(self):
        super().setUp()
        self.there.today = str(self.env.cr.now().date())
        self.there.looks = 0
        # the server is looked at without waiting
        pause = patch.object(expensify, "PAUSE", 0)
        pause.start()
        self.addCleanup(pause.stop)

    def approve(self, identity, *expenses, **values):
        expenses = expenses or (expense(f"T{identity}", 1050),)
        day = self.there.today
        return self.there.put(report(identity, *expenses, **{"approved": f"{day} 10:30:00", **values}))

    def test_s20_from_the_export_to_the_ledger_and_back(self):
        self.there.receipts["w_1.png"] = b"\x89PNG"
        tax = {"hasTax": True, "taxAmount": 1900, "taxRate": "19%", "taxCode": "V19"}
        image = {"receiptID": 55, "receiptObject": {"url": f"{self.running.url}/receipts/w_1.png"}}
        self.approve("R1", expense("T1", 11900, **tax, **image))
        self.approve("R2", expense("T2", 32500, category="Lodging", reimbursable=False, managedCard=True))
        self.approve("R3", status="Processing")
        self.ask()
        first, second = self.of_platform("R1"), self.of_platform("R2")
        self.assertEqual((first.state, second.state), ("posted", "posted"), first.detail or second.detail)
        self.assertEqual(self.legs(self.moves(first)), {"travel": 100.0, "vat": 19.0, "payable": -119.0})
        self.assertEqual(self.legs(self.moves(second)), {"meals": 325.0, "card": -325.0})
        self.assertFalse(self.of_platform("R3"), "E-01")
        self.assertEqual(self.there.marks, {"R1": 1, "R2": 1})
        self.assertEqual(first.receipt_ids.size, 4, "E-23")
        self.assertFalse(self.messages(CONFIRM), "it takes no word of what was posted")
        self.reimburse(first)
        self.drain()
        self.assertEqual(self.there.reports["R1"]["status"], "Reimbursed")
        self.assertIn("paid", first.told)

    def test_e13_marked_only_after_it_is_stored(self):
        """A crash between storing and marking: it is exported again, and is the same."""
        self.approve("R1")
        self.there.codes = [200, 200, 500]
        self.ask()
        self.assertFalse(self.there.marks)
        self.assertFalse(self.of_platform("R1"))
        self.ask()
        self.later()
        self.assertEqual(len(self.moves(self.of_platform("R1"))), 1)
        self.assertEqual(len(self.messages(REPORT, state="done")), 1)
        self.assertEqual(self.there.labels["R1"], {"Odoo"})

    def test_an_empty_download_is_not_ready(self):
        self.approve("R1")
        self.there.looks = 12
        self.ask()
        self.assertEqual(self.of_platform("R1").state, "posted")
        self.assertEqual(self.there.jobs.count("file/combinedReportData"), 2, "one export, one mark")

    def test_e17_paid_is_judged_by_the_lists(self):
        self.approve("R1")
        self.approve("R2", expense("T2", 2100))
        self.ask()
        found, opened = self.of_platform("R1"), self.of_platform("R2")
        self.there.failing = ["R1"]
        self.there.reports["R2"]["status"] = "Processing"
        self.reimburse(found | opened)
        self.drain()
        self.assertEqual((found | opened).mapped("state"), ["paid", "paid"])
        self.assertFalse((found.told or {}).get("paid") or (opened.told or {}).get("paid"))
        by_report = {one.res_id: one for one in self.messages(CONFIRM)}
        self.assertState(by_report[opened.id], "held", "expense_not_told")
        self.there.failing = []
        self.later()
        self.assertIn("paid", found.told)

    def test_e15_what_is_archived_cannot_be_chosen_and_what_was_chosen_is_known(self):
        self.synchronise("account", compare=True)
        travel = self.books["travel"]
        self.connection.write({"expensify_workspaces": "POLICY1", "expense_fields": "category = categoryGlCode"})
        travel.name = "Travelling"
        self.assertState(self.send()[-1], "done")
        self.assertEqual(self.there.picks("POLICY1"), ["6100 Travelling"])
        code = f"account.account:{travel.id}"
        self.assertFalse(self.compare("account").filtered(lambda one: one.external_id == code))
        self.approve("R1", expense("T1", 1050, category="6100 Travelling", categoryGlCode=code))
        self.ask()
        self.assertEqual(self.legs(self.moves(self.of_platform("R1")))["Travelling"], 10.5)
        travel.active = False
        self.assertState(self.send()[-1], "done")
        self.assertEqual(self.there.picks("POLICY1"), [])
        self.connection.expensify_workspaces = False
        self.books["meals"].name = "Food"
        self.assertState(self.send()[-1], "held", "expense_list_refused")

    def test_e15_projects_are_tags_and_what_is_archived_is_none(self):
        self.synchronise("analytic_plan", "analytic_account", compare=True)
        self.connection.write({"expensify_workspaces": "POLICY1", "expense_fields": "project = tagGlCode"})
        self.plan.name = "Project"
        self.assertState(self.send()[-1], "done")
        moon, mars = self.env["account.analytic.account"].create(
            [{"name": name, "plan_id": self.plan.id} for name in ("Moon: landing", "Mars")]
        )
        self.assertState(self.send()[-1], "done")

        def picks():
            return {one["glCode"]: one["name"] for one in self.there.tags["POLICY1"]["Project"]["tags"]}

        codes = [f"account.analytic.account:{one.id}" for one in (moon, mars)]
        self.assertEqual(picks(), dict(zip(codes, ("Moon  landing", "Mars"), strict=True)))
        self.assertFalse(self.compare("analytic_account").filtered(lambda one: one.external_id in codes))
        self.approve("R1", expense("T1", 1050, tag="Mars", tagGlCode=codes[1]))
        self.ask()
        self.assertIn(
            {str(mars.id): 100.0}, self.moves(self.of_platform("R1")).line_ids.mapped("analytic_distribution")
        )
        mars.active = False
        self.assertState(self.send()[-1], "done")
        self.assertEqual(list(picks()), codes[:1])

    def test_e14_e16_joiners_and_leavers_reach_the_workspace(self):
        """E-14, S-19: by event, and by the comparison that names who is missing; E-16: who cannot be told stops no
        posting."""
        if "hr.employee" not in self.env:
            self.skipTest("employees are not known here")
        self.synchronise("employee", compare=True)
        self.connection.write({"expensify_workspaces": "POLICY1", "expensify_approver": "boss@firm.example"})
        hr = self.env["hr.employee"].with_company(self.company)
        ada = hr.create({"name": "Ada Byron", "work_email": "ada@firm.example"})
        self.assertState(self.send()[-1], "done")
        ben = hr.create({"name": "Ben", "work_email": "ben@firm.example", "parent_id": ada.id})
        self.assertState(self.send()[-1], "done")
        there = self.there.employees["POLICY1"]
        said = {name: (one["managerEmail"], one["employeeID"]) for name, one in there.items()}
        self.assertEqual(
            said,
            {
                "ada@firm.example": ("boss@firm.example", f"hr.employee:{ada.id}"),
                "ben@firm.example": ("ada@firm.example", f"hr.employee:{ben.id}"),
            },
        )
        self.assertEqual(
            (there["ada@firm.example"]["firstName"], there["ada@firm.example"]["lastName"]), ("Ada", "Byron")
        )
        del there["ben@firm.example"]
        self.assertEqual(self.compare("employee").mapped("external_id"), [f"hr.employee:{ben.id}"])
        ada.active = False
        self.assertState(self.send()[-1], "done")
        self.assertFalse(there)
        hr.create({"name": "Nobody"})
        self.assertState(self.send()[-1], "held", "expense_list_refused")
        self.approve("R1")
        self.ask()
        self.assertEqual(self.of_platform("R1").state, "posted")

    def test_the_connection_says_what_is_missing(self):
        admin = self.as_user(self.connection, "admin")
        admin.action_test()
        self.assertTrue(self.connection.check_ok, self.connection.check_result)
        self.there.secret = "another"
        admin.action_test()
        self.assertFalse(self.connection.check_ok)
        self.connection.expensify_user = False
        admin.action_test()
        self.assertIn("partner user ID", self.connection.check_result)
        self.assertFalse(self.connection.has_expense_events)
