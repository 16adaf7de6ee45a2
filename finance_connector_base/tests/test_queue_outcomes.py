"""What an attempt may end in, and what is left of it."""

import threading
from unittest.mock import patch

import psycopg2

from odoo.tests import tagged

from ..engine import errors
from ..engine.transaction import NestedSteps
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestQueueOutcomes(FakeCase):
    def work(self, content, **envelope):
        [message] = self.enqueue(self.flow, content, **envelope)
        self.drain()
        return message

    def test_done(self):
        message = self.work({"do": "effect", "key": "e"})
        self.assertState(message, "done")
        self.assertEqual(message.transition_ids.mapped("after"), ["queued", "processing", "done"])
        self.assertEqual(message.attempt_ids.mapped("outcome"), ["done"])
        self.assertTrue(message.closed_at)
        self.assertEqual(message.result, {"effect": message.document_ids.res_id})
        self.assertEqual(message.document_ids.res_model, "test.finance.effect")
        self.assertFalse(message.worker_id)
        self.assertAccounted(self.flow)

    def test_held_by_outcome_keeps_what_was_written(self):
        message = self.work({"do": "hold", "reason": "rejected", "detail": "why", "params": {"a": 1}, "key": "e"})
        self.assertState(message, "held", "rejected")
        self.assertEqual(self.effects(), ["e"])
        exception = message.exception_ids
        self.assertEqual((exception.state, exception.detail, exception.params), ("open", "why", {"a": 1}))
        self.assertAccounted(self.flow)

    def test_ignored_by_outcome(self):
        message = self.work({"do": "ignore"})
        self.assertState(message, "ignored", "out_of_policy")
        self.assertFalse(message.exception_ids)
        self.assertTrue(message.closed_at)

    def test_b34_every_error_has_its_state_and_class(self):
        """B-10, B-34: only what may pass by itself is tried again; the class decides whose it is."""
        expected = {
            "TransientError": ("retry", "technical"),
            "ThrottledError": ("retry", "technical"),
            "NotNowError": ("retry", "technical"),
            "UnavailableError": ("retry", "technical"),
            "AuthNeededError": ("held", "technical"),
            "RejectedError": ("held", "business"),
            "MalformedError": ("held", "data"),
            "DuplicateError": ("ignored", "data"),
            "AmbiguousError": ("unknown", "technical"),
            "UserError": ("held", "business"),
            "KeyError": ("retry", "technical"),
        }
        self.assertEqual(
            {name for name in vars(errors) if name.endswith("Error")} - {"FinanceError"},
            expected.keys() - {"UserError", "KeyError"},
        )
        for name, (state, error_class) in expected.items():
            with self.subTest(name):
                flow = self.make_flow(self.make_connection("finance.adapter.test", name=name))
                [message] = self.enqueue(flow, {"do": "raise", "error": name, "key": name})
                self.drain(flow)
                self.assertState(message, state)
                self.assertEqual(message.error_class, error_class)
                self.assertFalse(self.effects(key=name), "nothing of a failed attempt is left")
                self.assertEqual(bool(message.exception_ids), state in ("held", "unknown"))
                self.assertEqual(message.attempt_ids.outcome, state)
                self.assertAccounted(flow)

    def test_fault_9_poison_data_is_held_at_once(self):
        """Fault 9: a permanent error makes one attempt and one exception with reason and owner."""
        message = self.work({"do": "raise", "error": "MalformedError", "detail": "no root element"})
        self.make_due(message)
        self.drain()
        self.assertEqual(len(message.attempt_ids), 1)
        self.assertEqual(message.exception_ids.owner_id, self.connection.owner_id)
        self.assertEqual(message.exception_ids.reason_id.code, "malformed")

    def test_b10_retries_follow_the_policy_and_end_in_the_dead_letter_queue(self):
        """B-10, B-11: waits grow within their jitter; the last failure names cause and owner and blocks nobody."""
        self.flow.write({"retry_base": 100.0, "retry_cap": 1000.0, "retry_max": 4})
        [message] = self.enqueue(self.flow, {"do": "raise", "error": "TransientError"}, order_key="k")
        [behind] = self.enqueue(self.flow, {"do": "effect", "key": "behind"}, order_key="k")
        for attempt, wait in ((1, 100), (2, 300), (3, 900)):
            self.drain()
            self.assertState(message, "retry", "transient")
            self.assertEqual(message.attempt_count, attempt)
            self.env.cr.execute(
                "SELECT extract(epoch FROM next_at - clock_timestamp() AT TIME ZONE 'UTC') FROM finance_message"
                " WHERE id = %s",
                (message.id,),
            )
            seconds = float(self.env.cr.fetchone()[0])
            self.assertGreater(seconds, wait * 0.75 - 5)
            self.assertLess(seconds, wait * 1.25 + 5)
            self.assertState(behind, "queued")
            self.make_due(message)
        self.drain()
        self.assertState(message, "dead", "transient")
        self.assertEqual(message.exception_ids.owner_id, self.connection.owner_id)
        self.assertState(behind, "done")
        self.assertEqual(len(message.attempt_ids), 4)
        self.assertAccounted(self.flow)

    def test_retry_until_it_works(self):
        message = self.work({"do": "raise_until", "attempts": 3, "key": "e"})
        for _attempt in range(2):
            self.assertState(message, "retry")
            self.make_due(message)
            self.drain()
        self.assertState(message, "done")
        self.assertEqual(message.attempt_ids.mapped("outcome"), ["done", "retry", "retry"])
        self.assertEqual(self.effects(), ["e"])

    def test_retry_after_of_the_other_side_is_a_lower_bound(self):
        message = self.work({"do": "raise", "error": "TransientError", "arguments": {"retry_after": 5000}})
        self.assertGreater((message.next_at - self.env.cr.now()).total_seconds(), 4900)

    def test_fault_47_throttling_pauses_the_connection_and_counts_no_attempt(self):
        """B-55, fault 47: everything on the connection waits as long as asked, other connections do not."""
        message = self.work({"do": "raise", "error": "ThrottledError", "arguments": {"retry_after": 120}})
        self.assertState(message, "retry", "throttled")
        self.assertEqual(message.attempt_count, 0)
        self.assertAlmostEqual((self.connection.hold_until - self.env.cr.now()).total_seconds(), 120, delta=20)
        other_flow = self.make_flow(self.connection)
        elsewhere = self.make_flow(self.make_connection("finance.adapter.test"))
        [waits] = self.enqueue(other_flow, {})
        [goes] = self.enqueue(elsewhere, {})
        self.drain()
        self.assertState(waits, "queued")
        self.assertState(goes, "done")
        self.connection.hold_until = False
        self.connection.limit_ids.write({"next_at": False, "ramp_at": False})
        self.drain()
        self.assertState(waits, "done")

    def test_auth_needed_touches_the_other_side_once(self):
        """Repeated wrong logins lock accounts: the connection rests until a test of it has passed."""
        messages = self.enqueue(self.flow, *[{"do": "raise", "error": "AuthNeededError"}] * 3)
        self.flow.batch_size = 1
        self.drain()
        self.assertEqual(messages.mapped("state"), ["held", "queued", "queued"])
        self.assertTrue(self.connection.auth_needed)
        self.assertEqual(self.connection.health, "down")
        self.env.cr.execute(
            'UPDATE finance_message SET data = \'{"do": "effect"}\' WHERE id = ANY(%s)', (messages.ids,)
        )
        self.connection.action_test()
        self.drain()
        self.assertState(messages, "done")
        self.assertEqual(messages[0].exception_ids.mapped("resolution"), ["resumed"])

    def test_fault_21_database_trouble_is_not_the_message_s_fault(self):
        """Fault 21: disk full puts the claims back, attempts unchanged; nothing is held or dead."""
        self.flow.batch_size = 10
        messages = self.enqueue(
            self.flow,
            {"do": "effect"},
            {"do": "raise", "error": "sql", "sqlstate": "53100"},
            {"do": "effect"},
        )
        with self.assertLogs("odoo.addons.finance_connector_base", "ERROR"):
            worked = self.drain()
        self.assertEqual(worked, 1)
        self.assertEqual(messages.mapped("state"), ["done", "queued", "queued"])
        self.assertEqual(messages.mapped("attempt_count"), [1, 0, 0])
        self.assertEqual(messages[1:].attempt_ids.mapped("outcome"), ["released", "released"])
        self.assertFalse(messages.exception_ids)
        self.assertAccounted(self.flow)

    def test_infrastructure_codes(self):
        for sqlstate in ("53200", "53300", "57P01", "57P02", "57P03", "58030", "25006", "08006"):
            with self.subTest(sqlstate), self.assertLogs("odoo.addons.finance_connector_base", "ERROR"):
                [message] = self.enqueue(self.flow, {"do": "raise", "error": "sql", "sqlstate": sqlstate})
                self.drain()
                self.assertState(message, "queued", "infrastructure")
                self.assertEqual(message.attempt_count, 0)

    def test_data_the_database_refuses_is_held(self):
        for sqlstate in ("22001", "22P02", "23502", "23514"):
            with self.subTest(sqlstate):
                message = self.work({"do": "raise", "error": "sql", "sqlstate": sqlstate})
                self.assertState(message, "held", "database_refused")
                self.assertEqual(message.error_class, "data")

    def test_fault_15_conflicts_run_the_handler_again(self):
        """Fault 15: 40001 and 40P01 in the handler are run again on a new snapshot, within limits."""
        for sqlstate in ("40001", "40P01", "55P03"):
            with self.subTest(sqlstate):
                message = self.work({"do": "conflict", "sqlstate": sqlstate, "times": 3, "key": sqlstate})
                self.assertState(message, "done")
                self.assertEqual(len(message.attempt_ids), 1)
                self.assertEqual(self.effects(key=sqlstate), [sqlstate])
        message = self.work({"do": "conflict", "sqlstate": "40001", "times": 100, "key": "never"})
        self.assertState(message, "retry", "conflict")

    def test_a_conflicting_insert_is_looked_at_again_once(self):
        message = self.work({"do": "conflict", "sqlstate": "23505", "times": 1, "key": "unique"})
        self.assertState(message, "done")
        message = self.work({"do": "conflict", "sqlstate": "23505", "times": 100, "key": "unique2"})
        self.assertState(message, "held", "database_refused")

    def test_b44_account_numbers_are_masked_in_details_and_logs(self):
        iban = "DE89370400440532013000"
        with self.assertLogs("odoo.addons.finance_connector_base", "INFO") as logs:
            unexpected = self.work({"do": "raise", "error": "KeyError", "detail": iban})
            expected = self.work({"do": "raise", "error": "RejectedError", "detail": f"Account {iban} is closed"})
        self.assertNotIn(iban, "\n".join(logs.output))
        self.assertNotIn("3704004405", "\n".join(logs.output))
        self.assertEqual(expected.detail, "Account DE89…3000 is closed")
        for text in (*unexpected.attempt_ids.mapped("detail"), expected.exception_ids.detail):
            self.assertNotIn(iban, text)

    def test_b05_log_lines_of_any_logger_carry_the_correlation_id(self):
        with self.assertLogs("some.other.logger", "WARNING") as logs:
            self.work({"do": "log", "logger": "some.other.logger", "text": "hello %s"}, correlation_id="corr-1")
        self.assertEqual(logs.records[0].getMessage(), "[corr-1] hello world")
        self.assertEqual(logs.records[0].finance_correlation_id, "corr-1")

    def test_unknown_handler_is_held_with_the_way_out(self):
        [message] = self.enqueue(self.flow, {})
        self.env.cr.execute("UPDATE finance_flow SET handler = 'finance.handler.gone' WHERE id = %s", (self.flow.id,))
        self.env.invalidate_all()
        self.drain()
        self.assertState(message, "held", "handler_missing")

    def test_after_commit_runs_once_done_and_never_fails_the_message(self):
        """Fault 7: what follows a durable success may be lost, and is no failure."""
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING") as logs:
            message = self.work({"do": "after_commit", "error": True, "key": "e"})
        self.assertState(message, "done")
        self.assertIn("the next run repeats it", logs.output[0])
        message = self.work({"do": "after_commit", "key": "f"})
        self.assertEqual(self.effects(key="f after"), ["f after"])

    def test_handlers_run_as_the_system_in_the_company_of_the_message(self):
        """Whoever presses the button: rights and company are those of the engine."""
        [message] = self.enqueue(self.flow, {"do": "whoami"})
        self.env["finance.dispatcher"].with_user(self.user("operator"))._drain()
        self.assertState(message, "done")
        self.assertEqual(
            message.result, {"su": True, "uid": 1, "company": self.company.id, "companies": [self.company.id]}
        )


