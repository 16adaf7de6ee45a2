"""What killed workers leave behind. The kills themselves are in tests/process."""

from unittest.mock import patch

from odoo.tests import tagged

from ..engine.completion import of_outcome
from ..engine.outcome import Done
from ..engine.transaction import NestedSteps
from ..engine.work import Work, current_work
from ..models.finance_dispatcher_complete import LeaseLost
from ..models.finance_dispatcher_recovery import CRASH_LIMIT
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestRecovery(FakeCase):
    def claim(self):
        dispatcher = self.env["finance.dispatcher"]
        run = dispatcher._begin(NestedSteps(self.env.cr), None)
        return run, dispatcher._claim(run)

    def let_lease_pass(self, run):
        self.env.cr.execute(
            "UPDATE finance_worker SET lease_until = clock_timestamp() AT TIME ZONE 'UTC' - interval '1 s'"
            " WHERE id = %s",
            (run.worker_id,),
        )

    def recover(self):
        dispatcher = self.env["finance.dispatcher"]
        dispatcher._recover(dispatcher._begin(NestedSteps(self.env.cr), None))
        self.env.flush_all()
        self.env.invalidate_all()

    def die(self):
        """Claim, and be killed while the first message is worked."""
        run, claims = self.claim()
        self.let_lease_pass(run)
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING"):
            self.recover()
        return claims

    def test_a_living_worker_keeps_its_messages(self):
        messages = self.enqueue(self.flow, {}, {})
        self.claim()
        self.recover()
        self.assertState(messages, "processing")

    def test_faults_2_and_3_the_lease_ends_and_the_message_goes_on(self):
        """Faults 2, 3 and B-57: the attempt counts, the message is worked once by somebody else."""
        [message] = self.enqueue(self.flow, {"do": "effect", "key": "e"})
        self.die()
        self.assertState(message, "queued")
        self.assertEqual((message.attempt_count, message.crash_count), (1, 1))
        self.assertEqual(message.attempt_ids.outcome, "crashed")
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.effects(), ["e"])
        self.assertEqual(message.attempt_ids.mapped("outcome"), ["done", "crashed"])
        self.assertAccounted(self.flow)

    def test_what_was_only_claimed_goes_back_uncounted(self):
        """A worker takes messages up in the order of its claims: the others it never touched."""
        messages = self.enqueue(self.flow, {}, {}, {})
        self.die()
        self.assertState(messages, "queued")
        self.assertEqual(messages.mapped("attempt_count"), [1, 0, 0])
        self.assertEqual(messages.mapped("crash_count"), [1, 0, 0])
        self.assertEqual(messages.mapped("attempt_ids.outcome"), ["crashed", "released", "released"])
        self.assertAccounted(self.flow)

    def test_messages_sharing_a_transaction_are_all_suspected_and_then_run_alone(self):
        self.flow.write({"commit_size": 2, "batch_size": 10})
        messages = self.enqueue(self.flow, {}, {}, {})
        self.die()
        self.assertEqual(messages.mapped("crash_count"), [1, 1, 0])
        _run, claims = self.claim()
        self.assertEqual([claim.id for claim in claims], messages[:1].ids, "a suspect is claimed alone")

    def test_fault_8_a_message_that_kills_its_worker_each_time_is_put_aside(self):
        """Fault 8: after three lost workers; what stood beside it is not suspected with it."""
        poison, innocent = self.enqueue(self.flow, {}, {"do": "effect", "key": "innocent"})
        for _crash in range(CRASH_LIMIT):
            self.die()
        self.assertState(poison, "held", "worker_killed")
        self.assertEqual(poison.exception_ids.error_class, "technical")
        self.assertEqual(innocent.crash_count, 0)
        self.drain()
        self.assertState(innocent, "done")
        poison.action_retry()
        self.assertEqual(poison.crash_count, 0)
        self.assertAccounted(self.flow)

    def test_fault_4_of_money_only_what_was_in_hand_is_unknown(self):
        self.flow.at_most_once = True
        messages = self.enqueue(self.flow, {"do": "effect"}, {"do": "effect"}, {"do": "effect"})
        self.die()
        self.assertEqual(messages.mapped("state"), ["unknown", "queued", "queued"])
        self.assertEqual(messages[0].exception_ids.reason_id.code, "worker_killed_sending")
        self.drain()
        self.assertEqual(messages.mapped("state"), ["unknown", "done", "done"])
        self.assertEqual(len(self.effects()), 2)

    def test_fault_16_a_zombie_s_completion_fails(self):
        """Fault 16: the attempt id fences; what the zombie wrote is rolled back with it."""
        [message] = self.enqueue(self.flow, {"do": "effect", "key": "e"})
        run, claims = self.claim()
        self.let_lease_pass(run)
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING"):
            self.recover()
        self.drain()
        self.assertState(message, "done")
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING") as logs:
            self.env["finance.dispatcher"]._work_claims(run, claims)
        self.assertIn("taken over", logs.output[0])
        self.assertEqual(self.effects(), ["e"])
        self.assertEqual(len(message.attempt_ids), 2)

    def test_a_late_failure_of_a_zombie_changes_nothing(self):
        [message] = self.enqueue(self.flow, {"do": "raise", "error": "RejectedError"})
        run, claims = self.claim()
        self.env.cr.execute("UPDATE finance_message SET attempt_id = NULL, state = 'queued' WHERE id = %s", message.ids)
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING"):
            self.env["finance.dispatcher"]._work_claims(run, claims)
        self.assertState(message, "queued")
        self.assertFalse(message.exception_ids)

    def test_a_completion_of_several_is_all_or_nothing(self):
        messages = self.enqueue(self.flow, {}, {})
        _run, claims = self.claim()
        self.env.cr.execute("UPDATE finance_message SET attempt_id = NULL WHERE id = %s", messages[1].ids)
        with self.assertRaises(LeaseLost), self.env.cr.savepoint():
            self.env["finance.dispatcher"]._complete([of_outcome(claim, Done()) for claim in claims])
        self.assertState(messages[0], "processing")

    def test_a_worker_that_overslept_takes_up_nothing_more(self):
        messages = self.enqueue(self.flow, {"do": "effect"}, {"do": "effect"})
        run, claims = self.claim()
        run.lease_end = 0.0
        self.assertEqual(self.env["finance.dispatcher"]._work_claims(run, claims), 0)
        self.assertState(messages, "queued", "lease_over")
        self.assertEqual(messages.mapped("attempt_count"), [0, 0])
        self.assertEqual(self.effects(), [])

    def test_long_batches_extend_the_lease(self):
        self.enqueue(self.flow, {}, {})
        run, claims = self.claim()
        run.lease_end -= claims[0].flow.lease_seconds * 0.6
        before = self.env["finance.worker"].browse(run.worker_id).lease_until
        self.env["finance.dispatcher"]._work_claims(run, claims)
        self.env.invalidate_all()
        self.assertGreater(self.env["finance.worker"].browse(run.worker_id).lease_until, before)

    def test_fault_17_the_heartbeat_is_on_the_worker_not_on_the_message(self):
        """Fault 17: a second cursor that touched the message would fail its own completion."""
        [message] = self.enqueue(self.flow, {})
        run, [claim] = self.claim()
        work = Work(
            message_id=claim.id,
            attempt_id=claim.attempt_id,
            worker_id=run.worker_id,
            lease_seconds=300,
            correlation_id="c",
            beaten_at=float("-inf"),
        )
        statements = []

        class Cursor:
            def __enter__(self):
                return self

            def __exit__(self, *error):
                pass

            def execute(self, query, *_values, **_options):
                statements.append(getattr(query, "code", query))

        token = current_work.set(work)
        try:
            with (
                patch.object(type(self.env.registry), "cursor", lambda _registry: Cursor()),
                patch("odoo.addons.finance_connector_base.models.finance_dispatcher_recovery.api.Environment") as env,
            ):
                env.return_value.__getitem__.return_value = self.env["finance.worker"].with_env(self.env)
                self.env["finance.dispatcher"]._heartbeat()
                self.env["finance.dispatcher"]._heartbeat()
        finally:
            current_work.reset(token)
        self.assertEqual(
            env.return_value.__getitem__.call_args_list, [(("finance.worker",),)], "once: the second is early"
        )

    def test_heartbeat_outside_of_a_message_does_nothing(self):
        with patch.object(type(self.env.registry), "cursor", side_effect=AssertionError):
            self.env["finance.dispatcher"]._heartbeat()

    def test_workers_of_the_past_are_cleared_away(self):
        self.enqueue(self.flow, {})
        self.drain()
        ended = self.env["finance.worker"].search([])
        self.assertTrue(ended)
        self.enqueue(self.flow, {})
        kept, _claims = self.claim()
        self.env.cr.execute("UPDATE finance_worker SET lease_until = now() - interval '8 days'")
        self.env["finance.worker"]._gc_ended()
        self.assertFalse(ended.exists())
        self.assertTrue(self.env["finance.worker"].browse(kept.worker_id).exists(), "it still holds a message")

    def test_a_run_that_finds_nothing_leaves_no_trace(self):
        before = self.env["finance.worker"].search_count([])
        self.drain()
        self.assertEqual(self.env["finance.worker"].search_count([]), before)


