"""The queue drained by jobs of queue_job; tests/process/test_queue_job.py runs them with the real runner."""

from unittest.mock import patch

import psycopg2

from odoo.tests import tagged

from odoo.addons.finance_connector_base.tests.fake_case import FakeCase
from odoo.addons.queue_job.exception import RetryableJobError

from ..hooks import uninstall_hook
from ..models.finance_dispatcher import RUNNER, SHARDS
from ..models.finance_dispatcher_jobs import KEY, LATER


@tagged("post_install", "-at_install")
class TestJobs(FakeCase):
    """G-11 and B-25: the runner is a choice, the queue is the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = cls.env["finance.dispatcher"]
        # a test has no transactions of its own to lock in
        cls.startClassPatcher(patch.object(type(cls.dispatcher), "_begin_calling", lambda dispatcher: None))
        cls.env["queue.job"].search([("identity_key", "=like", f"{KEY}%")]).unlink()

    def jobs(self, key=f"{KEY}%"):
        self.env.flush_all()
        return self.env["queue.job"].search([("identity_key", "=like", key)], order="id")

    def crons(self):
        return self.env["ir.cron"].search([("code", "=", "model._cron_drain()")])

    def triggers(self):
        return self.env["ir.cron.trigger"].search_count([("cron_id", "in", self.crons().ids)])

    def age(self, jobs, seconds):
        self.env.cr.execute(
            "UPDATE queue_job SET date_created = date_created - %s * interval '1 second' WHERE id = ANY(%s)",
            (seconds, jobs.ids),
        )

    def test_one_waiting_job_however_often_it_is_called(self):
        for _call in range(3):
            self.dispatcher._call_job(1)
        self.assertEqual(self.jobs().mapped("identity_key"), [f"{KEY}1"])
        self.assertEqual(self.jobs().channel, "root.finance")
        self.jobs().write({"state": "started"})
        self.env.flush_all()
        self.dispatcher._call_job(1)
        self.assertEqual(len(self.jobs()), 2, "a job under way may have looked too early: the next one waits")

    def test_new_work_calls_a_job_after_the_commit_and_no_scheduled_action(self):
        before = self.triggers()
        self.env.cr.postcommit.clear()
        self.dispatcher._call_workers()
        self.assertEqual(self.triggers(), before)
        self.assertEqual(len(self.env.cr.postcommit._funcs), 1)
        self.env.cr.postcommit.clear()

    def test_a_runner_that_is_not_there_is_noticed(self):
        self.dispatcher._call_job(1)
        before = self.triggers()
        self.dispatcher._call_job(1)
        self.assertEqual(self.triggers(), before)
        self.age(self.jobs(), 61)
        self.dispatcher._call_job(1)
        self.assertEqual(self.triggers(), before + 4, "the scheduled actions were woken")

    def test_a_retry_is_looked_at_when_it_is_due(self):
        [first, second] = self.enqueue(self.flow, {"do": "effect", "key": "a"}, {"do": "effect", "key": "b"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE finance_message SET next_at = (now() AT TIME ZONE 'UTC') + CASE id WHEN %s THEN 90 ELSE 30 END"
            " * interval '1 second' WHERE id = ANY(%s)",
            (first.id, [first.id, second.id]),
        )
        self.env.invalidate_all()
        self.env.cr.execute("UPDATE finance_message SET next_at = NULL WHERE id = %s", (second.id,))
        self.dispatcher._call_job_later()
        [job] = self.jobs(LATER)
        late = job.eta
        self.env.cr.execute(
            "UPDATE finance_message SET next_at = (now() AT TIME ZONE 'UTC') + interval '30 seconds' WHERE id = %s",
            (second.id,),
        )
        self.dispatcher._call_job_later()
        job.invalidate_recordset()
        self.assertEqual(self.jobs(LATER), job)
        self.assertLess(job.eta, late)
        self.dispatcher._call_job(1)
        self.assertEqual(len(self.jobs()), 2, "a job that waits for an hour hides no call of now")

    def test_plenty_of_work_calls_the_next_job_and_no_more_than_were_allowed(self):
        self.env["ir.config_parameter"].set_param(SHARDS, "2")
        called = []
        drained = []
        with (
            patch.object(type(self.dispatcher), "_call_job", lambda dispatcher, shard: called.append(shard)),
            patch.object(type(self.dispatcher), "_call_job_later", lambda dispatcher: called.append("later")),
            patch.object(
                type(self.dispatcher), "_drain", lambda dispatcher, steps, *, seconds: drained.append(seconds) or 3
            ),
            patch.object(self.env.cr, "commit", lambda: None),
            patch.object(type(self.env.registry), "cursor", lambda registry, **options: _Same(self.env.cr)),
        ):
            self.assertEqual(self.dispatcher._job_drain(1), "3 messages worked")
            self.assertEqual(called, ["later"])
            self.enqueue(self.flow, *({"do": "nothing", "n": number} for number in range(20)))
            self.env.flush_all()
            self.dispatcher._job_drain(1)
            self.assertEqual(called, ["later", 2, "later"])
            self.dispatcher._job_drain(2)
            self.assertEqual(called, ["later", 2, "later", "later"])
        self.assertEqual(drained, [40] * 3)

    def test_a_database_in_trouble_postpones_the_job(self):
        def fail(dispatcher, limit):
            raise psycopg2.OperationalError("gone")

        with (
            patch.object(type(self.dispatcher), "_due_count", fail),
            patch.object(self.env.cr, "rollback", lambda: None),
            self.assertRaises(RetryableJobError) as caught,
        ):
            self.dispatcher._job_drain(1)
        self.assertTrue(caught.exception.ignore_retry)

    def test_settings_choose_the_runner(self):
        settings = self.env["res.config.settings"]
        self.assertEqual(set(self.crons().mapped("interval_number")), {5})
        self.dispatcher._call_job(1)
        settings.create({"finance_queue_runner": "cron"}).execute()
        self.assertEqual(set(self.crons().mapped("interval_number")), {1})
        self.assertFalse(self.jobs(), "nothing waits for a runner that is not wanted")
        before = self.triggers()
        self.dispatcher._call_workers()
        self.assertEqual(self.triggers(), before + 4)
        settings.create({"finance_queue_runner": "queue_job"}).execute()
        self.assertEqual(set(self.crons().mapped("interval_number")), {5})

    def test_uninstalling_returns_to_the_scheduled_actions(self):
        self.dispatcher._call_job(1)
        self.env["ir.config_parameter"].set_param(RUNNER, "queue_job")
        uninstall_hook(self.env)
        self.assertEqual(set(self.crons().mapped("interval_number")), {1})
        self.assertFalse(self.jobs())
        self.assertFalse(self.env["ir.config_parameter"].get_param(RUNNER))


class _Same:
    """The test's own cursor where another one would be opened."""

    def __init__(self, cr):
        self.cr = cr

    def __enter__(self):
        return self.cr

    def __exit__(self, *_error):
        """Nothing to close."""
