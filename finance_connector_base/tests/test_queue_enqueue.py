"""Into the queue: transactional, in order, each identity once."""

import os
import select
import time
import uuid
from contextlib import closing, suppress
from datetime import timedelta
from unittest.mock import Mock, patch

import psycopg2
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.sql_db import connection_info_for
from odoo.tests import tagged

from ..engine.bell import Bell
from ..engine.envelope import Envelope
from ..models import finance_dispatcher_wake
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestQueueEnqueue(FakeCase):
    def test_messages_come_back_in_the_order_of_the_envelopes(self):
        envelopes = [Envelope(subject=str(number)) for number in range(1500)]
        messages = self.env["finance.message"]._enqueue(self.flow, envelopes)
        self.assertEqual(messages.mapped("subject"), [str(number) for number in range(1500)])
        self.assertEqual(messages.ids, sorted(messages.ids))

    def test_a_message_has_its_birth_in_the_timeline(self):
        [message] = self.enqueue(self.flow, {"a": 1})
        self.assertEqual(message.transition_ids.mapped("after"), ["queued"])
        self.assertEqual(message.data, {"a": 1})
        self.assertEqual(message.company_id, self.company)
        self.assertEqual(message.attempt_count, 0)

    def test_b09_rollback_sends_nothing(self):
        """B-09: the message is part of the business transaction."""
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.enqueue(self.flow, {})
            raise ZeroDivisionError
        self.assertFalse(self.env["finance.message"].search([("flow_id", "=", self.flow.id)]))

    # -- B-13, faults 24 and 43: the same thing twice ------------------------------------------

    def test_b13_same_identity_is_ignored_and_points_at_the_first(self):
        """B-13, fault 24: the second message with an identity has no effect and says why."""
        [first] = self.enqueue(self.flow, {"do": "effect"}, dedupe_key="invoice 1", content_hash="h")
        [second] = self.enqueue(self.flow, {"do": "effect"}, dedupe_key="invoice 1", content_hash="h")
        self.drain()
        self.assertState(first, "done")
        self.assertState(second, "ignored", "duplicate")
        self.assertEqual(second.duplicate_of_id, first)
        self.assertTrue(second.closed_at)
        self.assertEqual(len(self.effects()), 1)

    def test_b13_same_identity_with_other_content_is_a_conflict(self):
        """B-13, fault 26: the first one stands, a person is asked about the second."""
        [first] = self.enqueue(self.flow, {"do": "effect"}, dedupe_key="invoice 1", content_hash="h1")
        [second] = self.enqueue(self.flow, {"do": "effect"}, dedupe_key="invoice 1", content_hash="h2", order_key="k")
        [third] = self.enqueue(self.flow, {"do": "effect"}, order_key="k")
        self.drain()
        self.assertState(first, "done")
        self.assertState(second, "held", "identity_conflict")
        self.assertEqual(second.exception_ids.error_class, "data")
        self.assertState(third, "done")

    def test_identities_belong_to_a_flow(self):
        other = self.make_flow(self.connection)
        messages = self.enqueue(self.flow, {}, dedupe_key="1") | self.enqueue(other, {}, dedupe_key="1")
        self.assertState(messages, "queued")

    @settings(max_examples=15, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([None, "x", "y"])), max_size=12), st.integers(1, 5)
    )
    def test_b13_duplicates_inside_and_across_pages(self, keys, page):
        """Whatever the mix in one call and however it is cut into pages, the first of each identity wins."""
        flow = self.make_flow(self.connection)
        envelopes = [Envelope(subject=key, dedupe_key=key, content_hash=content) for key, content in keys]
        with patch("odoo.addons.finance_connector_base.models.finance_message_queue.PAGE", page):
            messages = self.env["finance.message"]._enqueue(flow, envelopes)
        first = {}
        for message, (key, content) in zip(messages, keys, strict=True):
            if key not in first:
                first[key] = (message, content)
                self.assertState(message, "queued")
                continue
            original, original_content = first[key]
            conflict = content and original_content and content != original_content
            self.assertState(message, "held" if conflict else "ignored")
            self.assertEqual(message.duplicate_of_id, original)
        self.assertAccounted(flow)

    def test_unhashed_content_is_a_duplicate_not_a_conflict(self):
        self.enqueue(self.flow, {}, dedupe_key="1", content_hash="h")
        [second] = self.enqueue(self.flow, {}, dedupe_key="1")
        self.assertState(second, "ignored", "duplicate")

    # -- B-05: correlation ---------------------------------------------------------------------

    def test_b05_correlation_id_is_taken_over_or_made(self):
        [given_id] = self.enqueue(self.flow, {}, correlation_id="order-4711")
        [made] = self.enqueue(self.flow, {})
        self.assertEqual(given_id.correlation_id, "order-4711")
        self.assertRegex(made.correlation_id, r"^[0-9a-f]{32}$")

    def test_correlation_id_that_could_forge_a_log_line_is_replaced(self):
        """Attack 32: line breaks, escapes and very long ids do not get into log lines and headers."""
        for forged in ("a\nb", "a b", "%s", "\x1b[31m", "x" * 65, "", "ä"):
            [message] = self.enqueue(self.flow, {}, correlation_id=forged)
            self.assertRegex(message.correlation_id, r"^[0-9a-f]{32}$", forged)

    # -- foreign content -----------------------------------------------------------------------

    def test_fault_65_nul_surrogates_and_nan_are_stored_not_refused(self):
        content = {"nul": "a\x00b", "surrogate": "\udce9", "nan": float("nan"), "nested": [{"k\x00": "\ud800"}]}
        [message] = self.enqueue(self.flow, content, subject="latin1-\udce9\x00.xml")
        self.assertEqual(message.subject, "latin1-\\udce9.xml")
        self.assertEqual(
            message.data, {"nul": "ab", "surrogate": "\\udce9", "nan": "nan", "nested": [{"k": "\\ud800"}]}
        )

    # -- time ----------------------------------------------------------------------------------

    def test_not_before_and_delay(self):
        [later] = self.enqueue(self.flow, {}, not_before=self.env.cr.now() + timedelta(hours=1))
        [delayed] = self.enqueue(self.flow, {}, delay=3600)
        [now] = self.enqueue(self.flow, {})
        self.drain()
        self.assertState(later | delayed, "queued")
        self.assertState(now, "done")
        self.make_due(later | delayed)
        self.drain()
        self.assertState(later | delayed, "done")

    def test_fault_30_readiness_is_decided_by_the_clock_of_the_database(self):
        """A server whose clock is an hour late or early works the same messages."""
        [message] = self.enqueue(self.flow, {})
        with patch("odoo.fields.Datetime.now", return_value=self.env.cr.now() - timedelta(hours=1)):
            self.drain()
        self.assertState(message, "done")

    # -- wake-up -------------------------------------------------------------------------------

    def test_wake_up_once_a_transaction(self):
        triggers = self.env["ir.cron.trigger"].search([])
        for _number in range(3):
            self.enqueue(self.flow, {}, {})
        self.env.cr.flush()
        new = self.env["ir.cron.trigger"].search([]) - triggers
        codes = new.cron_id.mapped("code")
        self.assertEqual(set(codes), {"model._cron_drain()"})
        self.assertEqual(len(new), len(new.cron_id), "one trigger for each dispatcher")

    def test_fault_7_a_failing_wake_up_does_not_look_like_a_failed_transaction(self):
        """Fault 7: hooks after the commit never raise; the poll finds the work."""
        self.env["ir.cron.trigger"].search([]).unlink()
        [message] = self.enqueue(self.flow, {})
        self.env.cr.flush()
        with (
            patch.object(finance_dispatcher_wake, "_bell", Bell(Mock(side_effect=psycopg2.OperationalError("gone")))),
            self.assertLogs("odoo.addons.finance_connector_base", "WARNING"),
        ):
            self.env.cr.postcommit.run()
        # fault 6: the notification is lost, the message is not
        self.drain()
        self.assertState(message, "done")

    def test_fault_7_the_bell_rings_again_after_its_connection_was_cut(self):
        """Real connections: one for all rings, another one after it was cut, and none of the parent's after a fork."""
        bell, name = Bell(finance_dispatcher_wake._connect, gap=0), f"nobody_{uuid.uuid4().hex}"
        with closing(psycopg2.connect(**connection_info_for("postgres")[1])) as listener:
            listener.autocommit = True
            cursor = listener.cursor()
            cursor.execute("LISTEN cron_trigger")

            def heard(count):
                mine, deadline = [], time.monotonic() + 60
                while len(mine) < count and time.monotonic() < deadline:
                    select.select([listener], [], [], 1)
                    listener.poll()
                    mine += [told.pid for told in listener.notifies if told.payload == name]
                    listener.notifies.clear()
                return mine

            bell.ring(name)
            bell.ring(name)
            first = bell._connection.info.backend_pid
            self.assertEqual(heard(2), [first, first])
            cursor.execute("SELECT pg_terminate_backend(%s)", (first,))
            bell.ring(name)
            second = bell._connection.info.backend_pid
            self.assertNotEqual(second, first)
            self.assertEqual(heard(1), [second])
            if not (child := os.fork()):
                # nothing of the parent is cleaned up here
                with suppress(BaseException):
                    bell.ring(name)
                    os._exit(0)
                os._exit(1)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            bell.ring(name)
            third, fourth = heard(2)
            self.assertNotEqual(third, second)
            self.assertEqual(fourth, second, "the child has left the parent's connection alone")
            # in a burst the first one at once, and one more for all the others
            calm = Bell(finance_dispatcher_wake._connect, gap=2)
            for _ring in range(50):
                calm.ring(name)
            burst = calm._connection.info.backend_pid
            self.assertEqual(heard(2), [burst, burst])
            calm.ring(name)
            self.assertEqual(heard(1), [burst], "no ring is lost")
            calm._drop()
        bell._drop()
