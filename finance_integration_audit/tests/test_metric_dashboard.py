from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .metric_case import MetricCase


@tagged("post_install", "-at_install")
class TestMetricDashboard(MetricCase):
    """Two dashboards, one truth: the same incident in both, figures of the own companies, lists behind them (A-09)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_user,finance_connector_base.finance_group_viewer"
        cls.operator = new_test_user(cls.env, "board-operator", groups=groups)
        cls.accountant = new_test_user(
            cls.env, "board-accountant", groups="base.group_user,account.group_account_readonly"
        )
        cls.both = new_test_user(cls.env, "board-both", groups=f"{groups},account.group_account_readonly")

    def board(self, user, name="operations", period="week"):
        dashboard = self.env["finance.metric.dashboard"].with_user(user)
        dashboard = dashboard.with_context(allowed_company_ids=user.company_ids.ids)
        return getattr(dashboard, f"get_{name}")(period)

    def cards(self, board):
        return {card["key"]: card for section in board["sections"] for card in section["cards"]}

    def table(self, board, key="incidents"):
        return next(table for table in board["tables"] if table["key"] == key)["rows"]

    def break_down(self):
        """A system does not answer: two messages wait, one needs a person."""
        for minutes in (5, 90):
            message = self.message(self.now - timedelta(minutes=minutes), state="retry")
            self.attempt(message, self.now, outcome="retry", reason="http_unreachable", error_class="technical")
        self.message(self.now - timedelta(minutes=30), state="dead")
        self.env.cr.execute(
            "INSERT INTO finance_circuit (connection_id, company_id, endpoint, state) VALUES (%s, %s, 'bank', 'open')",
            [self.connection.id, self.connection.company_id.id],
        )
        self.connection.sudo().state = "active"
        self.env.flush_all()
        self.roll_up()

    def test_a09_the_same_incident_is_on_both(self):
        self.break_down()
        [technical] = self.table(self.board(self.both))
        [business] = self.table(self.board(self.both, "finance"))
        self.assertEqual(technical["cells"][:4], [self.connection.name, "Does not answer", "2", "1"])
        self.assertEqual(business["cells"][:3], [self.connection.name, "Does not answer", "3"])
        self.assertEqual(technical["tone"], "bad")
        cards = self.cards(self.board(self.both))
        self.assertEqual([cards[key]["value"] for key in ("waiting", "attention", "retries")], ["2", "1", "2"])
        self.assertEqual(cards["waiting"]["note"], "oldest 1 h")
        self.assertEqual(cards["circuits"]["tone"], "bad")

    def test_lists_behind_figures_hold_what_was_counted(self):
        self.break_down()
        for key, card in self.cards(self.board(self.both)).items():
            if key in ("waiting", "attention", "retries", "circuits"):
                action = card["action"]
                found = self.env[action["res_model"]].with_user(self.both).search_count(action["domain"])
                self.assertEqual(str(found), card["value"], key)

    def test_everyone_sees_what_is_theirs(self):
        """Money for those who read the books, technology for those who watch; neither sees the other's."""
        self.break_down()
        with self.assertRaises(AccessError):
            self.board(self.accountant)
        with self.assertRaises(AccessError):
            self.board(self.operator, "finance")
        finance = self.board(self.accountant, "finance")
        self.assertFalse(self.cards(finance)["open"]["action"], "an accountant without the role opens no exception")
        self.assertTrue(self.table(finance), "but sees that a system is down")
        audiences = self.samples.with_user(self.accountant).search([("name", "like", "finance")]).mapped("audience")
        self.assertNotIn("operations", audiences)
        audiences = self.samples.with_user(self.operator).search([("name", "like", "finance")]).mapped("audience")
        self.assertNotIn("finance", audiences)

    def test_figures_of_another_company_are_not_told(self):
        self.break_down()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "board-stranger",
            groups="base.group_user,finance_connector_base.finance_group_viewer,account.group_account_readonly",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for name in ("operations", "finance"):
            board = self.board(stranger, name)
            self.assertEqual(self.table(board), [])
            self.assertTrue(board["is_empty"])

    def test_periods_and_time_zones(self):
        """Charts begin at midnight of the person, and what is before is not in them."""
        self.both.tz = "Pacific/Auckland"
        for days in (0, 3, 20):
            self.transition(self.message(self.now - timedelta(days=days)), self.now - timedelta(days=days), "done")
        self.roll_up("queue")
        for period, count in (("today", 1), ("week", 2), ("month", 3)):
            board = self.board(self.both, period=period)
            [chart] = [chart for chart in board["charts"] if chart["key"] == "throughput"]
            self.assertEqual(self.cards(board)["done"]["value"], str(count))
            self.assertEqual(sum(chart["series"][0]["data"]), count)
            self.assertEqual(len(chart["labels"]), len(chart["series"][0]["data"]))

    def test_m08_bank_lines_by_age(self):
        suspense, bank = self.env["account.account"].create(
            [
                {"name": "Suspense", "code": "MTR001", "account_type": "asset_current"},
                {"name": "Bank", "code": "MTR002", "account_type": "asset_cash"},
            ]
        )
        journal = self.env["account.journal"].create(
            {
                "name": "Bank",
                "type": "bank",
                "code": "MTR",
                "suspense_account_id": suspense.id,
                "default_account_id": bank.id,
            }
        )
        lines = [(self.now - timedelta(days=days)).date() for days in (1, 45, 200)]
        self.env["account.bank.statement.line"].create(
            [{"journal_id": journal.id, "date": day, "amount": -10, "payment_ref": "one"} for day in lines]
        )
        self.roll_up("books")
        found = self.samples._latest("finance_unreconciled_lines", {"journal": str(journal.id)})
        self.assertEqual({own["age"]: value for own, value in found}, {"a_day": 1, "d_quarter": 1, "e_older": 1})
        amounts = self.samples._latest("finance_unreconciled_amount", {"journal": str(journal.id), "age": "e_older"})
        self.assertEqual(amounts[0][1], 10)

    def test_m04_m06_m13_counters(self):
        now = self.now
        message = self.message(now, state="held", reason="mapping_missing")
        self.transition(message, now, "held", note="mapping_missing")
        twin = self.message(now, state="ignored", reason="duplicate")
        self.transition(twin, now, "ignored", before=None, note="duplicate")
        self.attempt(message, now, outcome="held", reason="auth_needed", error_class="technical")
        self.roll_up("queue", "attempts", "exceptions")
        for name in ("finance_mapping_failures", "finance_duplicates", "finance_authentication_failures"):
            totals = self.samples._totals(name, since=now - timedelta(hours=1), labels=self.labels())
            self.assertEqual(sum(totals.values()), 1, name)