@tagged("post_install", "-at_install")
class TestWaiting(FakeCase):
    """Held messages that go on by themselves when their cause is fixed."""

    def hold(self, key, **values):
        return self.enqueue(self.flow, {"do": "hold", "waiting_key": key, **values})

    def test_all_that_wait_for_a_cause_resume_and_their_exceptions_close(self):
        waiting = self.hold("a") | self.hold("a")
        other = self.hold("b")
        self.drain()
        self.assertState(waiting | other, "held")
        resumed = self.env["finance.message"]._resume_waiting("a", "unheard of")
        self.assertEqual(resumed, waiting)
        self.assertState(waiting, "queued")
        self.assertState(other, "held")
        self.assertEqual(set(waiting.exception_ids.mapped("resolution")), {"resumed"})
        self.assertEqual(other.exception_ids.state, "open")
        self.assertEqual(waiting.mapped("waiting_key"), [False, False])
        self.assertAccounted(self.flow)

    def test_a_cause_that_was_not_fixed_after_all_holds_again(self):
        waiting = self.hold("a")
        self.drain()
        self.env["finance.message"]._resume_waiting("a")
        self.drain()
        self.assertState(waiting, "held")
        self.assertEqual(waiting.exception_ids.mapped("state"), ["open", "solved"])

    def test_what_is_held_while_its_cause_is_fixed_is_resumed_by_the_next_run(self):
        """The race itself is in tests/process; here the dispatcher finds the note."""
        self.hold("a")
        self.drain()
        waiting = self.hold("a")
        self.env["finance.waiting.key"]._fixed(["a"])
        run_state = self.env["finance.waiting.key"].search([("key", "=", "a")])
        self.assertTrue(run_state.is_pending)
        self.drain()
        self.assertState(waiting, "held")
        first = self.env["finance.message"].search([("flow_id", "=", self.flow.id)], order="id", limit=1)
        self.assertEqual(first.transition_ids.mapped("after").count("queued"), 2)
        self.assertFalse(run_state.is_pending)

    def test_old_causes_are_cleared_away(self):
        self.env["finance.waiting.key"]._fixed(["old", "new"])
        self.env.cr.execute("UPDATE finance_waiting_key SET touched_at = now() - interval '2 days' WHERE key = 'old'")
        self.env["finance.waiting.key"]._gc_old()
        self.assertEqual(self.env["finance.waiting.key"].search([]).mapped("key"), ["new"])
