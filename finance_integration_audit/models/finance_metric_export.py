from odoo import api, models
from odoo.tools import SQL

from ..metrics.exposition import Series, exposition
from ..metrics.metric import GAUGE, HISTOGRAM
from .finance_metric_sample import added_buckets

RIGHTS = {"metrics:read": "Read metrics, in the format of Prometheus"}


class FinanceApiRight(models.Model):
    _inherit = "finance.api.right"

    @api.model
    def _known(self):
        # EXTENDS
        return {**super()._known(), **RIGHTS}


class FinanceMetricExport(models.AbstractModel):
    """All metrics as Prometheus reads them: what the user of a key may see, out of samples alone."""

    _name = "finance.metric.export"
    _description = "Metrics for Programs"

    @api.model
    def _text(self):
        """:return: OpenMetrics text, as bytes"""
        catalogue = self.env["finance.metric.source"]._catalogue()
        totals = self._totals_of(catalogue)
        families = []
        for name, metric in sorted(catalogue.items()):
            if metric.kind == GAUGE:
                found = self.env["finance.metric.sample"]._latest(name)
                series = [Series(labels=labels, value=value) for labels, value in found]
            else:
                series = totals.get(name, [])
            families.append((metric, series))
        return exposition(families, self._connections())

    @api.model
    def _totals_of(self, catalogue):
        """Sum everything that is kept, in one reading of the table: counters only ever grow while nothing is purged."""
        samples = self.env["finance.metric.sample"]
        size = max(len(metric.bounds) for metric in catalogue.values())
        query = samples._search([("kind", "!=", GAUGE), ("name", "in", list(catalogue))])
        rows = samples._rows(
            query,
            SQL(
                "name, labels, sum(count), sum(sum), %s,"
                " (array_agg(exemplar ORDER BY at DESC) FILTER (WHERE exemplar IS NOT NULL))[1],"
                " (array_agg(exemplar_value ORDER BY at DESC) FILTER (WHERE exemplar IS NOT NULL))[1]",
                added_buckets(size),
            ),
            SQL("GROUP BY name, labels"),
        )
        found = {}
        for name, labels, count, total, buckets, exemplar, exemplar_value in rows:
            is_histogram = catalogue[name].kind == HISTOGRAM
            found.setdefault(name, []).append(
                Series(
                    labels=labels,
                    value=total,
                    count=count,
                    buckets=buckets if is_histogram else (),
                    exemplar=exemplar,
                    exemplar_value=exemplar_value,
                )
            )
        return found

    @api.model
    def _connections(self):
        """:return: dict id -> kind and environment of the connections that the user may see"""
        model = self.env["finance.connection"]
        if not model.has_access("read"):
            return {}
        return {
            str(one.id): {"kind": one.adapter or "", "environment": one.environment or ""}
            for one in model.search([("active", "=", True)])
        }
