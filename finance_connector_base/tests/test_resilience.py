"""Circuits and limits (B-23, B-24; faults 47 and 48): what workers do when the other system fails."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..engine.transaction import NestedSteps
from .system_case import SystemCase


@tagged("post_install", "-at_install")
class TestResilience(SystemCase):
    http_settings = {"circuit_threshold": 3}

    def setUp(self):
        super().setUp()
        self.http = self.http_connection()
        self.calling = self.make_flow(self.http, handler="finance.handler.test.http")

    def break_down(self, status=500, **values):
        self.misbehave(mode="status", status=status, **values)

    def calls(self):
        """:return: how many requests have been answered since last asked"""
        count = len(self.system.control("GET", "/calls"))
        before, self.seen = getattr(self, "seen", 0), count
        return count - before

    def let_time_pass(self, circuit):
        """Until the next try."""
        self.env.cr.execute(
            "UPDATE finance_circuit SET wait_until = (clock_timestamp() AT TIME ZONE 'UTC') - interval '1 second'"
            " WHERE id = ANY(%s)",
            (circuit.ids,),
        )
        circuit.invalidate_recordset()
        # and what failed before it opened is due again, too
        self.make_due(self.env["finance.message"].search([("state", "=", "retry")]))

    def break_until_open(self, count=10):
        self.break_down()
        messages = self.enqueue(self.calling, *[{} for _number in range(count)])
        self.drain()
        self.assertEqual(self.calls(), 3)
        circuit = self.http.circuit_ids
        self.assertEqual(circuit.state, "open")
        return circuit, messages

    # -- circuit -------------------------------------------------------------------------------

    def test_b23_it_opens_after_the_threshold_and_the_queue_waits(self):
        circuit, messages = self.break_until_open()
        self.assertEqual(circuit.endpoint, f"localhost:{self.system.ready['ports']['plain']}")
        self.assertEqual((circuit.streak, circuit.openings), (3, 1))
        self.assertEqual(circuit.waiting_count, 10)
        self.assertEqual(circuit.flow_ids, self.calling)
        self.assertIn("500", circuit.last_error)
        # two failed before anybody knew; the third and all that wait keep their attempts
        self.assertEqual(sum(messages.mapped("attempt_count")), 2)
        self.drain()
        self.assertEqual(self.calls(), 0)
        self.assertEqual(self.http.health, "down")
        self.assertEqual(self.http.open_circuit_count, 1)
        self.assertFalse(self.env["finance.exception"].search([("connection_id", "=", self.http.id)]))

    def test_b23_one_message_is_tried_and_failing_it_waits_longer_without_using_up_attempts(self):
        circuit, messages = self.break_until_open()
        tried = set()
        for openings in range(2, 12):
            self.let_time_pass(circuit)
            self.drain()
            self.assertEqual(self.calls(), 1, "exactly one")
            self.assertEqual((circuit.state, circuit.openings), ("open", openings))
            tried.add(circuit.probe_message_id)
        self.assertGreater(len(tried), 1, "a message that cannot be answered does not keep the others back")
        self.assertEqual(sum(messages.mapped("attempt_count")), 2)
        self.assertFalse(messages.filtered(lambda m: m.state not in ("queued", "retry")))
        waits = circuit.wait_until - self.env.cr.now()
        self.assertAlmostEqual(waits.total_seconds(), 900, delta=900 * 0.2 + 60)

    def test_b23_it_closes_when_one_gets_through_and_the_others_follow(self):
        circuit, messages = self.break_until_open()
        self.behave()
        self.let_time_pass(circuit)
        self.drain(max_messages=1)
        self.assertEqual(self.calls(), 1)
        self.assertEqual((circuit.state, circuit.failures, circuit.openings), ("closed", 0, 0))
        self.assertTrue(self.http.limit_ids.ramp_at, "slowly at first")
        self.http.limit_ids.write({"next_at": False, "ramp_at": False})
        self.make_due(messages)
        self.drain()
        self.assertState(messages, "done")
        self.assertEqual(self.http.health, "healthy")

    def test_b23_a_refused_connection_counts_like_an_error(self):
        self.system.control("POST", "/refuse")
        self.addCleanup(self.system.control, "POST", "/accept")
        messages = self.enqueue(self.calling, *[{} for _number in range(6)])
        self.drain()
        self.assertEqual(self.http.circuit_ids.state, "open")
        self.assertEqual(sum(messages.mapped("attempt_count")), 2)

    def test_b23_answers_that_refuse_are_answers(self):
        for status in (404, 409, 422):
            self.break_down(status)
            self.enqueue(self.calling, {}, {}, {}, {})
            self.drain()
        self.break_down(429, headers={"Retry-After": "30"})
        self.enqueue(self.calling, {}, {}, {}, {})
        self.drain()
        self.assertFalse(self.http.circuit_ids)

    def test_b23_a_success_between_keeps_it_closed(self):
        for _round in range(4):
            self.break_down(times=2)
            self.enqueue(self.calling, {}, {}, {})
            self.drain()
        self.assertEqual(self.http.circuit_ids.state, "closed")

    def test_b23_one_message_that_fails_again_and_again_is_given_up_as_before(self):
        self.calling.retry_max = 4
        self.break_down()
        message = self.enqueue(self.calling, {})
        for _attempt in range(4):
            self.make_due(message)
            self.drain()
        self.assertState(message, "dead")
        self.assertEqual(self.http.circuit_ids.state, "closed")

    def test_b23_other_connections_go_on(self):
        self.break_until_open()
        other = self.http_connection(http_base_url=f"http://127.0.0.1:{self.system.ready['ports']['plain']}")
        self.behave()
        message = self.enqueue(self.make_flow(other, handler="finance.handler.test.http"), {})
        inside = self.enqueue(self.make_flow(self.http), {"do": "effect"})
        self.drain()
        self.assertState(message + inside, "done")

    def test_b23_a_flow_of_which_nobody_knew_that_it_calls_there_waits_uncounted(self):
        circuit, _messages = self.break_until_open()
        second = self.make_flow(self.http, handler="finance.handler.test.http")
        messages = self.enqueue(second, {}, {}, {})
        self.drain()
        self.assertEqual(self.calls(), 0)
        self.assertEqual(set(messages.mapped("attempt_count")), {0})
        self.assertEqual(circuit.flow_ids, self.calling + second)
        self.assertState(messages[1:], "queued")

    def test_b23_what_may_not_be_sent_twice_is_tried_last(self):
        payments = self.make_flow(self.http, handler="finance.handler.test.http", at_most_once=True, priority=1)
        circuit, messages = self.break_until_open()
        payment = self.enqueue(payments, {"method": "POST", "path": "payments", "json": {}}, priority=1)
        self.drain()
        self.assertEqual(circuit.flow_ids, self.calling + payments)
        self.let_time_pass(circuit)
        self.drain()
        self.assertIn(circuit.probe_message_id, messages)
        self.assertEqual((payment.state, payment.attempt_count), ("retry", 0))

    def test_b23_a_try_that_says_nothing_is_followed_by_the_next(self):
        circuit, _messages = self.break_until_open()
        self.env["finance.message"].search([("state", "in", ("queued", "retry"))])._set_state("ignored")
        # refused by us before anything is called
        silent = self.enqueue(
            self.calling, {"path": "https://elsewhere.example/"}, {"path": "https://elsewhere.example/"}
        )
        good = self.enqueue(self.calling, {})
        self.behave()
        self.let_time_pass(circuit)
        self.drain(max_messages=1)
        self.assertEqual((circuit.state, circuit.probe_attempt), ("open", 0))
        self.http.limit_ids.unlink()
        self.drain()
        self.assertState(silent, "held")
        self.assertState(good, "done")
        self.assertEqual(circuit.state, "closed")

    def test_b23_a_worker_that_dies_with_the_message_on_trial_leaves_it_to_the_next(self):
        circuit, _messages = self.break_until_open()
        self.behave()
        self.let_time_pass(circuit)
        dispatcher = self.env["finance.dispatcher"]
        first, second = (dispatcher._begin(NestedSteps(self.env.cr), None) for _worker in range(2))
        [claim] = dispatcher._claim(first)
        self.assertEqual(circuit.state, "half_open")
        self.assertEqual(dispatcher._claim(second), [], "there is one try at a time")
        self.env.cr.execute("UPDATE finance_worker SET lease_until = lease_until - interval '1 hour'")
        dispatcher._recover(second)
        [other] = dispatcher._claim(second)
        self.assertNotEqual(other.attempt_id, claim.attempt_id)
        dispatcher._work_claims(second, [other])
        self.assertEqual(circuit.state, "closed")

    # -- people --------------------------------------------------------------------------------

    def test_b23_an_operator_has_it_tried_now(self):
        circuit, _messages = self.break_until_open()
        self.assertGreater(circuit.wait_until, self.env.cr.now())
        self.as_user(circuit, "operator").action_probe()
        self.drain()
        self.assertEqual(self.calls(), 1)
        with self.assertRaises(AccessError):
            self.as_user(circuit, "viewer").action_probe()

    def test_b23_it_is_closed_by_hand_with_a_reason_and_that_is_audited(self):
        circuit, messages = self.break_until_open()
        mine = self.as_user(circuit, "operator")
        wizard = mine.env["finance.circuit.wizard"].create({"circuit_id": circuit.id, "reason": "They called"})
        with self.trap_audit() as told:
            wizard.action_confirm()
        self.assertEqual(told[-1]["event"], "circuit.closed_by_hand")
        self.assertEqual(told[-1]["reason"], "They called")
        self.assertEqual(circuit.state, "closed")
        self.assertIn("They called", self.http.message_ids[0].body)
        self.behave()
        self.http.limit_ids.unlink()
        self.make_due(messages)
        self.drain()
        self.assertState(messages, "done")
        with self.assertRaises(UserError):
            mine._close("again")
        with self.assertRaises(AccessError):
            self.as_user(circuit, "viewer")._close("no")
        with self.assertRaises(AccessError):
            self.as_user(circuit, "admin").write({"state": "closed"})

    def test_fault_48_the_owner_is_told_once_and_the_task_ends_with_the_outage(self):
        circuit, _messages = self.break_until_open()
        watch = self.env["finance.circuit"]._cron_watch
        watch()
        self.assertFalse(self.http.activity_ids)
        circuit.opened_at -= timedelta(minutes=16)
        watch()
        watch()
        self.assertEqual(self.http.activity_ids.user_id, self.http.owner_id)
        self.assertEqual(len(self.http.activity_ids), 1)
        self.behave()
        self.let_time_pass(circuit)
        self.drain(max_messages=1)
        self.assertFalse(self.http.activity_ids)

    # -- limits --------------------------------------------------------------------------------

    def test_b23_a_passed_test_of_the_connection_has_a_message_tried_at_once(self):
        circuit, messages = self.break_until_open()
        mine = self.as_user(self.http, "admin")
        mine.action_test()
        self.assertFalse(self.http.check_ok, "the test is the adapter's own: it fails as the calls do")
        self.assertGreater(circuit.wait_until, self.env.cr.now())
        self.behave()
        with self.trap_audit() as told:
            mine.action_test()
        self.assertEqual(told[-1]["event"], "circuit.probed")
        self.assertEqual(circuit.state, "open", "a test is no message: one of these shows it")
        self.env.cr.execute("SELECT wait_until <= clock_timestamp() AT TIME ZONE 'UTC' FROM finance_circuit")
        self.assertTrue(self.env.cr.fetchone()[0])
        self.calls()
        self.make_due(messages)
        self.drain(max_messages=1)
        self.assertEqual(self.calls(), 1)
        self.assertEqual(circuit.state, "closed")

    def test_b23_where_nothing_waits_a_passed_test_closes_what_has_answered(self):
        circuit, messages = self.break_until_open()
        for message in messages:
            message._set_state("ignored", note="test")
        self.behave()
        with self.trap_audit() as told:
            self.as_user(self.http, "admin").action_test()
        self.assertEqual(told[-1]["event"], "circuit.closed_by_test")
        self.assertEqual((circuit.state, circuit.failures), ("closed", 0))
        self.assertTrue(self.http.limit_ids.ramp_at, "slowly at first")

    def test_b24_a_claim_takes_no_more_than_the_limit_lets_through(self):
        self.env["finance.limit"].create({"connection_id": self.http.id, "rate": 8.0})
        self.enqueue(self.calling, *[{} for _number in range(20)])
        dispatcher = self.env["finance.dispatcher"]
        claims = dispatcher._claim(dispatcher._begin(NestedSteps(self.env.cr), None))
        self.assertLessEqual(len(claims), 5)

    def test_b24_what_calls_nobody_is_not_slowed_down(self):
        self.env["finance.limit"].create({"connection_id": self.http.id, "rate": 0.1, "next_at": "2999-01-01"})
        inside = self.enqueue(self.make_flow(self.http), *[{"do": "effect"} for _number in range(20)])
        waits = self.enqueue(self.calling, {})
        self.drain()
        self.assertState(inside, "done")
        self.assertState(waits, "queued")
        self.assertEqual(self.calls(), 0)

    def test_b24_calls_of_a_worker_keep_the_pace(self):
        self.env["finance.limit"].create({"connection_id": self.http.id, "rate": 20.0})
        self.enqueue(self.calling, *[{} for _number in range(8)])
        self.drain()
        times = [call[0] for call in self.system.control("GET", "/calls")]
        self.assertGreater(len(times), 2)
        self.assertGreaterEqual(times[-1] - times[0], (len(times) - 1) / 20.0 - 0.25)

    def test_b24_a_part_of_the_addresses_has_a_limit_of_its_own(self):
        self.env["finance.limit"].create({"connection_id": self.http.id, "path": "/payments", "rate": 0.05})
        messages = self.enqueue(self.calling, *[{} for _number in range(5)])
        slow = self.enqueue(self.calling, {"method": "POST", "path": "payments", "json": {}})
        more = self.enqueue(self.calling, {"method": "POST", "path": "payments", "json": {"n": 2}})
        self.drain()
        self.assertState(messages + slow, "done")
        # twenty seconds are longer than a worker waits
        self.assertEqual((more.state, more.attempt_count), ("retry", 0))

    def test_fault_47_too_many_requests_put_the_rest_of_the_batch_back_and_halve_the_rate(self):
        limit = self.env["finance.limit"].create({"connection_id": self.http.id, "rate": 100.0, "burst": 50})
        self.break_down(429, headers={"Retry-After": "7"})
        messages = self.enqueue(self.calling, *[{} for _number in range(10)])
        self.drain()
        self.assertEqual(self.calls(), 1)
        self.assertEqual(set(messages.mapped("attempt_count")), {0})
        limit.invalidate_recordset()
        self.assertEqual(limit.ramp_rate, 50.0)
        self.assertGreater(self.http.hold_until, self.env.cr.now())

    def test_b24_who_sets_limits(self):
        limit = self.env["finance.limit"].create({"connection_id": self.http.id, "rate": 5.0})
        mine = self.as_user(limit, "admin")
        mine.rate = 7.0
        for values in ({"next_at": "2026-01-01"}, {"ramp_at": False}, {"ramp_rate": 1.0}):
            with self.subTest(values), self.assertRaises(AccessError):
                mine.write(values)
        with self.assertRaises(AccessError):
            self.as_user(limit, "operator").rate = 100.0
        with self.assertRaises(ValidationError):
            mine.create({"connection_id": self.http.id, "path": "payments"})
        # of a connection in use they wait for another administrator
        self.env.invalidate_all()
        self.assertTrue(mine.pending_change_id)
        self.assertEqual(mine.current_rate, "5 a second")
