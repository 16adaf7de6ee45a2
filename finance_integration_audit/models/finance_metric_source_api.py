from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import CALLS, HISTOGRAM, Metric


class FinanceMetricSourceApi(models.AbstractModel):
    """The interface for programs: how long each route takes and how it ends (M-01)."""

    _name = "finance.metric.source.api"
    _description = "Metrics: Interface for Programs"
    _inherit = ["finance.metric.source"]

    @api.model
    def _metrics(self):
        return (
            Metric(
                name="finance_api_seconds",
                kind=HISTOGRAM,
                title=self.env._("Requests of programs"),
                bounds=CALLS,
                labels=("route", "method", "outcome"),
            ),
        )

    @api.model
    def _events(self, since):
        return [
            (
                "finance_api_seconds",
                SQL(
                    """
                    SELECT at, NULL::int AS company_id,
                           jsonb_build_object('route', endpoint, 'method', method, 'outcome',
                               CASE WHEN status >= 500 THEN 'failed' WHEN status >= 400 THEN 'refused'
                                    ELSE 'done' END) AS labels,
                           milliseconds / 1000.0::float8 AS value, correlation_id AS exemplar
                      FROM finance_api_call WHERE at >= %s
                    """,
                    since,
                ),
            )
        ]
