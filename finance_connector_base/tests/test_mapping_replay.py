"""A mapping changed between receive and replay (fault 51, B-12, B-39)."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestMappingReplay(MappingCase):
    def worked(self, code="V1"):
        message = self.enqueue(
            self.flow, {"do": "map", "domain": "test.vendor", "code": code, "facts": {"amount": 150, "country": "DE"}}
        )
        self.drain()
        self.assertState(message, "done")
        return message

    def changed(self, first, **values):
        """:return: the next version, approved"""
        draft = self.mine(first.browse(self.mine(first).action_new_version()["res_id"]))
        draft.write(values or {"res_id": self.partners[1].id})
        draft.action_propose()
        self.theirs(draft).action_approve()
        return draft

    def dialog(self, messages, **values):
        return self.as_user(self.env["finance.message.reason.wizard"], "admin").create(
            {"operation": "replay", "reason": "again", "message_ids": [(6, 0, messages.ids)], **values}
        )

    def replay(self, messages, choice):
        action = self.dialog(messages, mapping_choice=choice).action_confirm()
        replays = self.env["finance.message"].search(action["domain"])
        self.drain()
        self.assertState(replays, "done")
        return replays

    def test_fault_51_the_difference_is_shown_and_asked(self):
        first = self.active()
        messages = self.worked() | self.worked()
        second = self.changed(first)
        dialog = self.dialog(messages)
        shown = str(dialog.mapping_difference)
        for text in ("Vendors", "V1", "One (version 1", "Two (version 2", self.user("steward", number=2).name, ">2<"):
            self.assertIn(text, shown)
        for act in (dialog.action_confirm, dialog.action_dry_run):
            with self.assertRaisesRegex(UserError, "Choose which ones"):
                act()
        self.assertFalse(self.env["finance.message"].search([("replay_of_id", "in", messages.ids)]))
        self.assertEqual(messages[0]._mapping_shifts(), {("test.vendor", "V1", (first.id,), (second.id,)): 1})

    def test_fault_51_as_used_before_keeps_the_version_as_today_takes_the_new_one(self):
        first = self.active()
        original = self.worked()
        kept = (original.mapping_versions, original.result, original.write_date, self.effects())
        second = self.changed(first)
        before = self.replay(original, "before")
        self.assertEqual(before.mapping_versions, {f"test.vendor:V1#{first.id}": 1})
        self.assertEqual(before.result, {"record": self.partners[0].id, "mapping_version": 1})
        today = self.replay(original, "today")
        self.assertEqual(today.mapping_versions, {f"test.vendor:V1#{second.id}": 2})
        self.assertEqual(today.result["record"], self.partners[1].id)
        self.assertEqual((before.mapping_choice, today.mapping_choice), ("before", "today"))
        original.invalidate_recordset()
        effects = self.env["test.finance.effect"].search([("message_id", "=", original.id)])
        self.assertEqual(effects.mapped("key"), kept[3])
        self.assertEqual((original.mapping_versions, original.result, original.write_date), kept[:3], "as it was")
        # a replay of the replay keeps what that one used
        self.assertEqual(self.replay(before, "before").mapping_versions, before.mapping_versions)

    def test_fault_51_a_trial_uses_the_chosen_versions(self):
        first = self.active()
        original = self.worked()
        self.changed(first)
        for choice, partner in (("before", 0), ("today", 1)):
            dialog = self.dialog(original, mapping_choice=choice)
            dialog.action_dry_run()
            self.assertIn(f"record: {self.partners[partner].id}", dialog.report)

    def test_fault_51_a_code_that_is_not_mapped_any_more(self):
        first = self.active()
        original = self.worked()
        self.mine(first).action_retire()
        self.assertIn("not mapped", str(self.dialog(original).mapping_difference))
        self.assertEqual(self.replay(original, "before").mapping_versions, original.mapping_versions)
        self.dialog(original, mapping_choice="today").action_confirm()
        self.drain()
        self.assertState(self.env["finance.message"].search([], limit=1), "held", "mapping_missing")

    def test_fault_51_nothing_is_asked_when_nothing_is_translated_otherwise(self):
        first = self.active()
        original = self.worked()
        self.changed(first, label="another name")
        dialog = self.dialog(original)
        self.assertFalse(dialog.mapping_difference)
        dialog.action_confirm()
        self.assertState(self.env["finance.message"].search([("replay_of_id", "=", original.id)]), "queued")

    def test_fault_51_what_was_known_of_the_case_decides_whether_a_rule_counts(self):
        self.active()
        original = self.worked()
        self.active(partner=1, qualifier="country = FR")
        self.assertFalse(self.dialog(original).mapping_difference, "the case was none of France")
        self.active(partner=2, qualifier="country = DE; amount between 100 and 200")
        self.assertIn("Three", str(self.dialog(original).mapping_difference))
        # of a message from before questions were kept nothing is known
        self.env.cr.execute("UPDATE finance_message SET mapping_asked = NULL WHERE id = %s", (original.id,))
        original.invalidate_recordset()
        self.assertFalse(self.dialog(original).mapping_difference)

    def test_fault_51_a_version_that_begins_later_is_seen_when_the_day_has_come(self):
        first = self.active()
        original = self.worked()
        second = self.changed(first, res_id=self.partners[1].id, valid_from=date(2099, 1, 1))
        self.assertFalse(self.dialog(original).mapping_difference)
        yesterday, today = date(2000, 1, 1), self.env.cr.now().date()
        first.sudo().superseded_from = today
        second.sudo().valid_from = today
        self.assertIn("Two", str(self.dialog(original).mapping_difference), "the day it asked for was today")
        asked = original.sudo().mapping_asked
        original.sudo().mapping_asked = [{**asked[0], "day": str(yesterday)}, *asked[1:]]
        self.assertFalse(self.dialog(original).mapping_difference, "its own day is that of a document")

    def test_fault_51_only_who_may_replay_is_shown_anything(self):
        first = self.active()
        original = self.worked()
        self.changed(first)
        dialog = self.as_user(self.env["finance.message.reason.wizard"], "operator").create(
            {"operation": "replay", "reason": "again", "message_ids": [(6, 0, original.ids)]}
        )
        self.assertFalse(dialog.mapping_difference)
        foreign = self.make_flow(self.make_connection("finance.adapter.test", company_id=self.other_company.id))
        message = self.enqueue(foreign, {"do": "nothing"})
        self.drain()
        self.assertFalse(self.dialog(message).mapping_difference)
