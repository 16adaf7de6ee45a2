"""Who comes first: order keys, priorities, turns."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..engine.claim import FIRST_BATCH
from ..engine.envelope import Envelope
from ..engine.transaction import NestedSteps
from ..models import finance_dispatcher_claim
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestOrderKeys(FakeCase):
    def begin(self):
        return self.env["finance.dispatcher"]._begin(NestedSteps(self.env.cr), None)

    def claim(self, run):
        return [claim.id for claim in self.env["finance.dispatcher"]._claim(run)]

    def test_b25_one_key_is_strictly_serial_other_keys_are_parallel(self):
        """B-25: two workers never hold two messages of one key, and are never kept from other keys."""
        first = self.enqueue(self.flow, {}, {}, {}, order_key="a")
        other = self.enqueue(self.flow, {}, {}, order_key="b")
        free = self.enqueue(self.flow, {}, {})
        claimed = []
        for _worker in range(4):
            run = self.begin()
            while batch := self.claim(run):
                claimed += batch
        self.assertEqual(sorted(claimed), sorted([first[0].id, other[0].id, *free.ids]))

    def test_messages_of_a_key_run_in_the_order_they_arrived(self):
        """Also when a later one is more urgent or due earlier."""
        keys = self.enqueue(self.flow, *[{"do": "effect", "key": str(number)} for number in range(20)], order_key="k")
        self.env.cr.execute(
            "UPDATE finance_message SET priority = 100 - priority - id %% 7,"
            " next_at = next_at - (id %% 5) * interval '1 s'"
            " WHERE id = ANY(%s)",
            (keys.ids,),
        )
        self.env.invalidate_all()
        self.drain()
        self.assertEqual(self.effects(), [str(number) for number in range(20)])

    def test_one_that_waits_for_a_retry_blocks_its_key_only(self):
        failing = self.enqueue(self.flow, {"do": "raise", "error": "TransientError"}, order_key="k")
        behind = self.enqueue(self.flow, {}, order_key="k")
        beside = self.enqueue(self.flow, {}, order_key="l")
        self.drain()
        self.assertState(failing, "retry")
        self.assertState(behind, "queued")
        self.assertState(beside, "done")

    def test_held_messages_block_their_key_if_the_flow_says_so(self):
        for blocks, state in ((True, "queued"), (False, "done")):
            flow = self.make_flow(self.connection, held_blocks=blocks)
            held = self.enqueue(flow, {"do": "raise", "error": "RejectedError"}, order_key=f"k{blocks}")
            behind = self.enqueue(flow, {}, order_key=f"k{blocks}")
            self.drain(flow)
            self.assertState(held, "held")
            self.assertState(behind, state)

    def test_discarding_what_blocks_lets_the_others_go_on(self):
        held = self.enqueue(self.flow, {"do": "raise", "error": "RejectedError"}, order_key="k")
        behind = self.enqueue(self.flow, {}, order_key="k")
        self.drain()
        held._discard("not ours")
        self.drain()
        self.assertState(behind, "done")

    def test_unknown_outcomes_block_their_key(self):
        unknown = self.enqueue(self.flow, {"do": "raise", "error": "AmbiguousError"}, order_key="k")
        behind = self.enqueue(self.flow, {}, order_key="k")
        self.drain()
        self.assertState(unknown, "unknown")
        self.assertState(behind, "queued")

    def test_order_keys_reach_over_the_flows_of_a_connection_and_no_further(self):
        second = self.make_flow(self.connection, priority=1)
        elsewhere = self.make_flow(self.make_connection("finance.adapter.test"))
        first = self.enqueue(self.flow, {"do": "raise", "error": "TransientError"}, order_key="k")
        same = self.enqueue(second, {}, order_key="k")
        other = self.enqueue(elsewhere, {}, order_key="k")
        self.drain()
        self.assertState(first, "retry")
        self.assertState(same, "queued")
        self.assertState(other, "done")

    def test_a_key_that_runs_blocks_an_earlier_message_that_comes_back(self):
        """A dead letter that is retried while a later message of its key runs waits for it."""
        self.flow.retry_max = 1
        dead = self.enqueue(self.flow, {"do": "raise", "error": "TransientError"}, order_key="k")
        self.drain()
        self.assertState(dead, "dead")
        running = self.enqueue(self.flow, {}, order_key="k")
        run = self.begin()
        self.assertEqual(self.claim(run), running.ids)
        dead.action_retry()
        self.assertEqual(self.claim(self.begin()), [])

    def test_a_message_whose_key_is_free_is_found_behind_a_blocked_backlog(self):
        """However long the queue behind one key is, and wherever the free key stands in the alphabet."""
        window = finance_dispatcher_claim.WINDOW
        self.enqueue(self.flow, {"do": "raise", "error": "RejectedError"}, order_key="m")
        self.drain()
        blocked = self.enqueue(self.flow, *[{}] * (4 * window), order_key="m")
        before = self.enqueue(self.flow, {}, {}, order_key="a")
        after = self.enqueue(self.flow, {}, {}, order_key="z")
        plain = self.enqueue(self.flow, {})
        self.drain()
        self.assertState(before | after | plain, "done")
        self.assertState(blocked, "queued")

    @settings(max_examples=12, deadline=None)
    @given(st.permutations(range(1, 6)), st.integers(0, 5))
    def test_b16_shuffled_events_end_in_one_state(self, order, batch):
        """B-16, fault 27: whatever the order of arrival and of the work in between, the latest event wins."""
        flow = self.make_flow(self.connection)
        key = f"payment {flow.id}"
        for place, rank in enumerate(order):
            self.enqueue(flow, {"do": "status", "status": rank}, order_key=key, sequence=rank)
            if place < batch:
                self.drain(flow)
        self.drain(flow)
        messages = self.env["finance.message"].search([("flow_id", "=", flow.id)])
        self.assertEqual(self.env["test.finance.effect"].search([("key", "=", key)]).sequence, 5)
        late = messages.filtered(lambda message: message.state == "ignored")
        self.assertEqual(set(late.mapped("reason_code")), {"overtaken"} if late else set())
        self.assertAccounted(flow)

    @settings(max_examples=8, deadline=None)
    @given(st.integers(0, 2**32))
    def test_any_mix_of_keys_and_outcomes_keeps_the_order(self, seed):
        """Random keys, outcomes and retries: effects of a key appear in the order of arrival."""
        rng = random.Random(seed)
        flow = self.make_flow(self.connection, batch_size=rng.choice([1, 3, 50]), held_blocks=rng.random() < 0.5)
        envelopes = []
        for number in range(30):
            key = rng.choice(["a", "b", "c", None])
            content = {"do": "effect", "key": f"{flow.id}:{key}", "sequence": number}
            if rng.random() < 0.2:
                content = {"do": "raise_until", "attempts": 2, **{k: v for k, v in content.items() if k != "do"}}
            order_key = key and f"{flow.id}:{key}"
            envelopes.append(
                Envelope(subject=str(number), data=content, order_key=order_key, priority=rng.randint(1, 3))
            )
        messages = self.env["finance.message"]._enqueue(flow, envelopes)
        while any(message.state != "done" for message in messages):
            self.assertTrue(self.drain(flow), messages.mapped("state"))
            self.make_due(messages.filtered(lambda message: message.state == "retry"))
        self.assertState(messages, "done")
        for key in "abc":
            effects = self.env["test.finance.effect"].search([("key", "=", f"{flow.id}:{key}")], order="id")
            self.assertEqual(effects.mapped("sequence"), sorted(effects.mapped("sequence")))


@tagged("post_install", "-at_install")
class TestUrgency(FakeCase):
    def test_b24_a_critical_message_overtakes_a_backlog(self):
        """B-24: it waits for the batch under way, not for the backlog."""
        critical = self.make_flow(self.connection, priority=1)
        self.enqueue(self.flow, *[{"do": "effect", "key": "bulk"}] * 100)
        self.drain(max_messages=10)
        self.enqueue(critical, {"do": "effect", "key": "critical"})
        self.drain(max_messages=1)
        self.assertEqual(self.effects()[-1], "critical")

    def test_a_critical_message_that_arrives_during_a_drain_waits_for_one_batch(self):
        critical = self.make_flow(self.connection, priority=1)
        self.enqueue(
            self.flow,
            *[{"do": "effect", "key": "bulk"}] * 5,
            {"do": "enqueue", "flow": critical.id, "content": {"do": "effect", "key": "critical"}},
            *[{"do": "effect", "key": "bulk"}] * 200,
        )
        self.drain()
        self.assertLess(self.effects().index("critical"), FIRST_BATCH + 1)

    def test_flows_of_the_same_urgency_take_turns(self):
        """A backlog of one flow does not starve another of the same priority."""
        second = self.make_flow(self.connection)
        self.enqueue(self.flow, *[{"do": "effect", "key": "first"}] * 300)
        self.enqueue(second, *[{"do": "effect", "key": "second"}] * 20)
        self.drain(max_messages=60)
        self.assertIn("second", self.effects()[:30])

    def test_replays_run_behind_live_messages_of_any_flow(self):
        """Fault 58: priority is a matter of the message, not only of its flow."""
        critical = self.make_flow(self.connection, priority=10)
        [done] = self.enqueue(critical, {"do": "effect", "key": "original"})
        self.drain()
        done._replay("test")
        self.enqueue(self.flow, {"do": "effect", "key": "live"}, priority=40)
        self.drain()
        self.assertEqual(self.effects(), ["original", "live", "original"])

    def test_slow_flows_are_taken_in_small_bites(self):
        self.enqueue(self.flow, *[{"do": "sleep", "seconds": 0.3}] * 12)
        run = self.env["finance.dispatcher"]._begin(NestedSteps(self.env.cr), None)
        dispatcher = self.env["finance.dispatcher"]
        claims = dispatcher._claim(run)
        self.assertEqual(len(claims), FIRST_BATCH)
        run.pace.took(claims[0].flow, len(claims), len(claims) * 0.3)
        self.assertLessEqual(run.pace.size(claims[0].flow), 3)
