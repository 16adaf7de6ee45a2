"""Duplicate rules (B-14): what looks alike waits for a person; the decision is kept; work is bounded."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .fake_case import FakeCase

INVOICE = {"do": "effect", "supplier": {"name": "Acme GmbH"}, "number": "RE-2024/0042", "total": "100.00"}


@tagged("post_install", "-at_install")
class TestDuplicateRules(FakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.make_rule()

    @classmethod
    def make_rule(cls, **values):
        return cls.env["finance.duplicate.rule"].create(
            {
                "name": "Supplier invoice",
                "company_id": cls.company.id,
                "handler": "finance.handler.test",
                "partner_path": "supplier.name",
                "reference_path": "number",
                "amount_path": "total",
                "amount_tolerance": 0.05,
                "date_path": "date",
                "window_days": 10,
                **values,
            }
        )

    def invoice(self, key, flow=None, **data):
        return self.enqueue(flow or self.flow, {**INVOICE, "date": "2026-03-15", "key": key, **data})

    def held_pair(self):
        first = self.invoice("1")
        self.drain()
        second = self.invoice("2", supplier={"name": "ACME"}, number="re 2024 42", total="100.05")
        self.drain()
        return first, second

    def review(self, message, role="operator"):
        action = self.as_user(message, role).action_review_duplicate()
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        return self.as_user(wizard, role).create({})

    def test_b14_the_same_fact_written_differently_is_held_and_not_posted(self):
        first, second = self.held_pair()
        self.assertState(first, "done")
        self.assertState(second, "held", "near_duplicate")
        self.assertEqual(second.exception_ids.params, {"alike": first.id, "others": [first.id]})
        self.assertEqual(second.error_class, "business")
        self.assertEqual(self.effects(), ["1"])
        self.assertAccounted(self.flow)

    # -- a rule that is changed ------------------------------------------------------------

    def rekey(self):
        self.env["finance.duplicate.rule"]._cron_rekey()
        self.env.invalidate_all()

    def test_b14_a_changed_rule_finds_messages_that_came_before_the_change(self):
        for rule in self.env["finance.duplicate.rule"].search([]):
            rule.is_rekeying = False
        messages = [self.invoice(str(number), number=f"N-{number}", batch="B7") for number in range(7)]
        other = self.invoice("other", flow=self.make_flow(self.make_connection("finance.adapter.test")))
        self.drain()
        self.assertFalse(self.rule.is_rekeying)
        self.rule.write({"reference_path": "batch", "amount_path": False, "date_path": False})
        self.assertTrue(self.rule.is_rekeying)
        # in batches, resumable: the second one goes on where the first stopped
        self.assertEqual(self.rule._rekey_batch(limit=3), 3)
        self.assertEqual((self.rule.rekey_count, self.rule.rekey_from), (3, messages[2].id))
        self.assertTrue(self.rule.is_rekeying)
        self.rekey()
        self.assertFalse(self.rule.is_rekeying)
        self.assertEqual(self.rule.rekey_count, 8)
        keys = self.env["finance.duplicate.key"].search([("rule_id", "=", self.rule.id)])
        self.assertEqual(sorted(keys.message_id.ids), [message.id for message in messages])
        self.assertEqual(len(set(keys.mapped("key"))), 1, "nothing of the former rule is left")
        again = self.invoice("again", number="N-9", batch="B7")
        self.drain()
        self.assertState(again, "held", "near_duplicate")
        self.assertIn(messages[0].id, [again.exception_ids.params["alike"], *again.exception_ids.params["others"]])
        # what was worked is not asked about again
        for message in messages:
            self.assertState(message, "done")
        self.assertState(other, "done")

    def test_b14_a_new_rule_looks_back_as_far_as_its_days(self):
        self.rule.active = False
        old, young = self.invoice("old"), self.invoice("young")
        self.drain()
        self.env.cr.execute(
            "UPDATE finance_message SET create_date = create_date - interval '30 days' WHERE id = %s", (old.id,)
        )
        self.env.invalidate_all()
        rule = self.make_rule(date_path=False)
        self.rekey()
        keys = self.env["finance.duplicate.key"].search([("rule_id", "=", rule.id)])
        self.assertEqual(keys.message_id, young)
        self.assertTrue(keys.is_admitted)
        second = self.invoice("second")
        self.drain()
        self.assertState(second, "held", "near_duplicate")
        self.assertEqual(second.exception_ids.params["alike"], young.id)

    def test_b14_what_a_person_decided_is_kept_and_what_waits_is_asked_by_the_new_rule(self):
        _first, second = self.held_pair()
        self.as_user(second, "operator")._decide_duplicate(same=False, reason="two deliveries")
        self.flow.paused = True
        waiting = self.invoice("3", number="another", total="5")
        self.rule.write({"reference_path": False, "amount_path": False})
        self.rekey()
        self.flow.paused = False
        self.drain()
        self.assertState(second, "done")
        self.assertState(waiting, "held", "near_duplicate")

    def test_b14_what_a_worker_has_in_hand_is_looked_at_later(self):
        message = self.invoice("1")
        self.env.flush_all()
        self.env.cr.execute("UPDATE finance_message SET state = 'processing' WHERE id = %s", (message.id,))
        self.rule.write({"reference_path": "supplier.name"})
        self.rekey()
        self.assertTrue(self.rule.is_rekeying)
        self.env.cr.execute("UPDATE finance_message SET state = 'done' WHERE id = %s", (message.id,))
        self.env.invalidate_all()
        self.rekey()
        self.assertFalse(self.rule.is_rekeying)
        self.assertIn(message, self.env["finance.duplicate.key"].search([("rule_id", "=", self.rule.id)]).message_id)

    def test_b14_what_differs_in_one_of_the_named_values_is_another_fact(self):
        self.invoice("1")
        others = (
            self.invoice("amount", total="100.06")
            | self.invoice("partner", supplier={"name": "Bcme"})
            | self.invoice("reference", number="RE-2024/0043")
            | self.invoice("day", date="2026-03-26")
            | self.invoice("nothing", number=None)
        )
        self.drain()
        self.assertState(others, "done")

    def test_b14_tolerance_and_window_are_inclusive_on_both_sides(self):
        self.invoice("1")
        self.drain()
        near = (
            self.invoice("more", total=100.05)
            | self.invoice("less", total="99.95")
            | self.invoice("later", date="2026-03-25")
            | self.invoice("earlier", date="2026-03-05")
        )
        self.drain()
        self.assertState(near, "held", "near_duplicate")

    def test_b14_a_percentage_of_the_larger_amount(self):
        self.rule.write({"amount_tolerance": 0, "amount_percent": 10})
        self.invoice("1")
        self.drain()
        held = self.invoice("up", total="111.11") | self.invoice("down", total="90.00")
        other = self.invoice("over", total="112.00", number="RE-2024/0042")
        self.drain()
        self.assertState(held, "held")
        # close to 111.11, which waits for a decision and counts
        self.assertState(other, "held")
        far = self.invoice("far", total="150.00")
        self.drain()
        self.assertState(far, "done")

    def test_b14_flows_of_one_kind_are_compared_with_each_other_companies_are_not(self):
        self.rule.company_id = False
        abroad = self.make_flow(self.make_connection("finance.adapter.test", company_id=self.other_company.id))
        beside = self.make_flow(self.make_connection("finance.adapter.test"))
        self.invoice("1")
        self.drain()
        there, here = self.invoice("2", abroad), self.invoice("3", beside)
        self.drain()
        self.assertState(there, "done")
        self.assertState(here, "held", "near_duplicate")

    def test_b14_a_rule_of_one_flow_or_archived_leaves_the_others_alone(self):
        self.rule.flow_id = self.make_flow(self.connection)
        self.invoice("1")
        self.drain()
        again = self.invoice("2")
        self.rule.write({"flow_id": False})
        before = self.invoice("3", number="X")
        after = self.invoice("4", number="X")
        self.rule.active = False
        self.drain()
        self.assertState(again | before | after, "done")

    def test_b14_another_one_goes_on_by_itself_and_is_not_asked_again(self):
        first, second = self.held_pair()
        review = self.review(second)
        review.reason = "two deliveries, says the supplier"
        review.action_another()
        self.drain()
        self.assertState(second, "done")
        self.assertEqual(self.effects(), ["1", "2"])
        exception = second.exception_ids
        self.assertEqual((exception.state, exception.resolution), ("solved", "fixed"))
        self.assertIn("two deliveries", str(exception.message_ids.mapped("body")))
        self.assertIn("two deliveries, says the supplier", second.transition_ids.mapped("note"))
        third = self.invoice("3")
        self.drain()
        self.assertState(third, "held", "near_duplicate")
        self.assertEqual(third.exception_ids.params["others"], [first.id, second.id])

    def test_b14_the_same_is_ignored_with_reason_and_pointer(self):
        first, second = self.held_pair()
        review = self.review(second)
        review.reason = "sent twice"
        review.action_same()
        self.assertState(second, "ignored", "duplicate")
        self.assertEqual((second.duplicate_of_id, second.detail), (first, "sent twice"))
        with self.assertRaises(UserError):
            review.action_another()
        self.assertEqual(self.effects(), ["1"])

    def test_b14_the_decision_needs_a_reason_and_the_right_group(self):
        second = self.held_pair()[1]
        with self.assertRaises(UserError):
            self.review(second).action_another()
        for role in ("viewer", "steward", "admin", "auditor"):
            with self.assertRaises(AccessError):
                self.as_user(second, role).action_review_duplicate()
        with self.assertRaises(AccessError):
            self.as_user(second, "operator", other_company=True).action_review_duplicate()
        with self.assertRaises(UserError):
            # a retry in a list is no decision
            self.as_user(second, "operator").action_retry()

    def conflicting_pair(self):
        first = self.enqueue(self.flow, {**INVOICE, "key": "1"}, dedupe_key="invoice 1", content_hash="h1")
        second = self.enqueue(self.flow, {**INVOICE, "key": "2"}, dedupe_key="invoice 1", content_hash="h2")
        self.drain()
        self.assertState(second, "held", "identity_conflict")
        return first, second

    def test_b13_of_two_contents_under_one_identity_a_person_chooses(self):
        for choice, state, effects in (("same", "ignored", ["1"]), ("another", "done", ["1", "2"])):
            with self.subTest(choice), self.env.cr.savepoint() as savepoint:
                first, second = self.conflicting_pair()
                operator = self.as_user(second, "operator")
                self.assertEqual(operator.fix_label, "Compare")
                self.assertEqual(operator.action_fix()["res_model"], "finance.duplicate.review")
                with self.assertRaises(UserError):
                    operator.action_retry()
                review = self.review(second)
                self.assertEqual(review._earlier(), first)
                review.reason = "says the sender"
                getattr(review, f"action_{choice}")()
                self.drain()
                self.assertState(second, state)
                self.assertEqual(second.duplicate_of_id, first)
                self.assertEqual(self.effects(), effects)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_b14_once_the_other_one_is_given_up_there_is_nothing_to_decide(self):
        self.flow.paused = True
        first = self.enqueue(self.flow, {**INVOICE, "date": "2026-03-15", "do": "raise", "error": "RejectedError"})
        self.flow.paused = False
        self.drain()
        self.assertState(first, "held", "rejected")
        second = self.invoice("2")
        self.drain()
        self.assertState(second, "held", "near_duplicate")
        first._discard("not ours")
        self.drain()
        self.assertState(second, "done")

    def test_b14_side_by_side_marks_what_differs_and_links_what_it_became(self):
        first, second = self.held_pair()
        partner = self.env["res.partner"].create({"name": "Became <b>this</b>"})
        self.env["finance.message.document"].create(
            {"message_id": first.id, "res_model": "res.partner", "res_id": partner.id}
        )
        table = str(self.review(second).comparison)
        rows = {row.split("</th>")[0].rpartition(">")[2] or row: row for row in table.split("<tr")}
        differing = [row for row in table.split("<tr") if "differs" in row]
        self.assertTrue(any("total" in row for row in differing), rows)
        self.assertFalse(any(">do<" in row for row in differing))
        self.assertIn(f"/odoo/res.partner/{partner.id}", table)
        self.assertNotIn("<b>this</b>", table)

    def test_b14_account_numbers_are_masked_side_by_side(self):
        self.invoice("1", account="DE89370400440532013000")
        self.drain()
        second = self.invoice("2", account="DE75512108001245126199")
        self.drain()
        table = str(self.review(second).comparison)
        self.assertNotIn("DE89370400440532013000", table)
        self.assertIn("3000", table)

    def test_b14_at_most_once_a_second_one_is_never_sent(self):
        flow = self.make_flow(self.connection, handler="finance.handler.test.call", at_most_once=True, direction="out")
        self.rule.handler = "finance.handler.test.call"
        self.env["finance.handler.test.call"]._pop_calls()
        first = self.invoice("1", flow, answer="ok")
        second = self.invoice("2", flow, answer="ok")
        self.drain()
        self.assertEqual(self.env["finance.handler.test.call"]._pop_calls(), first.ids)
        self.assertState(second, "held", "near_duplicate")

    def test_a_replay_repeats_what_was_admitted(self):
        first = self.held_pair()[0]
        replay = first._replay("again")
        self.drain()
        self.assertState(replay, "done")

    def test_work_is_bounded_however_many_resemble_it(self):
        """One query, answered by the index; a few of many alike are read."""
        self.invoice("1")
        self.enqueue(self.flow, *[{**INVOICE, "date": "2026-03-15", "key": str(number)} for number in range(300)])
        last = self.invoice("last")
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        with self.assertQueryCount(4):
            self.assertLessEqual(len(last._resembling()), 3)
        self.env.cr.execute("SELECT count(*) FROM finance_duplicate_key WHERE message_id = %s", (last.id,))
        self.assertEqual(self.env.cr.fetchone(), (1,))

    def test_rules_say_something_and_belong_together(self):
        with self.assertRaises(ValidationError):
            self.make_rule(partner_path=False, reference_path=False)
        abroad = self.make_flow(self.make_connection(company_id=self.other_company.id))
        with self.assertRaises(ValidationError):
            self.make_rule(flow_id=abroad.id)
        with Form(self.as_user(self.env["finance.duplicate.rule"], "admin")) as form:
            form.name = "by form"
            form.reference_path = "number"
        self.assertEqual(form.record.window_days, 30)

    # -- likeness given by a handler -----------------------------------------------------------

    def test_b14_a_likeness_given_by_the_sender_counts_within_the_days_of_the_flow(self):
        self.flow.likeness_days = 30
        first = self.enqueue(self.flow, {"do": "effect", "key": "1"}, likeness="acme|100.00|INV-1")
        self.drain()
        second = self.enqueue(self.flow, {"do": "effect", "key": "2"}, likeness="acme|100.00|INV-1")
        different = self.enqueue(self.flow, {"do": "effect", "key": "3"}, likeness="acme|100.01|INV-1")
        self.drain()
        self.assertState(first | different, "done")
        self.assertState(second, "held", "near_duplicate")
        self.assertEqual(self.effects(), ["1", "3"])

    def test_b14_outside_of_the_days_and_where_nobody_asked_for_it(self):
        self.flow.likeness_days = 30
        first = self.enqueue(self.flow, {}, likeness="x")
        self.drain()
        self.env.cr.execute("UPDATE finance_duplicate_key SET day = day - 31 WHERE message_id = %s", (first.id,))
        late = self.enqueue(self.flow, {}, likeness="x")
        other = self.enqueue(self.make_flow(self.connection), {}, {}, likeness="x")
        self.drain()
        self.assertState(late | other, "done")
