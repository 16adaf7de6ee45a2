"""Brakes: pause, drain, resume, places on a connection."""

from odoo.tests import tagged

from ..engine.transaction import NestedSteps
from .fake_case import FakeCase


@tagged("post_install", "-at_install")
class TestLimits(FakeCase):
    def begin(self):
        return self.env["finance.dispatcher"]._begin(NestedSteps(self.env.cr), None)

    # -- B-48 ----------------------------------------------------------------------------------

    def test_b48_a_paused_flow_accepts_works_nothing_and_resumes_in_order(self):
        self.as_user(self.flow, "operator").action_pause()
        messages = self.enqueue(self.flow, *[{"do": "effect", "key": str(n)} for n in range(5)], order_key="k")
        other = self.enqueue(self.make_flow(self.connection), {})
        self.drain()
        self.assertState(messages, "queued")
        self.assertState(other, "done")
        self.as_user(self.flow, "operator").action_resume()
        self.drain()
        self.assertState(messages, "done")
        self.assertEqual(self.effects(), list("01234"))

    def test_b48_a_paused_connection(self):
        self.as_user(self.connection, "operator").action_pause()
        messages = self.enqueue(self.flow, {}, {})
        self.drain()
        self.assertState(messages, "queued")
        self.as_user(self.connection, "operator").action_resume()
        self.drain()
        self.assertState(messages, "done")

    def test_b48_draining_works_off_and_fetches_nothing_new(self):
        for drained, drain in ((self.flow, self.flow.action_drain), (self.connection, self.connection.action_drain)):
            with self.subTest(drained._name):
                connection = self.connection
                fetching = self.flow
                fetching.fetch_interval = 5
                messages = self.enqueue(fetching, {})
                drain()
                fetching.next_fetch_at = False
                self.env["finance.flow"]._cron_schedule()
                self.assertFalse(
                    self.env["finance.message"].search([("flow_id", "=", fetching.id), ("kind", "=", "fetch")])
                )
                self.drain()
                self.assertState(messages, "done")
                (fetching if drained._name == "finance.flow" else connection).action_resume()

    def test_archived_flows_and_connections_rest(self):
        messages = self.enqueue(self.flow, {})
        self.flow.active = False
        self.drain()
        self.assertState(messages, "queued")
        self.flow.active = True
        self.connection.active = False
        self.drain()
        self.assertState(messages, "queued")

    # -- concurrency ---------------------------------------------------------------------------

    def test_only_so_many_workers_at_once_on_a_connection(self):
        self.connection.max_concurrency = 2
        second = self.make_flow(self.connection)
        self.enqueue(self.flow, *[{}] * 100)
        self.enqueue(second, *[{}] * 100)
        dispatcher = self.env["finance.dispatcher"]
        runs = [self.begin() for _worker in range(3)]
        batches = [dispatcher._claim(run) for run in runs]
        self.assertTrue(batches[0] and batches[1])
        self.assertEqual(batches[2], [])
        dispatcher._work_claims(runs[0], batches[0][:-1])
        self.assertEqual(dispatcher._claim(self.begin()), [], "its last message still has the place")
        dispatcher._work_claims(runs[0], batches[0][-1:])
        self.assertTrue(dispatcher._claim(self.begin()))

    def test_two_workers_that_choose_the_same_place_get_one(self):
        """The unique index decides; who loses claims again."""
        self.connection.max_concurrency = 2
        messages = self.enqueue(self.flow, {}, {}, {})
        self.env.cr.execute(
            "UPDATE finance_message SET state = 'processing', slot = 1 WHERE id = %s", (messages[0].id,)
        )
        with self.assertRaisesRegex(Exception, "one_running_per_slot"), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE finance_message SET state = 'processing', slot = 1 WHERE id = %s",
                (messages[1].id,),
                log_exceptions=False,
            )

    def test_a_drain_may_be_limited(self):
        self.enqueue(self.flow, *[{}] * 30)
        self.assertEqual(self.drain(max_messages=7), 7)
        self.assertEqual(self.drain(max_messages=0), 23)
