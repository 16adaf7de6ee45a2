import logging
import time
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import GAUGE, HISTOGRAM
from .finance_metric_sample import DAY, FINE, HOUR, added_buckets

_logger = logging.getLogger(__name__)

#: of what was there before the module, so much is counted
FIRST_LOOK = timedelta(days=35)
#: how long fine buckets, those of an hour, and those of a day are kept
KEPT_FINE, KEPT_HOURS, KEPT_DAYS = timedelta(days=2), timedelta(days=35), timedelta(days=800)


class FinanceMetricRollup(models.AbstractModel):
    """Turns events into samples, in one statement a metric, and makes old samples coarser."""

    _name = "finance.metric.rollup"
    _description = "Rollup of Metrics"

    @api.model
    def _cron_roll_up(self):
        """Bring all metrics up to date, each source in a savepoint of its own."""
        for source in self.env["finance.metric.source"]._sources():
            self._roll_up(source)
        self._compact()

    @api.model
    def _roll_up(self, source):
        """Count what has come since, and look at what is the case now.

        :return: False where another worker is at it
        """
        marks = self.env["finance.metric.mark"]
        self.env.cr.execute(
            SQL("INSERT INTO finance_metric_mark (source) VALUES (%s) ON CONFLICT (source) DO NOTHING", source._name)
        )
        mark = marks.search([("source", "=", source._name)]).try_lock_for_update()
        if not mark:
            return False
        started = time.monotonic()
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                since = mark.mark or self.env.cr.now() - FIRST_LOOK
                self._count(source, _floored(since))
                self._look(source)
                mark.write({"mark": mark.next_mark or since, "next_mark": marks._settled(), "error": False})
        except Exception as error:
            # one source that fails takes no figure from the others; the health page tells of it
            _logger.exception("metrics of %s", source._name)
            mark.error = type(error).__name__
        mark.write({"ran_at": self.env.cr.now(), "milliseconds": (time.monotonic() - started) * 1000})
        self.env["finance.metric.sample"].invalidate_model(flush=False)
        return True

    # -- events ----------------------------------------------------------------------------------

    @api.model
    def _count(self, source, since):
        """Count everything since a time anew; what is old is counted by the hour at once."""
        old = (self.env.cr.now() - KEPT_FINE).replace(minute=0, second=0, microsecond=0)
        if since < old:
            self._count_between(source, since.replace(minute=0), old, HOUR)
        self._count_between(source, max(since, old), None, FINE)

    @api.model
    def _count_between(self, source, since, until, step):
        metrics = {metric.name: metric for metric in source._metrics()}
        window = SQL("at >= %s AND at < %s", since, until) if until else SQL("at >= %s", since)
        for name, events in source._events(since):
            self.env.cr.execute(
                SQL(
                    """
                    WITH event AS (%(events)s),
                    fresh AS (
                        SELECT to_timestamp(floor(extract(epoch FROM at) / %(step)s) * %(step)s) AT TIME ZONE 'UTC'
                               AS at, company_id, %(labels)s AS labels, count(*) AS count, sum(value) AS sum,
                               %(value)s AS value, %(buckets)s AS buckets,
                               (array_agg(exemplar ORDER BY value DESC, at DESC)
                                FILTER (WHERE exemplar IS NOT NULL))[1] AS exemplar,
                               max(value) FILTER (WHERE exemplar IS NOT NULL) AS exemplar_value
                          FROM event WHERE %(window)s GROUP BY 1, 2, 3),
                    gone AS (
                        DELETE FROM finance_metric_sample s
                         WHERE s.name = %(name)s AND %(window)s AND (
                               s.step < %(step)s OR s.step = %(step)s AND NOT EXISTS (
                               SELECT FROM fresh f WHERE f.at = s.at AND f.labels::text = s.label_text)))
                    %(insert)s SELECT %(name)s, %(kind)s, %(audience)s, %(step)s, at, company_id,
                           (labels->>'connection')::int, (labels->>'flow')::int, labels, labels::text,
                           count, sum, value, buckets, exemplar, exemplar_value
                      FROM fresh
                    ON CONFLICT (name, step, at, label_text) DO UPDATE
                       SET count = excluded.count, sum = excluded.sum, value = excluded.value,
                           buckets = excluded.buckets, exemplar = excluded.exemplar,
                           exemplar_value = excluded.exemplar_value
                     WHERE finance_metric_sample.count <> excluded.count OR finance_metric_sample.sum <> excluded.sum
                        OR finance_metric_sample.buckets IS DISTINCT FROM excluded.buckets
                    """,
                    events=events,
                    labels=_LABELS,
                    value=SQL("sum(value) / count(*)") if metrics[name].kind == HISTOGRAM else SQL("sum(value)"),
                    buckets=_buckets(metrics[name].bounds),
                    insert=_INSERT,
                    window=window,
                    step=step,
                    name=name,
                    kind=metrics[name].kind,
                    audience=metrics[name].audience,
                )
            )

    # -- what is the case ------------------------------------------------------------------------

    @api.model
    def _look(self, source):
        metrics = {metric.name: metric for metric in source._metrics() if metric.kind == GAUGE}
        at = _floored(self.env.cr.now())
        for names, states in source._now():
            self.env.cr.execute(
                SQL(
                    """
                    WITH state AS (%(states)s),
                    fresh AS (SELECT name, company_id, %(labels)s AS labels, sum(value) AS value
                                FROM state GROUP BY 1, 2, 3),
                    -- what was there at the last look and is not any more ends with nothing
                    ended AS (
                        SELECT DISTINCT ON (s.name, s.label_text) s.name, s.company_id, s.labels, 0.0::float8 AS value
                          FROM finance_metric_sample s
                         WHERE s.name = ANY(%(names)s) AND s.value <> 0
                           AND s.at = (SELECT max(l.at) FROM finance_metric_sample l WHERE l.name = s.name)
                           AND NOT EXISTS (SELECT FROM fresh f WHERE f.name = s.name
                                              AND f.labels::text = s.label_text)),
                    metric AS (SELECT * FROM unnest(%(names)s, %(audiences)s) AS t (name, audience))
                    %(insert)s SELECT u.name, 'gauge', metric.audience, %(step)s, %(at)s, company_id,
                           (labels->>'connection')::int, (labels->>'flow')::int, labels, labels::text,
                           1, value, value, NULL, NULL, NULL
                      FROM (SELECT * FROM fresh UNION ALL SELECT * FROM ended) u JOIN metric ON metric.name = u.name
                    ON CONFLICT (name, step, at, label_text) DO UPDATE
                       SET count = finance_metric_sample.count + 1, sum = finance_metric_sample.sum + excluded.value,
                           value = excluded.value
                    """,
                    states=states,
                    labels=_LABELS,
                    insert=_INSERT,
                    names=list(names),
                    audiences=[metrics[name].audience for name in names],
                    step=FINE,
                    at=at,
                )
            )

    # -- age -------------------------------------------------------------------------------------

    @api.model
    def _compact(self):
        """Make samples coarser that are old and that no run counts anew."""
        now = self.env.cr.now()
        [(oldest,)] = self.env["finance.metric.mark"]._read_group([], [], ["mark:min"])
        settled = oldest or now
        for fine, coarse, kept in ((FINE, HOUR, KEPT_FINE), (HOUR, DAY, KEPT_HOURS)):
            until = min(settled, now - kept).replace(minute=0, second=0, microsecond=0)
            if coarse == DAY:
                until = until.replace(hour=0)
            self._merge(fine, coarse, until)
        self.env.cr.execute(SQL("DELETE FROM finance_metric_sample WHERE step = %s AND at < %s", DAY, now - KEPT_DAYS))
        self.env["finance.metric.sample"].invalidate_model(flush=False)

    @api.model
    def _bounds(self):
        return [metric.bounds for metric in self.env["finance.metric.source"]._catalogue().values()]

    @api.model
    def _merge(self, fine, coarse, until):
        self.env.cr.execute(
            SQL(
                """
                WITH old AS (
                    DELETE FROM finance_metric_sample WHERE step = %(fine)s AND at < %(until)s RETURNING *)
                %(insert)s
                SELECT name, kind, max(audience), %(coarse)s,
                       to_timestamp(floor(extract(epoch FROM at) / %(coarse)s) * %(coarse)s)
                       AT TIME ZONE 'UTC' AS start,
                       max(company_id), max(connection_id), max(flow_id), labels, label_text, sum(count), sum(sum),
                       CASE kind WHEN 'gauge' THEN (array_agg(value ORDER BY at DESC))[1]
                                 WHEN 'histogram' THEN sum(sum) / sum(count) ELSE sum(sum) END,
                       NULLIF(%(buckets)s, '{}'),
                       (array_agg(exemplar ORDER BY exemplar_value DESC NULLS LAST))[1], max(exemplar_value)
                  FROM old GROUP BY name, kind, start, labels, label_text
                """,
                buckets=added_buckets(max(map(len, self._bounds()))),
                fine=fine,
                coarse=coarse,
                until=until,
                insert=_INSERT,
            )
        )


#: labels are texts; the company is one of them
_LABELS = SQL("jsonb_strip_nulls(labels || jsonb_build_object('company', company_id::text))")
_INSERT = SQL(
    "INSERT INTO finance_metric_sample (name, kind, audience, step, at, company_id, connection_id, flow_id, labels,"
    " label_text, count, sum, value, buckets, exemplar, exemplar_value)"
)


def _floored(at):
    """:return: the begin of the bucket that a time is in"""
    return at.replace(minute=at.minute - at.minute % (FINE // 60), second=0, microsecond=0)


def _buckets(bounds):
    if not bounds:
        return SQL("NULL::int8[]")
    counts = SQL(", ").join(SQL("count(*) FILTER (WHERE value <= %s)", bound) for bound in bounds)
    return SQL("ARRAY[%s]", counts)
