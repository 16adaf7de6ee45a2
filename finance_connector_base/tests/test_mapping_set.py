"""Change sets: several mappings decided as one (B-07, B-56; change, approval, roll back)."""

from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .mapping_case import MappingCase


@tagged("post_install", "-at_install")
class TestMappingSet(MappingCase):
    def change(self, *drafts, name="Change"):
        change = self.mine(self.env["finance.mapping.set"]).create({"name": name})
        for draft in drafts:
            draft.set_id = change
        return change

    def next_version(self, mapping, **values):
        draft = self.mine(mapping.browse(self.mine(mapping).action_new_version()["res_id"]))
        draft.write(values)
        return draft

    def approved(self, *drafts):
        change = self.change(*drafts)
        change.action_propose()
        self.theirs(change).action_approve()
        return change

    def test_b07_all_or_nothing(self):
        first = self.active("V1")
        change = self.change(self.next_version(first, res_id=self.partners[1].id), self.draft("V2"))
        change.action_propose()
        self.assertEqual(set(change.mapping_ids.mapped("state")), {"proposed"})
        self.assertEqual((self.lookup("V1"), self.lookup("V2")), ("One", None))
        with self.assertRaisesRegex(UserError, "another steward"):
            change.action_approve()
        # one line can no longer be approved: none is
        self.env.cr.execute("UPDATE finance_mapping SET res_id = 0 WHERE set_id = %s AND code = 'V2'", (change.id,))
        self.env.invalidate_all()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.theirs(change).action_approve()
        self.assertEqual((self.lookup("V1"), self.lookup("V2")), ("One", None))
        self.env.cr.execute(
            "UPDATE finance_mapping SET res_id = %s WHERE set_id = %s AND code = 'V2'", (self.partners[0].id, change.id)
        )
        self.env.invalidate_all()
        self.theirs(change).action_approve()
        self.assertEqual((self.lookup("V1"), self.lookup("V2")), ("Two", "One"))
        self.assertEqual((change.state, first.state), ("active", "retired"))

    def test_lines_are_not_decided_alone(self):
        line = self.draft("V1")
        change = self.change(line)
        with self.assertRaisesRegex(UserError, "decided as a whole"):
            line.action_propose()
        change.action_propose()
        for act in ("action_approve", "action_reject"):
            with self.assertRaisesRegex(UserError, "decided as a whole"):
                getattr(self.theirs(line), act)()
        with self.assertRaisesRegex(UserError, "decided as a whole"):
            line.action_withdraw()
        with self.assertRaisesRegex(UserError, "decided as a whole"):
            self.theirs(line)._reject("no")

    def test_b07_rejecting_makes_drafts_of_all_and_keeps_the_reason(self):
        change = self.change(self.draft("V1"), self.draft("V2"))
        change.action_propose()
        wizard = self.env["finance.reject.wizard"].create(
            {"res_model": change._name, "res_ids": change.ids, "reason": "not yet"}
        )
        self.theirs(wizard).action_confirm()
        self.assertEqual((change.state, set(change.mapping_ids.mapped("state"))), ("draft", {"draft"}))
        log = self.env["finance.change"].search([("set_id", "=", change.id)])
        self.assertEqual(
            (len(log), set(log.mapped("event")), set(log.mapped("reason"))), (3, {"rejected"}, {"not yet"})
        )

    def test_fault_52_who_wrote_a_line_does_not_approve_the_set(self):
        theirs = self.draft("V1", number=2)
        change = self.change(self.draft("V2"))
        theirs.set_id = change.with_env(theirs.env)
        change.action_propose()
        with self.assertRaisesRegex(UserError, "another steward"):
            self.theirs(change).action_approve()
        self.as_user(change, "steward", number=3).action_approve()
        self.assertEqual(change.state, "active")

    def test_a_set_of_which_one_line_changes_is_a_draft_again(self):
        one, two = self.draft("V1"), self.draft("V2")
        change = self.change(one, two)
        for act in (
            lambda: two.write({"res_id": self.partners[2].id}),
            lambda: self.draft("V3").write({"set_id": change.id}),
            lambda: self.draft("V4", set_id=change.id),
            lambda: two.write({"set_id": False}),
            lambda: self.mine(change.mapping_ids.filtered(lambda line: line.code == "V4")).unlink(),
            lambda: change.write({"name": "Other"}),
        ):
            change.action_propose()
            act()
            self.assertEqual((change.state, set(change.mapping_ids.mapped("state"))), ("draft", {"draft"}))
            with self.assertRaises(UserError):
                self.theirs(change).action_approve()
        self.assertEqual(change.mapping_ids.mapped("code"), ["V1", "V3"])
        change.action_propose()
        change.unlink()
        self.assertEqual((one.state, one.set_id.id), ("draft", False))

    def test_attack_40_the_set_that_was_seen_is_the_one_approved(self):
        change = self.change(self.draft("V1"))
        change.action_propose()
        shown = change.proposed_hash
        change.action_withdraw()
        change.mapping_ids.res_id = self.partners[2].id
        change.action_propose()
        with self.assertRaisesRegex(UserError, "Read it again"):
            self.theirs(change).with_context(finance_seen_hash=shown).action_approve()
        self.theirs(change).with_context(finance_seen_hash=change.proposed_hash).action_approve()
        with self.assertRaises(UserError):
            self.mine(change).write({"name": "later"})
        with self.assertRaises(UserError):
            self.draft("V9").set_id = change

    def test_a17_the_log_shows_the_set(self):
        change = self.approved(self.draft("V1"), self.draft("V2", 1))
        log = self.env["finance.change"].search([("set_id", "=", change.id)], order="id")
        self.assertEqual(log.mapped("res_model"), ["finance.mapping", "finance.mapping", "finance.mapping.set"])
        self.assertEqual(log[-1].after["lines"], 2)

    def test_b07_a_set_is_rolled_back_as_one_proposal(self):
        kept, first, second = self.active("V1"), self.active("V2", 1), self.active("V3", 2)
        change = self.approved(
            self.next_version(first, res_id=self.partners[2].id),
            self.next_version(second, valid_from=date(2026, 4, 1), res_id=self.partners[0].id),
            self.draft("V4"),
        )
        self.assertEqual([self.lookup(code) for code in ("V2", "V3", "V4")], ["Three", "Three", "One"])
        self.assertEqual(self.lookup("V3", day=date(2026, 4, 1)), "One")
        back = self.mine(change.browse(self.mine(change).action_roll_back()["res_id"]))
        self.assertEqual((back.state, back.rolls_back_id, len(back.mapping_ids)), ("proposed", change, 2))
        self.assertEqual(back.retire_ids.mapped("code"), ["V4"])
        self.assertEqual(self.lookup("V2"), "Three", "nothing but a proposal")
        with self.assertRaisesRegex(UserError, "another steward"):
            back.action_approve()
        self.theirs(back).action_approve()
        self.assertEqual([self.lookup(code) for code in ("V1", "V2", "V3", "V4")], ["One", "Two", "Three", None])
        self.assertEqual(self.lookup("V3", day=date(2026, 4, 1)), "Three")
        self.assertEqual((change.state, back.state, kept.state), ("retired", "active", "active"))
        # and forth again
        forth = self.mine(back.browse(self.mine(back).action_roll_back()["res_id"]))
        self.theirs(forth).action_approve()
        self.assertEqual([self.lookup(code) for code in ("V2", "V4")], ["Three", "One"])

    def test_a_set_whose_mapping_was_changed_since_is_not_rolled_back_blindly(self):
        first = self.active("V1")
        change = self.approved(self.next_version(first, res_id=self.partners[1].id))
        later = self.next_version(change.mapping_ids, res_id=self.partners[2].id)
        later.action_propose()
        self.theirs(later).action_approve()
        with self.assertRaisesRegex(UserError, "changed since"):
            self.mine(change).action_roll_back()

    def test_codes_change_places_within_a_set(self):
        one, two = self.active("V1"), self.active("V2", 1)
        change = self.change(self.next_version(one, code="V2"), self.next_version(two, code="V1"))
        change.action_propose()
        self.theirs(change).action_approve()
        self.assertEqual((self.lookup("V1"), self.lookup("V2")), ("Two", "One"))

    def test_one_ends_and_another_begins_within_a_set(self):
        first = self.active("V1")
        change = self.change(
            self.next_version(first, valid_to=date(2026, 6, 30)), self.draft("V1", 1, valid_from=date(2026, 7, 1))
        )
        change.action_propose()
        self.theirs(change).action_approve()
        self.assertEqual(self.lookup("V1", day=date(2026, 6, 30)), "One")
        self.assertEqual(self.lookup("V1", day=date(2026, 7, 1)), "Two")

    def test_the_same_code_twice_is_refused(self):
        change = self.change(self.draft("V1"), self.draft("V1", 1))
        with self.assertRaisesRegex(UserError, "twice"):
            change.action_propose()
        with self.assertRaisesRegex(UserError, "no mappings"):
            self.change().action_propose()

    def test_b53_a_set_belongs_to_one_company(self):
        values = {"domain_id": self.domain.id, "code": "V9", "res_id": self.partners[0].id}
        foreign = self.mappings.create({**values, "company_id": self.other_company.id})
        change = self.change(self.draft("V1"))
        with self.assertRaisesRegex(ValidationError, "several companies"), self.env.cr.savepoint():
            foreign.set_id = change.with_env(foreign.env)
        # a line that is out of reach is not decided, whatever got it there
        self.env.invalidate_all(flush=False)
        change.action_propose()
        self.env.flush_all()
        self.env.cr.execute("UPDATE finance_mapping SET set_id = %s WHERE id = %s", (change.id, foreign.id))
        self.env.invalidate_all()
        for act in (change.action_withdraw, self.theirs(change).action_approve):
            # of rights, or because it is not what was proposed
            with self.assertRaises(UserError):
                act()
        self.assertIn("no access", str(change.difference))

    def test_messages_that_wait_resume_with_the_approval_of_the_set(self):
        waiting = self.enqueue(
            self.flow, *({"do": "map", "domain": "test.vendor", "code": code} for code in ("V1", "V2", "V1"))
        )
        self.drain()
        self.assertState(waiting, "held", "mapping_missing")
        change = self.approved(self.draft("V1"), self.draft("V2", 1))
        self.drain()
        self.assertState(waiting, "done")
        for message in waiting:
            line = change.mapping_ids.filtered(lambda line, message=message: line.res_id == message.result["record"])
            self.assertEqual(message.mapping_versions, {f"test.vendor:{line.code}#{line.id}": 1})

    def test_selected_mappings_become_a_set(self):
        active, draft = self.active("V1"), self.draft("V2")
        action = (active | draft).with_env(draft.env).action_make_set()
        change = self.env["finance.mapping.set"].browse(action["res_id"])
        self.assertEqual(sorted(change.mapping_ids.mapped("version")), [1, 2])
        self.assertEqual(change.mapping_ids.replaces_id, active)
        with self.assertRaises(UserError):
            draft.action_make_set()
