"""An old and a new feed side by side, and the cut over (B-51, X-16)."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..engine.envelope import Envelope
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestDualRun(FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old, cls.new = cls.flow, cls.make_flow(cls.connection, name="New feed")
        cls.dual = cls.env["finance.dual.run"].create(
            {
                "name": "Invoices",
                "domain": "invoice",
                "old_flow_id": cls.old.id,
                "new_flow_id": cls.new.id,
                "amount_path": "total",
                "currency_path": "currency",
                "ignored_paths": "key\nsent",
            }
        )
        cls.mine = cls.as_user(cls.dual, "admin")
        cls.other = cls.as_user(cls.dual, "admin", number=2)
        cls.mine.action_start()

    def bring(self, flow, number, total="100.00", **values):
        """One transaction, as one of the two feeds brings it."""
        data = {"do": "effect", "key": f"{flow.name} {number}", "total": total, "currency": "EUR", **values}
        [message] = self.enqueue(flow, data, business_key=number)
        self.drain()
        return message

    def both(self, number, old="100.00", new="100.00"):
        return self.bring(self.old, number, old), self.bring(self.new, number, new)

    def compare(self):
        self.as_user(self.dual, "operator").action_compare()
        self.env.invalidate_all()
        return {(found.kind, found.key) for found in self.dual.difference_ids}

    def approve(self, run=None, **options):
        run = run or self.other
        with self.at_the_screen(run.env.user, **options):
            answer = run.action_approve()
        self.env.invalidate_all()
        return answer

    def cut_over(self):
        self.mine.action_propose_cut_over()
        self.approve()
        self.assertEqual(self.dual.state, "cut_over")

    def test_b51_the_new_feed_has_no_effect_and_is_compared(self):
        old, new = self.both("R1", "100.00", "100.0")
        self.assertState(old, "done")
        self.assertState(new, "ignored", "dual_shadow")
        self.assertEqual(self.effects(), ["Test flow R1"])
        self.assertEqual(self.compare(), set())
        self.assertEqual((self.dual.matched, self.dual.old_count, self.dual.new_count), (1, 1, 1))
        self.assertTrue(self.dual.is_clean)
        [total] = self.dual.totals
        self.assertEqual((total["currency"], total["old_sum"], total["new_sum"]), ("EUR", "100.00", "100.00"))

    def test_b51_every_kind_of_difference_is_named(self):
        self.both("same")
        self.both("amount", "100.00", "90.00")
        self.bring(self.old, "only old")
        self.bring(self.new, "only new")
        self.both("twice")
        self.bring(self.old, "twice")
        self.assertEqual(
            self.compare(),
            {
                ("field", "amount"),
                ("missing_new", "only old"),
                ("missing_old", "only new"),
                ("duplicate_old", "twice"),
            },
        )
        [field] = self.dual.difference_ids.filtered(lambda found: found.kind == "field")
        self.assertEqual((field.path, field.old_value, field.new_value, field.amount), ("total", "100", "90", -10))
        self.assertEqual((self.dual.matched, self.dual.difference_count), (1, 4))
        with self.assertRaisesRegex(UserError, "4 differences are open"):
            self.mine.action_propose_cut_over()

    def test_b51_a_tolerance_is_part_of_the_rules(self):
        self.both("R1", "100.00", "100.02")
        self.assertEqual(self.compare(), {("field", "R1")})
        self.mine.tolerance = 0.02
        self.assertFalse(self.dual.compared_at, "what was compared by other rules does not count")
        self.assertEqual(self.compare(), set())

    def test_b51_cut_over_takes_two_people_and_swaps_the_parts(self):
        self.both("R1")
        self.mine.action_propose_cut_over()
        self.assertIn(self.user("admin", number=2), self.dual.activity_ids.user_id)
        with self.assertRaisesRegex(UserError, "another connector administrator"):
            self.approve(self.mine)
        with self.assertRaises(UserError):
            self.mine.tolerance = 5
        self.assertEqual(self.dual.state, "running")
        with self.trap_audit() as told:
            self.approve()
        self.assertEqual([fact["event"] for fact in told if fact["event"].startswith("dual")], ["dual_run.cut_over"])
        self.assertEqual((self.old.is_shadow, self.new.is_shadow), (True, False))
        self.assertEqual(self.dual.approved_by_id, self.user("admin", number=2))
        old, new = self.both("R2")
        self.assertState(old, "ignored", "dual_shadow")
        self.assertState(new, "done")
        self.assertEqual(self.effects(), ["Test flow R1", "New feed R2"])
        self.assertEqual(self.compare(), set())

    def test_b51_the_cut_over_asks_for_the_password(self):
        self.both("R1")
        self.mine.action_propose_cut_over()
        answer = self.approve(checked=None)
        self.assertEqual(answer["res_model"], "res.users.identitycheck")
        self.assertEqual(self.dual.state, "running")

    def test_b51_what_differs_since_the_proposal_stops_the_cut_over(self):
        self.both("R1")
        self.mine.action_propose_cut_over()
        self.bring(self.old, "late")
        with self.assertRaisesRegex(UserError, "1 differences are open"):
            self.approve()
        self.assertFalse(self.old.is_shadow)

    def test_b51_what_waits_stops_the_cut_over(self):
        self.both("R1")
        self.enqueue(self.new, {"do": "effect"}, business_key="waits")
        with self.assertRaisesRegex(UserError, "1 messages are not worked yet"):
            self.mine.action_propose_cut_over()

    def test_b51_a_transaction_of_the_old_feed_is_not_worked_again(self):
        self.both("R1")
        self.cut_over()
        again = self.bring(self.new, "R1")
        self.assertState(again, "ignored", "dual_worked")
        self.assertEqual(self.effects(), ["Test flow R1"])
        self.assertIn(("duplicate_new", "R1"), self.compare())

    def test_b51_the_way_back_is_approved_and_nothing_is_worked_twice(self):
        self.both("R1")
        self.cut_over()
        self.both("R2")
        self.bring(self.new, "only new")
        with self.assertRaisesRegex(UserError, "reason"):
            self.mine.action_propose_back()
        self.mine.note = "The new feed is slow."
        self.mine.action_propose_back()
        with self.assertRaisesRegex(UserError, "another connector administrator"):
            self.approve(self.mine)
        self.approve()
        self.assertEqual((self.dual.state, self.old.is_shadow, self.new.is_shadow), ("running", False, True))
        late = self.bring(self.old, "only new")
        self.assertState(late, "ignored", "dual_worked")
        self.bring(self.old, "R3")
        self.assertEqual(self.effects(), ["Test flow R1", "New feed R2", "New feed only new", "Test flow R3"])

    def test_b51_what_both_left_to_the_other_is_named_and_mended_by_a_replay(self):
        """A transaction that came to each side while it was the other's turn."""
        left = self.bring(self.new, "R1")
        self.both("R2")
        # what a cut over in this very moment leads to
        self.dual._set_live("new")
        self.dual.state = "cut_over"
        self.bring(self.old, "R1")
        self.assertEqual(self.compare(), {("neither", "R1")})
        self.as_user(left, "admin")._replay("left over")
        self.drain()
        self.assertEqual(self.compare(), set())
        self.assertEqual(self.effects(), ["Test flow R2", "New feed R1"])

    def test_b51_finished_the_old_feed_is_archived(self):
        self.both("R1")
        self.cut_over()
        self.mine.action_close()
        self.env.invalidate_all()
        self.assertEqual((self.dual.state, self.old.active, self.old.paused), ("closed", False, True))
        self.assertFalse(self.new.dual_run_id)
        self.assertState(self.bring(self.new, "R2"), "done")

    def test_b51_given_up_the_new_feed_is_paused(self):
        self.mine.action_cancel()
        self.env.invalidate_all()
        self.assertTrue(self.new.paused)
        self.assertState(self.bring(self.new, "R1"), "queued")
        self.assertState(self.bring(self.old, "R1"), "done")

    def test_b51_only_the_steps_change_what_works(self):
        with self.assertRaises(AccessError):
            self.as_user(self.new, "admin").is_shadow = False
        with self.assertRaises(AccessError):
            self.mine.state = "cut_over"
        with self.assertRaises(UserError):
            self.mine.unlink()
        smuggled = self.as_user(self.env["finance.dual.run"], "admin").create(
            {**self.dual.copy_data()[0], "name": "x", "state": "cut_over", "proposal": "cut_over"}
        )
        self.assertEqual((smuggled.state, smuggled.proposal), ("draft", False))
        with self.assertRaisesRegex(UserError, "another dual run"):
            smuggled.action_start()
        with self.assertRaises(ValidationError):
            smuggled.compared_paths = "a = b = c"

    def test_b51_an_old_interface_outside_is_compared_by_its_list(self):
        listed = self.make_flow(self.connection, name="Old interface", handler="finance.handler.dual.list")
        new = self.make_flow(self.connection, name="Other feed")
        run = self.env["finance.dual.run"].create(
            {
                "name": "List",
                "domain": "entry",
                "old_flow_id": listed.id,
                "new_flow_id": new.id,
                "key_path": "number = reference",
                "compared_paths": "amount = total",
            }
        )
        run.action_start()
        payload = self.env["finance.payload"]._store(b"number;amount\nR1;100.00\nR2;7.50\n", company=self.company)
        [file] = self.enqueue(listed, Envelope(subject="list.csv", payload_id=payload.id))
        self.enqueue(new, {"reference": "R1", "total": 100}, {"reference": "R2", "total": "7.55"})
        self.drain()
        self.assertState(file, "done")
        run.action_compare()
        [found] = run.difference_ids
        self.assertEqual((found.key, found.path, found.old_value), ("R2", "amount = total", "7.5"))
        self.assertAlmostEqual(found.amount, 0.05)
