from odoo import api, models

from ..metrics.metric import Metric


class FinanceMetricSource(models.AbstractModel):
    """Where metrics come from; ``docs/monitoring.md`` tells how to add one.

    A source is one file with a model that inherits this one. It says what it measures and gives plain SQL: of events,
    each with its time, or of what is the case now. ``finance.metric.rollup`` does the rest: buckets, late commits,
    series that end. It runs with the rights of the system; who sees a sample is up to the sample.
    """

    _name = "finance.metric.source"
    _description = "Source of Metrics"

    @api.model
    def _is_there(self):
        """:return: False where the module whose records are counted is not installed"""
        return True

    @api.model
    def _metrics(self) -> tuple[Metric, ...]:
        """:return: what is measured"""
        raise NotImplementedError

    @api.model
    def _events(self, since):
        """What has happened, of counters and histograms.

        :param since: naive UTC; events before are not asked for
        :return: list of (name of the metric, SQL with the columns ``at`` (naive UTC, not before the transaction that
            writes the row began), ``company_id``, ``labels`` (jsonb of texts), ``value`` (float8) and ``exemplar``
            (text, a correlation id or NULL))
        """
        return []

    @api.model
    def _now(self):
        """What is the case, of gauges.

        :return: list of (names of the metrics, SQL with the columns ``name``, ``company_id``, ``labels`` and
            ``value``, one row a series)
        """
        return []

    @api.model
    def _sources(self):
        """:return: the sources that are there, by name"""
        names = sorted(self.env.registry.descendants(["finance.metric.source"], "_inherit") - {"finance.metric.source"})
        return [self.env[name] for name in names if self.env[name]._is_there()]

    @api.model
    def _catalogue(self):
        """:return: dict name -> :class:`~..metrics.metric.Metric`"""
        return {metric.name: metric for source in self._sources() for metric in source._metrics()}
