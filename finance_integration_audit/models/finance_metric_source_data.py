from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import BOTH, GAUGE, Metric

#: days of checkpoints that completeness is told of
WEEK = 7


class FinanceMetricSourceData(models.AbstractModel):
    """Whether data agrees: master data with other systems, messages with what became of them (M-10, M-11)."""

    _name = "finance.metric.source.data"
    _description = "Metrics: Data"
    _inherit = ["finance.metric.source"]

    @api.model
    def _metrics(self):
        return (
            Metric(
                name="finance_master_mismatches",
                kind=GAUGE,
                title=self.env._("Master data that differs"),
                audience=BOTH,
                labels=("connection", "domain", "finding"),
            ),
            Metric(
                name="finance_completeness",
                kind=GAUGE,
                title=self.env._("Messages of a week: received and what became of them"),
                audience=BOTH,
                labels=("connection", "flow", "stage"),
            ),
        )

    @api.model
    def _now(self):
        mismatches = SQL(
            """
            SELECT 'finance_master_mismatches' AS name, company_id,
                   jsonb_build_object('connection', connection_id::text, 'domain', domain, 'finding', kind) AS labels,
                   count(*)::float8 AS value
              FROM finance_master_drift WHERE state = 'open' GROUP BY 2, 3
            """
        )
        # checkpoints are taken by a scheduled action: what was counted for a day stays counted
        completeness = SQL(
            """
            SELECT 'finance_completeness' AS name, c.company_id,
                   jsonb_build_object('connection', c.connection_id::text, 'flow', c.flow_id::text,
                                      'stage', s.stage) AS labels,
                   sum(s.count)::float8 AS value
              FROM finance_checkpoint c,
                   LATERAL (VALUES ('received', c.received), ('done', c.done), ('ignored', c.ignored),
                                   ('attention', c.held + c.dead), ('open', c.open), ('missing', c.difference)
                           ) AS s (stage, count)
             WHERE c.day > (now() AT TIME ZONE 'UTC')::date - %s AND s.count <> 0
             GROUP BY 2, 3
            """,
            WEEK,
        )
        return [(("finance_master_mismatches",), mismatches), (("finance_completeness",), completeness)]