@tagged("post_install", "-at_install")
class TestSharedTransactions(FakeCase):
    """Flows whose messages share a transaction end the same way as those whose do not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow.write({"commit_size": 5, "batch_size": 20})

    def test_good_ones_are_done_whatever_their_neighbours_do(self):
        contents = [{"do": "effect", "key": str(number)} for number in range(7)]
        contents[2] = {"do": "raise", "error": "RejectedError"}
        contents[3] = {"do": "raise", "error": "TransientError"}
        contents[6] = {"do": "hold"}
        messages = self.enqueue(self.flow, *contents)
        self.assertEqual(self.drain(), 7)
        self.assertEqual(messages.mapped("state"), ["done", "done", "held", "retry", "done", "done", "held"])
        self.assertEqual(sorted(self.effects()), ["0", "1", "4", "5", "message"])
        self.assertEqual(len(messages.attempt_ids), 7)
        self.assertAccounted(self.flow)

    def test_completions_of_a_group_are_one_statement(self):
        self.enqueue(self.flow, *[{"do": "nothing"}] * 5)
        seen = []
        # Odoo's own hook for tracing queries
        hooks = [lambda cr, query, params, start, delay: seen.append(str(query))]
        with patch.object(threading.current_thread(), "query_hooks", hooks, create=True):
            self.drain()
        self.assertEqual(sum("UPDATE finance_message_attempt" in query for query in seen), 1)

    def test_trouble_of_the_database_puts_the_rest_back(self):
        messages = self.enqueue(
            self.flow, *[{"do": "effect"}] * 5, {"do": "raise", "error": "sql", "sqlstate": "53100"}, {"do": "effect"}
        )
        with self.assertLogs("odoo.addons.finance_connector_base", "ERROR"):
            self.drain()
        self.assertEqual(messages.mapped("state"), ["done"] * 5 + ["queued"] * 2)
        self.assertEqual(messages.mapped("attempt_count"), [1] * 5 + [0] * 2)

    def test_what_must_not_be_sent_twice_shares_nothing(self):
        with self.assertRaises(psycopg2.errors.CheckViolation), self.env.cr.savepoint():
            self.flow.at_most_once = True
            self.flow.flush_recordset()


@tagged("post_install", "-at_install")
class TestAtMostOnce(FakeCase):
    """Money moves at most once: what is not certain is unknown, and is not sent again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow.at_most_once = True

    def test_only_a_promise_that_nothing_was_sent_is_tried_again(self):
        expected = {
            "TransientError": "retry",
            "RejectedError": "held",
            "AmbiguousError": "unknown",
            "UserError": "unknown",
            "KeyError": "unknown",
        }
        for name, state in expected.items():
            with self.subTest(name):
                [message] = self.enqueue(self.flow, {"do": "raise", "error": name})
                self.drain()
                self.assertState(message, state)

    def test_a_conflict_after_the_handler_began_is_unknown_not_repeated(self):
        [message] = self.enqueue(self.flow, {"do": "conflict", "sqlstate": "40001", "times": 1})
        self.drain()
        self.assertState(message, "unknown", "ambiguous")
        self.assertEqual(len(message.attempt_ids), 1)

    def test_database_trouble_in_the_middle_is_unknown_and_the_rest_goes_back(self):
        messages = self.enqueue(self.flow, {"do": "raise", "error": "sql", "sqlstate": "57P01"}, {"do": "effect"})
        with self.assertLogs("odoo.addons.finance_connector_base", "ERROR"):
            self.drain()
        self.assertEqual(messages.mapped("state"), ["unknown", "queued"])
        self.assertEqual(messages.exception_ids.reason_id.code, "ambiguous")

    def test_unknown_is_not_retried_by_hand_either(self):
        [message] = self.enqueue(self.flow, {"do": "raise", "error": "AmbiguousError"})
        self.drain()
        with self.assertRaisesRegex(Exception, "Nothing to retry"):
            message.action_retry()


