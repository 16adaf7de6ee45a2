"""The queue as a whole: any sequence of arrivals, workers, deaths and people keeps the promises."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from odoo.tests import tagged

from ..engine import states
from ..engine.envelope import Envelope
from ..engine.transaction import NestedSteps
from .fake_case import FakeCase

KEYS = st.sampled_from([None, "a", "b"])
WORK = st.sampled_from(
    [
        {"do": "effect"},
        {"do": "effect"},
        {"do": "raise", "error": "TransientError"},
        {"do": "raise", "error": "RejectedError"},
        {"do": "raise", "error": "KeyError"},
        {"do": "raise_until", "attempts": 2},
        {"do": "ignore"},
    ]
)


class QueueMachine(RuleBasedStateMachine):
    """Steps on the real tables, several workers at a time."""

    case = None

    @initialize(commit_size=st.sampled_from([1, 3]), held_blocks=st.booleans(), batch_size=st.sampled_from([1, 4, 50]))
    def begin(self, **values):
        self.env = self.case.env
        self.dispatcher = self.env["finance.dispatcher"]
        self.connection = self.case.make_connection("finance.adapter.test")
        self.flow = self.case.make_flow(self.connection, retry_max=3, **values)
        self.workers = []
        self.number = 0

    @property
    def messages(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["finance.message"].search([("flow_id", "=", self.flow.id)], order="id")

    @rule(key=KEYS, work=WORK, identity=st.sampled_from([None, None, "1", "2"]))
    def arrive(self, key, work, identity):
        self.number += 1
        content = {**work, "key": f"{self.flow.id}:{self.number}", "sequence": self.number}
        envelope = Envelope(
            subject=str(self.number), data=content, order_key=key, dedupe_key=identity, content_hash="h"
        )
        self.env["finance.message"]._enqueue(self.flow, [envelope])

    @rule()
    def claim(self):
        """Another worker takes what is free."""
        run = self.dispatcher._begin(NestedSteps(self.env.cr), self.flow)
        claims = self.dispatcher._claim(run)
        if claims:
            self.workers.append((run, claims))

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def work(self, data):
        run, claims = self.workers.pop(data.draw(st.integers(0, len(self.workers) - 1)))
        self.dispatcher._work_claims(run, claims)

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), zombie=st.booleans())
    def die(self, data, zombie):
        """A worker is killed or frozen; the others find out. A frozen one comes back later and goes on."""
        index = data.draw(st.integers(0, len(self.workers) - 1))
        run, claims = self.workers[index]
        if not zombie:
            self.workers.pop(index)
        self.env.cr.execute(
            "UPDATE finance_worker SET lease_until = lease_until - interval '1 day' WHERE id = %s", (run.worker_id,)
        )
        self.dispatcher._recover(self.dispatcher._begin(NestedSteps(self.env.cr), None))

    @rule()
    def time_passes(self):
        self.case.make_due(self.messages.filtered(lambda message: message.state == states.RETRY))

    @rule(discard=st.booleans())
    def person(self, discard):
        waiting = self.messages.filtered(lambda message: message.state in (states.HELD, states.DEAD))[:2]
        if not waiting:
            return
        if discard:
            waiting._discard("not ours")
        else:
            self.env.cr.execute(
                'UPDATE finance_message SET data = data || \'{"do": "effect"}\' WHERE id = ANY(%s)', (waiting.ids,)
            )
            self.env.invalidate_all()
            waiting.action_retry()

    @invariant()
    def effects_are_exactly_once(self):
        if not hasattr(self, "flow"):
            return
        effects = self.env["test.finance.effect"].search([("key", "=like", f"{self.flow.id}:%")])
        done = self.messages.filtered(lambda message: message.state == states.DONE)
        self.case.assertEqual(sorted(effects.mapped("message_id")), done.ids)

    @invariant()
    def a_key_runs_once_at_a_time(self):
        running = (
            [m.order_key for m in self.messages if m.state == states.PROCESSING and m.order_key]
            if hasattr(self, "flow")
            else []
        )
        self.case.assertEqual(len(running), len(set(running)))

    @invariant()
    def exceptions_are_open_exactly_where_a_person_is_needed(self):
        for message in self.messages if hasattr(self, "flow") else ():
            still_open = message.exception_ids.filtered(lambda exception: exception.state == "open")
            self.case.assertEqual(len(still_open), int(message.state in states.NEEDS_PERSON), message.state)

    def teardown(self):
        if not hasattr(self, "flow"):
            return
        self.case.assertAccounted(self.flow)
        for message in self.messages:
            self.case.assertEqual(bool(message.closed_at), message.state in states.FINAL)
            ended = message.attempt_ids.filtered(lambda attempt: attempt.outcome != "running")
            self.case.assertEqual(len(message.attempt_ids) - len(ended), int(message.state == states.PROCESSING))


@tagged("post_install", "-at_install")
class TestQueueMachine(FakeCase):
    def test_any_history_keeps_the_promises(self):
        machine = type("Machine", (QueueMachine,), {"case": self})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=20,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                # a history is short enough to read; shortening it takes longer than the test may
                phases=[Phase.explicit, Phase.generate],
            ),
        )
