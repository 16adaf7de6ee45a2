import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: seconds of a fine bucket, and of those that it becomes
FINE, HOUR, DAY = 300, 3600, 86400


class Buckets(fields.Json):
    """How many observations lie up to each bound: an array, which PostgreSQL adds up many times faster than JSON."""

    _column_type = ("_int8", "_int8")

    def convert_to_column(self, value, record, values=None, validate=True):
        return value or None


class FinanceMetricSample(models.Model):
    """What was measured, in buckets: the one table that dashboards, alerts and Prometheus read.

    **To read a series:** ``_series(name, since=, until=, labels=)`` gives each bucket, ``_totals`` their sum by labels,
    ``_latest`` what is the case now, ``_histogram`` the distribution. All of them see what the caller may see; engines
    ask with ``sudo()``. Labels are texts; ``company``, ``connection`` and ``flow`` hold ids: ``{"connection": "7"}``.
    A filter names some of the labels. Values are the amount of a counter in the bucket, the last value of a gauge, or
    the mean of a histogram.

    Buckets of five minutes become buckets of an hour after two days and of a day after five weeks. Nobody has write
    access: rows are written by ``finance.metric.rollup``.
    """

    _name = "finance.metric.sample"
    _description = "Metric"
    _order = "at desc, name, id desc"
    _rec_name = "name"
    _log_access = False
    _allow_sudo_commands = False

    name = fields.Char(string="Metric", required=True, readonly=True)
    title = fields.Char(compute="_compute_title")
    kind = fields.Selection(
        [("counter", "Counter"), ("gauge", "Gauge"), ("histogram", "Distribution")], required=True, readonly=True
    )
    audience = fields.Selection(
        [("finance", "Finance"), ("operations", "Operations"), ("both", "Both")], required=True, readonly=True
    )
    at = fields.Datetime(string="From", required=True, readonly=True)
    step = fields.Integer(string="Seconds", required=True, readonly=True, aggregator=None)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    connection_id = fields.Many2one("finance.connection", readonly=True, ondelete="set null", index="btree_not_null")
    flow_id = fields.Many2one("finance.flow", readonly=True, ondelete="set null", index="btree_not_null")
    labels = fields.Json(required=True, readonly=True)
    label_text = fields.Char(string="Series", required=True, readonly=True)
    count = fields.Integer(readonly=True, help="Events, or looks at a gauge.")
    sum = fields.Float(readonly=True, digits=(16, 3))
    value = fields.Float(readonly=True, digits=(16, 3), aggregator="sum")
    buckets = Buckets(readonly=True, help="Observations up to each bound of a distribution.")
    exemplar = fields.Char(readonly=True, help="Correlation id of the largest or last observation.")
    exemplar_value = fields.Float(readonly=True, digits=(16, 3), aggregator="max")

    _once = models.UniqueIndex("(name, step, at, label_text)")
    # a page of a dashboard asks for some names since some time
    _by_name = models.Index("(name, at)")

    def _compute_title(self):
        catalogue = self.env["finance.metric.source"]._catalogue()
        for sample in self:
            metric = catalogue.get(sample.name)
            sample.title = metric.title if metric else sample.name

    # -- reading ---------------------------------------------------------------------------------

    @api.model
    def _asked(self, name, since, until, labels):
        domain = [("name", "=", name)]
        if since:
            domain.append(("at", ">=", since))
        if until:
            domain.append(("at", "<", until))
        query = self._search(domain)
        if labels:
            query.add_where(SQL("finance_metric_sample.labels @> %s::jsonb", json.dumps(labels)))
        return query

    @api.model
    def _rows(self, query, columns, tail=None):
        self.flush_model()
        self.env.cr.execute(SQL("%s %s", query.select(columns), tail or SQL()))
        return self.env.cr.fetchall()

    @api.model
    def _series(self, name, *, since, until=None, labels=None):
        """:return: list of (begin of the bucket, labels, value), oldest first"""
        query = self._asked(name, since, until, labels)
        return self._rows(query, SQL("at, labels, value"), SQL("ORDER BY at, label_text"))

    @api.model
    def _totals(self, name, *, since, until=None, labels=None, by=()):
        """Sum a counter.

        :param by: names of labels; the key of a sum is their values, ``""`` where a series has none
        :return: dict tuple of values -> sum
        """
        query = self._asked(name, since, until, labels)
        totals = {}
        for found, value in self._rows(query, SQL("labels, sum(value)"), SQL("GROUP BY labels")):
            key = tuple(found.get(label, "") for label in by)
            totals[key] = totals.get(key, 0.0) + value
        return totals

    @api.model
    def _latest(self, name, labels=None, *, within=timedelta(hours=1)):
        """:return: list of (labels, value): a gauge as it was seen last; of others what came ``within`` that time

        A series of a gauge that is not there any more ended with 0.
        """
        metric = self.env["finance.metric.source"]._catalogue().get(name)
        if metric and metric.kind != "gauge":
            query = self._asked(name, self.env.cr.now() - within, None, labels)
            return self._rows(query, SQL("labels, sum(sum)"), SQL("GROUP BY labels"))
        query = self._asked(name, None, None, labels)
        query.add_where(
            SQL("finance_metric_sample.at = (SELECT max(s.at) FROM finance_metric_sample s WHERE s.name = %s)", name)
        )
        return self._rows(query, SQL("labels, value"), SQL("ORDER BY label_text"))

    @api.model
    def _histogram(self, name, *, since, until=None, labels=None, by=()):
        """:return: dict tuple of values of the labels ``by`` -> (count, sum, cumulative buckets)"""
        query = self._asked(name, since, until, labels)
        found = self._added(name, query, _key(by), SQL("sum(count) AS count, sum(sum) AS sum"))
        return {tuple(own): (count, total, slots) for own, slots, count, total in found if count}

    @api.model
    def _added(self, name, query, key, more=None):
        """Add buckets up.

        :param SQL more: further sums
        :return: list of (key, cumulative buckets, *further sums)
        """
        size = len(self.env["finance.metric.source"]._catalogue()[name].bounds)
        rows = query.select(SQL("%s AS own", key), "buckets", "count", "sum")
        columns = SQL("own, %s, %s", added_buckets(size), more) if more else SQL("own, %s", added_buckets(size))
        self.env.cr.execute(SQL("SELECT %s FROM (%s) s GROUP BY own", columns, rows))
        return self.env.cr.fetchall()

    @api.model
    def _course(self, name, *, since, unit, zone, labels=None, by=()):
        r"""How something went over time.

        :param unit: ``hour`` or ``day``, as people at ``zone`` have them
        :return: dict (begin of the hour or day there, \*values of the labels ``by``) -> amount of a counter, or largest
            sum of a gauge; of a distribution its buckets
        """
        metric = self.env["finance.metric.source"]._catalogue()[name]
        query = self._asked(name, since, None, labels)
        start = SQL("date_trunc(%s, at AT TIME ZONE 'UTC' AT TIME ZONE %s)::text", unit, zone)
        key = SQL("ARRAY[%s]", SQL(", ").join([start, *_values(by)]))
        if metric.kind == "histogram":
            return {tuple(own): slots for own, slots in self._added(name, query, key)}
        if metric.kind == "counter":
            return {tuple(own): value for own, value in self._rows(
                query, SQL("%s, sum(value)", key), SQL("GROUP BY %s", key))}  # fmt: skip
        looks = query.select(SQL("%s AS own", key), "at", "sum(value) AS value")
        self.env.cr.execute(SQL("SELECT own, max(value) FROM (%s GROUP BY 1, 2) s GROUP BY own", looks))
        return {tuple(own): value for own, value in self.env.cr.fetchall()}


def added_buckets(size):
    """:return: SQL of the sum of arrays of buckets; ``{}`` where there are none"""
    places = SQL(", ").join(SQL("sum(buckets[%s])", place + 1) for place in range(size))
    return SQL("array_remove(ARRAY[%s], NULL)::int8[]", places)


def _values(names):
    return [SQL("COALESCE(labels->>%s, '')", name) for name in names]


def _key(names):
    return SQL("ARRAY[%s]::text[]", SQL(", ").join(_values(names)))