@tagged("post_install", "-at_install")
class TestCallingOut(FakeCase):
    """Handlers that talk to the outside: the call once an attempt, what it means as often as need be."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(cls.connection, handler="finance.handler.test.call", at_most_once=True)

    def setUp(self):
        super().setUp()
        self.calls()

    def calls(self):
        return self.env["finance.handler.test.call"]._pop_calls()

    def test_the_answer_is_settled(self):
        [message] = self.enqueue(self.flow, {"answer": "accepted"})
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(message.result, {"answer": "accepted"})
        self.assertEqual(self.calls(), [message.id])

    def test_a_conflict_while_settling_does_not_call_again(self):
        """Fault 15: the external call is not repeated."""
        [message] = self.enqueue(self.flow, {"answer": "accepted", "conflicts": 3})
        self.drain()
        self.assertState(message, "done")
        self.assertEqual(self.calls(), [message.id])

    def test_any_failure_after_the_answer_is_unknown(self):
        for error in ("KeyError", "TransientError", "UserError"):
            [message] = self.enqueue(self.flow, {"answer": "accepted", "settle_error": error})
            self.drain()
            self.assertState(message, "unknown")
        self.assertEqual(len(self.calls()), 3)

    def test_nothing_sent_is_tried_again(self):
        [message] = self.enqueue(self.flow, {"call_error": "TransientError"})
        self.drain()
        self.assertState(message, "retry")

    def test_a_call_that_broke_is_unknown(self):
        [message] = self.enqueue(self.flow, {"call_error": "TimeoutError"})
        self.drain()
        self.assertState(message, "unknown", "ambiguous")
        self.calls()

    def test_a_message_taken_over_is_not_sent(self):
        """Fault 16: a worker that overslept its lease sees that before it calls."""
        [message] = self.enqueue(self.flow, {"answer": "accepted"})
        dispatcher = self.env["finance.dispatcher"]
        run = dispatcher._begin(NestedSteps(self.env.cr), None)
        claims = dispatcher._claim(run)
        self.env.cr.execute("UPDATE finance_message SET state = 'unknown' WHERE id = %s", (message.id,))
        with self.assertLogs("odoo.addons.finance_connector_base", "WARNING"):
            dispatcher._work_claims(run, claims)
        self.assertEqual(self.calls(), [])
