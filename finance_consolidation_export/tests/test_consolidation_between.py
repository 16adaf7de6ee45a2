from types import SimpleNamespace

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LAST, ConsolidationCase


@tagged("post_install", "-at_install")
class TestConsolidationBetween(ConsolidationCase):
    """Both sides of intercompany balances are compared, differences named with their documents (C-03, C-19)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company.write({"currency_id": cls.eur.id, "country_id": cls.env.ref("base.fr").id})
        env = cls.env(context={**cls.env.context, "allowed_company_ids": [cls.company.id, cls.other_company.id]})
        cls.other_books = cls.keep_books(cls.other_company)
        cls.other_journal = env["account.journal"].create(
            {"name": "General", "code": "GEN", "type": "general", "company_id": cls.other_company.id}
        )
        cls.other = env["finance.consolidation.entity"].create(
            {"code": "ES01", "company_id": cls.other_company.id, "name": "Other"}
        )
        cls.scenario.pair_ids = [
            Command.create({"name": "Balances", "account_ids": [Command.set(cls.group["G150"].ids)], "tolerance": 0.05})
        ]
        cls.env = env
        for amount in (100.0, 50.0):
            cls.sell(amount, f"INV/{amount:.0f}")
        cls.buy(100.0, "INV/100")

    @classmethod
    def sell(cls, amount, number):
        partner = {"partner_id": cls.other_company.partner_id.id, "name": number}
        move = cls.post(LAST, ("intercompany", amount, partner), ("sales", -amount))
        move.ref = number

    @classmethod
    def buy(cls, amount, number):
        partner = {"partner_id": cls.company.partner_id.id, "name": number}
        move = cls.post(
            LAST,
            ("intercompany", -amount, partner),
            ("wages", amount),
            journal=cls.other_journal,
            books=cls.other_books,
        )
        move.ref = number

    def compared(self):
        comparison = self.env["finance.consolidation.comparison"].create(
            {"scenario_id": self.scenario.id, "date_to": LAST}
        )
        comparison.action_compare()
        return comparison

    def test_where_nothing_was_compared_yet_the_task_leads_there(self):
        """C-03: the button of the failed task opens the comparisons of the period, where one can be made."""
        check = self.env["finance.close.check.between"]
        task = SimpleNamespace(scenario_id=self.scenario, date_to=LAST, entity_id=self.entity)
        found = check._examine(task)
        self.assertFalse(found.passed or found.count)
        self.package()
        self.package(entity_id=self.other.id)
        comparison = self.compared()
        self.assertEqual(self.env[found.model].search(found.domain), comparison)
        differing = check._examine(task)
        self.assertEqual((differing.passed, differing.count), (False, 1))

    def test_a_difference_is_found_named_and_mended(self):
        self.package()
        package = self.package(entity_id=self.other.id)
        comparison = self.compared()
        line = comparison.line_ids
        self.assertEqual((line.verdict, line.difference, comparison.differing_count), ("differs", 50.0, 1))
        self.assertEqual({line.amount_one, line.amount_other}, {150.0, -100.0})
        self.assertEqual(line.item_ids.move_id.ref, "INV/50")
        self.assertEqual(line.action_view_items()["domain"], [("id", "in", line.item_ids.ids)])

        self.buy(50.0, "INV/50")
        package._build()
        comparison.action_compare()
        self.assertEqual((comparison.line_ids.verdict, comparison.line_ids.item_count), ("agrees", 0))

    def test_c03_differences_are_an_alert_until_both_sides_agree(self):
        """C-03: days after the period, where the audit module is there; it names no amounts."""
        if "finance.alert.rule" not in self.env:
            self.skipTest("without alerts")
        rules = self.env["finance.alert.rule"].sudo()
        rules.search([("active", "=", True)]).active = False
        rule = rules.create({"name": "between", "condition": "finance.alert.condition.between", "threshold": 5})
        condition = self.env["finance.alert.condition.between"].sudo()
        self.package()
        package = self.package(entity_id=self.other.id)
        comparison = self.compared()
        self.env["finance.alert.watch"].sudo()._look()
        self.assertFalse(rule.error)
        alert = rule.alert_ids
        self.assertEqual((alert.klass, alert.res_id, alert.value), ("business", comparison.id, 1))
        self.assertNotIn("50", alert.text.replace(comparison.name, ""))
        days = (self.env.cr.now().date() - LAST).days
        self.assertFalse(condition._look(days + 1), "the period has just ended")
        self.buy(50.0, "INV/50")
        package._build()
        comparison.action_compare()
        self.env["finance.alert.watch"].sudo()._look()
        self.assertEqual(alert.state, "resolved")

    def test_a_side_that_did_not_deliver(self):
        self.package()
        line = self.compared().line_ids
        self.assertEqual((line.verdict, line.difference), ("missing", 150.0))

    def test_who_sees_both_sides(self):
        self.package()
        comparison = self.compared()
        one = self.person("onesided")
        self.assertFalse(comparison.with_user(one).with_context(allowed_company_ids=self.company.ids).line_ids)
        one.company_ids |= self.other_company
        both = [self.company.id, self.other_company.id]
        self.assertEqual(len(comparison.with_user(one).with_context(allowed_company_ids=both).line_ids), 1)
        with self.assertRaises(AccessError):
            comparison.with_user(self.user("auditor")).action_compare()
