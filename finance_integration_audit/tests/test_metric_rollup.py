from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import sql_db
from odoo.tests import tagged

from ..models import finance_metric_rollup
from .metric_case import MetricCase

OUTCOMES = ("done", "retry", "held")
#: when an attempt ended (minutes ago), how, how long it took, and whether it is committed after the first look
HISTORY = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(OUTCOMES), st.integers(1, 400_000), st.booleans()), max_size=25
)


@tagged("post_install", "-at_install")
class TestMetricRollup(MetricCase):
    """Samples are what is counted in the tables themselves, whenever it is committed (M-01 to M-03)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the marks are an hour back, as if a transaction of then were still under way
        cls.begin = cls.now - timedelta(hours=1)

    def marks(self):
        return self.env["finance.metric.mark"].search([("source", "!=", False)])

    def set_marks(self, at):
        self.marks().write({"mark": at, "next_mark": at})

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(history=HISTORY)
    def test_samples_equal_direct_counts(self, history):
        """M-01, M-03: over random histories with rows that are seen late, and however often it runs."""
        with self.env.cr.savepoint() as savepoint:
            self.roll_up("attempts")
            message = self.message(self.now)
            for is_late in (False, True):
                self.set_marks(self.begin)
                for minutes, outcome, milliseconds, late in history:
                    if late is is_late:
                        at = self.now - timedelta(minutes=minutes)
                        self.attempt(message, at, outcome=outcome, milliseconds=milliseconds, reason="transient")
                self.roll_up("attempts")
            self.set_marks(self.begin)
            before = self.stored("finance_attempt_seconds")
            self.roll_up("attempts")
            self.assertEqual(sorted(before, key=str), sorted(self.stored("finance_attempt_seconds"), key=str))
            found = self.samples._histogram(
                "finance_attempt_seconds", since=self.begin, labels=self.labels(), by=("outcome",)
            )
            expected = Counter(outcome for _minutes, outcome, _milliseconds, _late in history)
            self.assertEqual({key[0]: value[0] for key, value in found.items()}, expected)
            for (outcome,), (_count, total, buckets) in found.items():
                durations = [ms / 1000 for _minutes, own, ms, _late in history if own == outcome]
                self.assertAlmostEqual(total, sum(durations), 3)
                self.assertEqual(buckets[4], sum(duration <= 0.5 for duration in durations))
            retries = self.samples._totals("finance_retries", since=self.begin, labels=self.labels())
            self.assertEqual(sum(retries.values()), expected["retry"])
            savepoint.rollback()

    def test_a_transaction_that_is_under_way_holds_the_mark_back(self):
        with sql_db.db_connect(self.env.cr.dbname).cursor() as other:
            # it has read and may still write: dated by its beginning
            other.execute("SELECT now() AT TIME ZONE 'UTC'")
            began = other.fetchone()[0]
            self.assertLess(self.env["finance.metric.mark"]._settled(), began)

    def test_what_was_unsettled_at_the_last_run_is_counted_anew(self):
        """Two marks: a row that is seen after a run, dated before its mark was read, is not missed."""
        self.roll_up("queue")
        settled = self.now - timedelta(minutes=20)
        mark = self.env["finance.metric.mark"].search([("source", "=", "finance.metric.source.queue")])
        mark.write({"mark": settled, "next_mark": self.now - timedelta(minutes=1)})
        self.transition(self.message(self.now), self.now - timedelta(minutes=15), "done")
        self.roll_up("queue")
        self.assertEqual(mark.mark, self.now - timedelta(minutes=1))
        found = self.samples._totals("finance_messages", since=settled, labels=self.labels(), by=("state",))
        self.assertEqual(found, {("done",): 1.0})

    def test_gauges_end_with_nothing(self):
        """M-02: depth and age of a queue; what is gone is 0, not what it was."""
        self.message(self.now - timedelta(minutes=10), state="queued")
        message = self.message(self.now - timedelta(minutes=30), state="held")
        self.roll_up("queue")
        depth = self.samples._latest("finance_queue_depth", self.labels())
        self.assertEqual({labels["state"]: value for labels, value in depth}, {"queued": 1.0, "held": 1.0})
        [(_labels, age)] = self.samples._latest("finance_queue_oldest_seconds", self.labels(state="held"))
        self.assertGreaterEqual(age, 1800)
        self.env.cr.execute("UPDATE finance_message SET state = 'done' WHERE id = %s", [message])
        self.roll_up("queue")
        depth = self.samples._latest("finance_queue_depth", self.labels())
        self.assertEqual({labels["state"]: value for labels, value in depth}, {"queued": 1.0, "held": 0.0})

    def test_old_buckets_become_coarse_and_lose_nothing(self):
        message = self.message(self.now)
        for days in (0, 3, 3.01, 20, 40, 41):
            self.attempt(message, self.now - timedelta(days=days), milliseconds=700)
        self.marks().unlink()
        self.env["finance.metric.mark"].create(
            {"source": "finance.metric.source.attempts", "mark": self.now - timedelta(days=60)}
        )
        self.roll_up("attempts")
        query = {"since": self.now - timedelta(days=60), "labels": self.labels()}
        before = self.samples._histogram("finance_attempt_seconds", **query)
        self.marks().write({"mark": self.now})
        self.env["finance.metric.rollup"]._compact()
        steps = {row[1] for row in self.stored("finance_attempt_seconds")}
        self.assertEqual(steps, {300, 3600, 86400})
        [(count, total, buckets)] = self.samples._histogram("finance_attempt_seconds", **query).values()
        self.assertEqual(count, 6)
        self.assertAlmostEqual(total, 4.2, 3)
        self.assertEqual(buckets, before[()][2])

    def test_what_is_old_is_counted_by_the_hour_and_once(self):
        """A first look, or a mark that stood still, makes no buckets of minutes of what is old."""
        message = self.message(self.now)
        for hours in (0, 0, 5):
            self.attempt(message, self.now - timedelta(hours=hours), milliseconds=700)
        self.set_marks(self.now - timedelta(hours=8))
        self.roll_up("attempts")
        self.assertEqual({row[1] for row in self.stored("finance_attempt_seconds")}, {300})
        self.patch(finance_metric_rollup, "KEPT_FINE", timedelta(hours=2))
        for _again in range(2):
            self.set_marks(self.now - timedelta(hours=8))
            self.roll_up("attempts")
            self.env["finance.metric.rollup"]._compact()
            steps = {row[1]: row[3] for row in self.stored("finance_attempt_seconds")}
            self.assertEqual(steps, {300: 2, 3600: 1})

    def test_a_source_that_fails_takes_nothing_from_the_others(self):
        source = self.env["finance.metric.source.attempts"]
        self.roll_up("attempts")
        self.patch(type(source), "_events", lambda self, since: 1 / 0)
        with self.assertLogs("odoo.addons.finance_integration_audit.models.finance_metric_rollup", "ERROR"):
            self.env["finance.metric.rollup"]._cron_roll_up()
        marks = self.marks()
        failed = marks.filtered(lambda mark: mark.source == source._name)
        self.assertEqual(failed.error, "ZeroDivisionError")
        self.assertFalse(any((marks - failed).mapped("error")))
