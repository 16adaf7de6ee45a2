from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import FINANCE, GAUGE, Metric


class FinanceMetricSourceClose(models.AbstractModel):
    """How far the close of each company is, where group reporting is there (M-14)."""

    _name = "finance.metric.source.close"
    _description = "Metrics: Close"
    _inherit = ["finance.metric.source"]

    @api.model
    def _is_there(self):
        return "finance.close.task" in self.env

    @api.model
    def _metrics(self):
        labels = ("entity", "period")
        return (
            Metric(
                name="finance_close_percent",
                kind=GAUGE,
                title=self.env._("Tasks of the close that are done (%)"),
                audience=FINANCE,
                labels=labels,
            ),
            Metric(
                name="finance_close_days_left",
                kind=GAUGE,
                title=self.env._("Days until the last task of the close is due"),
                audience=FINANCE,
                labels=labels,
            ),
            Metric(
                name="finance_close_overdue",
                kind=GAUGE,
                title=self.env._("Tasks of the close that are overdue"),
                audience=FINANCE,
                labels=labels,
            ),
        )

    @api.model
    def _now(self):
        names = ("finance_close_percent", "finance_close_days_left", "finance_close_overdue")
        return [
            (
                names,
                SQL(
                    """
                    SELECT g.name, t.company_id,
                           jsonb_build_object('entity', t.entity_id::text, 'period', t.date_to::text) AS labels,
                           CASE g.name WHEN 'finance_close_percent' THEN t.percent
                                       WHEN 'finance_close_days_left' THEN t.days ELSE t.overdue END::float8 AS value
                      FROM (SELECT k.company_id, k.entity_id, p.date_to,
                                   100.0 * count(*) FILTER (WHERE k.state IN ('done', 'skipped')) / count(*) AS percent,
                                   GREATEST(extract(epoch FROM max(k.due_at) - now() AT TIME ZONE 'UTC') / 86400, 0)
                                   AS days,
                                   count(*) FILTER (WHERE k.state NOT IN ('done', 'skipped')
                                                      AND k.due_at < now() AT TIME ZONE 'UTC') AS overdue
                              FROM finance_close_task k JOIN finance_close_period p ON p.id = k.close_id
                             WHERE p.state IN ('open', 'preliminary')
                             GROUP BY 1, 2, 3) t, unnest(%s) AS g (name)
                    """,
                    list(names),
                ),
            )
        ]
