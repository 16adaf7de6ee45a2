"""Governed changes: versions, effective dates, who decides, and what is written down (B-07, B-56, A-17; fault 52)."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestGoverned(MappingCase):
    def next_version(self, mapping, **values):
        draft = self.mine(mapping.browse(self.mine(mapping).action_new_version()["res_id"]))
        draft.write(values)
        return draft

    # -- decisions ---------------------------------------------------------------------------

    def test_b07_rejecting_needs_a_reason_and_makes_a_draft_again(self):
        mapping = self.draft()
        mapping.action_propose()
        other = self.theirs(mapping)
        self.assertEqual(other.action_reject()["res_model"], "finance.reject.wizard")
        with self.assertRaises(UserError):
            other._reject("  ")
        wizard = self.env["finance.reject.wizard"].create(
            {"res_model": "finance.mapping", "res_ids": mapping.ids, "reason": "wrong vendor"}
        )
        self.theirs(wizard).action_confirm()
        self.assertEqual((mapping.state, mapping.decision_note), ("draft", "wrong vendor"))
        change = self.env["finance.change"].search([("res_id", "=", mapping.id)])
        self.assertEqual((change.event, change.reason), ("rejected", "wrong vendor"))
        self.assertEqual(change.proposed_by_id, self.user("steward"))
        self.assertEqual(change.decided_by_id, self.user("steward", number=2))

    def test_only_the_maker_withdraws(self):
        mapping = self.draft()
        mapping.action_propose()
        with self.assertRaisesRegex(UserError, "reject"):
            self.theirs(mapping).action_withdraw()
        mapping.action_withdraw()
        self.assertEqual(mapping.state, "draft")
        with self.assertRaises(UserError):
            self.theirs(mapping).action_approve()

    def test_what_was_seen_is_what_gets_approved(self):
        """Attack 40: what the approver's screen showed, and what was proposed, is what comes into force."""
        mapping = self.draft()
        mapping.action_propose()
        shown = mapping.proposed_hash
        mapping.action_withdraw()
        mapping.res_id = self.partners[1]
        mapping.action_propose()
        with self.assertRaisesRegex(UserError, "Read it again"):
            self.theirs(mapping).with_context(finance_seen_hash=shown).action_approve()
        # changed behind the back of the ORM
        self.env.cr.execute("UPDATE finance_mapping SET res_id = %s WHERE id = %s", (self.partners[2].id, mapping.id))
        mapping.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "Read it again"):
            self.theirs(mapping).action_approve()

    def test_who_reads_it_makes_no_difference_to_what_is_approved(self):
        """An account has its code in its name for accountants only, and codes are of a company."""
        kind = self.env["finance.mapping.domain"].create(
            {"name": "Accounts", "code": "test.account", "res_model": "account.account"}
        )
        account = self.env["account.account"].create({"name": "Cost", "code": "FIN600", "account_type": "expense"})
        self.user("steward").group_ids += self.env.ref("account.group_account_readonly")
        mapping = self.draft("T", domain_id=kind.id, res_id=account.id)
        mapping.action_propose()
        self.assertIn("FIN600 Cost", str(mapping.difference))
        self.theirs(mapping).with_context(finance_seen_hash=mapping.proposed_hash).action_approve()
        self.assertEqual(mapping.state, "active")

    # -- versions and dates --------------------------------------------------------------------

    def test_b06_approved_today_effective_next_month(self):
        first = self.active()
        second = self.next_version(first, res_id=self.partners[1].id, valid_from=date(2026, 4, 1))
        second.action_propose()
        self.theirs(second).action_approve()
        self.assertEqual((first.state, first.superseded_from), ("active", date(2026, 4, 1)))
        self.assertEqual(self.lookup(day=date(2026, 3, 31)), "One")
        self.assertEqual(self.lookup(day=date(2026, 4, 1)), "Two")

    def test_b07_rolling_back_is_a_proposal_like_any_other(self):
        first = self.active()
        second = self.next_version(first, res_id=self.partners[1].id)
        second.action_propose()
        self.theirs(second).action_approve()
        third = self.mine(first.browse(self.mine(first).action_roll_back()["res_id"]))
        self.assertEqual((third.state, third.version, third.replaces_id), ("proposed", 3, second))
        self.assertEqual(self.lookup(), "Two")
        with self.assertRaisesRegex(UserError, "another steward"):
            third.action_approve()
        self.theirs(third).action_approve()
        self.assertEqual(self.lookup(), "One")
        self.assertEqual(second.state, "retired")
        self.assertEqual(self.mine(third)._versions().mapped("version"), [3, 2, 1])

    def test_rolling_back_a_future_version_takes_its_period(self):
        first = self.active()
        second = self.next_version(first, res_id=self.partners[1].id, valid_from=date(2026, 4, 1))
        second.action_propose()
        self.theirs(second).action_approve()
        third = self.mine(first.browse(self.mine(first).action_roll_back()["res_id"]))
        self.theirs(third).action_approve()
        self.assertEqual(third.valid_from, date(2026, 4, 1))
        for day in (date(2026, 3, 31), date(2026, 4, 1)):
            self.assertEqual(self.lookup(day=day), "One")

    def test_overlapping_periods_are_refused_in_words_that_say_which(self):
        self.active(valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 30))
        late = self.draft(partner=1, valid_from=date(2026, 6, 1))
        with self.assertRaisesRegex(UserError, r"V1 is in use already from 2026-01-01 to 2026-06-30"):
            late.action_propose()
        late.valid_from = date(2026, 7, 1)
        late.action_propose()
        self.theirs(late).action_approve()
        self.assertEqual(self.lookup(day=date(2026, 7, 1)), "Two")

    def test_of_two_versions_of_one_version_the_second_is_refused(self):
        first = self.active()
        one, other = self.next_version(first), self.next_version(first, res_id=self.partners[1].id)
        self.assertEqual((one.version, other.version), (2, 3))
        for draft in (one, other):
            draft.action_propose()
        self.theirs(one).action_approve()
        with self.assertRaisesRegex(UserError, "in use already"):
            self.theirs(other).action_approve()

    # -- evidence --------------------------------------------------------------------------------

    def test_a17_the_log_has_before_and_after_and_is_never_edited(self):
        first = self.active()
        second = self.next_version(first, res_id=self.partners[1].id)
        self.assertIn("Two", str(second.difference))
        second.action_propose()
        self.theirs(second).action_approve()
        changes = self.env["finance.change"].search([("res_model", "=", "finance.mapping")], order="id desc", limit=2)
        change = changes[0]
        self.assertEqual((change.event, change.version), ("approved", 2))
        self.assertEqual((change.before["record_name"], change.after["record_name"]), ("One", "Two"))
        self.assertIn("record_name: One → Two", change.difference)
        for act in (lambda: change.sudo().write({"reason": "x"}), lambda: change.sudo().unlink()):
            with self.assertRaises(AccessError):
                act()

    def test_hostile_names_are_escaped_where_changes_are_shown(self):
        """Attack 29."""
        mapping = self.draft(label="<img src=x onerror=alert(1)>")
        self.assertNotIn("<img", str(mapping.difference))
        self.assertIn("&lt;img", str(mapping.difference))

    def test_attack_03_copies_start_as_drafts(self):
        copy = self.mine(self.active()).copy()
        self.assertEqual((copy.state, copy.approved_by_id.id, copy.version), ("draft", False, 1))
