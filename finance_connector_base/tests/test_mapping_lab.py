"""Rules with conditions, trace and suggestions (B-06, B-39; attack 31)."""

from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestMappingLab(MappingCase):
    def message(self, code="V1"):
        return self.enqueue(self.flow, {"do": "map", "domain": "test.vendor", "code": code})

    # -- rules -----------------------------------------------------------------------------------

    def test_b06_conditions_and_rules_for_many_codes(self):
        self.active("*", 0, operation="default")
        self.active("4", 1, operation="prefix")
        self.active("4711", 2, qualifier="country = DE; amount between 100 and 500")
        self.assertEqual(self.lookup("9"), "One")
        self.assertEqual(self.lookup("4711"), "Two")
        self.assertEqual(self.lookup("4711", qualifiers={"country": "DE", "amount": 150}), "Three")
        self.assertEqual(self.lookup("4711", qualifiers={"country": "DE", "amount": 50}), "Two")

    def test_b06_many_codes_are_one_query(self):
        self.active("*", operation="default")
        codes = [f"C{number}" for number in range(300)]
        lookup = self.mappings._lookup
        lookup(self.connection, "test.vendor", codes, date=date(2026, 3, 15))
        self.env.invalidate_all()
        self.env.flush_all()
        with self.assertQueryCount(6):
            found = lookup(self.connection, "test.vendor", codes, date=date(2026, 3, 15))
        self.assertEqual(len(found), 300)

    def test_attack_31_expressions_are_refused_in_words(self):
        for qualifier in ("__import__('os').system('x')", "country.__class__", "x = 1 or 1 = 1; ()"):
            with self.assertRaisesRegex(ValidationError, "cannot be read"):
                self.draft(qualifier=qualifier)
        with self.assertRaisesRegex(ValidationError, "pattern"):
            self.draft("(?P<x>a)", operation="matches")
        self.active("(a+)+", operation="matches")
        self.assertIsNone(self.lookup("a" * 1000 + "b"))

    def test_the_order_of_words_is_one(self):
        self.active(qualifier="b = 2; a = 1")
        with self.assertRaisesRegex(UserError, "in use already"):
            self.draft(qualifier="a = 1;b=2").action_propose()

    def test_a_rule_for_many_codes_resumes_those_it_names(self):
        waiting, other = self.message("A1"), self.message("B1")
        self.drain()
        self.assertState(waiting | other, "held", "mapping_missing")
        self.active("A", operation="prefix")
        self.drain()
        self.assertState(waiting, "done")
        self.assertState(other, "held")

    def test_a_mapping_that_begins_today_resumes_what_waited_for_it(self):
        mapping = self.active(valid_from=date(2099, 1, 1))
        message = self.message()
        self.drain()
        self.assertState(message, "held")
        mapping.sudo().valid_from = self.env.cr.now().date()
        self.mappings._cron_begin()
        self.drain()
        self.assertState(message, "done")

    # -- trace ----------------------------------------------------------------------------------

    def test_b39_input_rule_and_output_are_shown_on_the_message(self):
        self.active("V", 1, operation="prefix")
        message = self.message("V77")
        self.drain()
        shown = str(self.as_user(message, "viewer").mapping_trace)
        for text in ("Vendors", "V77", "starts with V", "Two"):
            self.assertIn(text, shown)

    # -- suggestions -------------------------------------------------------------------------------

    def test_suggestions_from_past_use_and_from_names(self):
        elsewhere = self.make_connection("finance.adapter.test", name="Elsewhere")
        self.active("X9", 2, connection_id=elsewhere.id)
        adler = self.env["res.partner"].create({"name": "Hotel Adler Berlin GmbH"})
        suggest = self.mine(self.mappings)._suggest
        best = suggest(self.domain, self.connection, "X9")[0]
        self.assertEqual((best["res_id"], best["score"]), (self.partners[2].id, 90))
        self.assertIn("Elsewhere", best["reason"])
        best = suggest(self.domain, self.connection, "ZZ", "ADLER HOTEL BERLIN")[0]
        self.assertEqual(best["res_id"], adler.id)
        draft = self.draft("ZZ", res_id=False, label="ADLER HOTEL BERLIN")
        draft.action_suggest()
        self.assertEqual(draft.res_id, adler.id)

    def test_the_fix_opens_with_the_best_suggestion(self):
        self.active("X9", 2, connection_id=self.make_connection("finance.adapter.test").id)
        message = self.message("X9")
        self.drain()
        action = self.as_user(message.exception_ids, "steward").action_fix()
        self.assertEqual(action["context"]["default_res_id"], self.partners[2].id)
