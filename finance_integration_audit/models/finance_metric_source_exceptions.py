from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import BOTH, COUNTER, GAUGE, Metric

#: age of what is open, in days; the names sort
AGES = SQL(
    "CASE WHEN days <= 1 THEN 'a_day' WHEN days <= 7 THEN 'b_week' WHEN days <= 30 THEN 'c_month'"
    " WHEN days <= 90 THEN 'd_quarter' ELSE 'e_older' END"
)


class FinanceMetricSourceExceptions(models.AbstractModel):
    """Exceptions: what waits for people, how long, whose it is; codes without mapping (M-04, M-12)."""

    _name = "finance.metric.source.exceptions"
    _description = "Metrics: Exceptions"
    _inherit = ["finance.metric.source"]

    @api.model
    def _metrics(self):
        return (
            Metric(
                name="finance_exceptions_open",
                kind=GAUGE,
                title=self.env._("Exceptions that are open"),
                audience=BOTH,
                labels=("connection", "flow", "error_class", "age", "owner"),
                private=("owner",),
            ),
            Metric(
                name="finance_exceptions_overdue",
                kind=GAUGE,
                title=self.env._("Exceptions past their time"),
                audience=BOTH,
                labels=("connection", "flow", "error_class"),
            ),
            Metric(
                name="finance_exceptions_amount",
                kind=GAUGE,
                title=self.env._("Money in exceptions"),
                audience="finance",
                labels=("connection", "currency", "age"),
            ),
            Metric(
                name="finance_mapping_failures",
                kind=COUNTER,
                title=self.env._("Messages held for want of a mapping"),
                audience=BOTH,
                labels=("connection", "flow", "domain"),
            ),
            Metric(
                name="finance_mappings_missing",
                kind=GAUGE,
                title=self.env._("Messages that wait for a mapping"),
                audience=BOTH,
                labels=("connection", "domain"),
            ),
        )

    @api.model
    def _events(self, since):
        return [
            (
                "finance_mapping_failures",
                SQL(
                    """
                    SELECT t.at, m.company_id,
                           jsonb_build_object('connection', m.connection_id::text, 'flow', m.flow_id::text,
                                              'domain', e.params->>'domain') AS labels,
                           1.0::float8 AS value, m.correlation_id AS exemplar
                      FROM finance_message_transition t
                      JOIN finance_message m ON m.id = t.message_id
                      LEFT JOIN LATERAL (SELECT x.params FROM finance_exception x
                                          WHERE x.message_id = m.id ORDER BY x.id DESC LIMIT 1) e ON TRUE
                     WHERE t.at >= %s AND t.after = 'held'
                       AND (t.note = 'mapping_missing' OR e.params ? 'unmapped')
                    """,
                    since,
                ),
            )
        ]

    @api.model
    def _now(self):
        return [(("finance_exceptions_open",), _OPEN), (("finance_exceptions_overdue",), _OVERDUE),
                (("finance_exceptions_amount",), _AMOUNT), (("finance_mappings_missing",), _MAPPINGS)]  # fmt: skip


_DAYS = SQL("extract(epoch FROM now() AT TIME ZONE 'UTC' - x.opened_at) / 86400 AS days")
_OPEN = SQL(
    """
    SELECT 'finance_exceptions_open' AS name, company_id,
           jsonb_build_object('connection', connection_id::text, 'flow', flow_id::text, 'error_class', error_class,
                              'owner', owner_id::text, 'age', %s) AS labels, count(*)::float8 AS value
      FROM (SELECT x.company_id, x.connection_id, x.flow_id, x.error_class, x.owner_id, %s
              FROM finance_exception x WHERE x.state = 'open') o
     GROUP BY 2, 3
    """,
    AGES,
    _DAYS,
)
_OVERDUE = SQL(
    """
    SELECT 'finance_exceptions_overdue' AS name, company_id,
           jsonb_build_object('connection', connection_id::text, 'flow', flow_id::text,
                              'error_class', error_class) AS labels, count(*)::float8 AS value
      FROM finance_exception WHERE state = 'open' AND due_at < now() AT TIME ZONE 'UTC' GROUP BY 2, 3
    """
)
_AMOUNT = SQL(
    """
    SELECT 'finance_exceptions_amount' AS name, company_id,
           jsonb_build_object('connection', connection_id::text, 'currency', currency, 'age', %s) AS labels,
           sum(abs(amount))::float8 AS value
      FROM (SELECT x.company_id, x.connection_id, left(x.params->>'currency', 3) AS currency, %s,
                   CASE WHEN x.params->>'amount' ~ '^-?[0-9]{1,15}([.][0-9]+)?$'
                        THEN (x.params->>'amount')::numeric END AS amount
              FROM finance_exception x
             WHERE x.state = 'open' AND x.params ? 'amount' AND x.params->>'currency' ~ '^[A-Z]{3}$') o
     WHERE amount IS NOT NULL GROUP BY 2, 3
    """,
    AGES,
    _DAYS,
)
_MAPPINGS = SQL(
    """
    SELECT 'finance_mappings_missing' AS name, company_id,
           jsonb_build_object('connection', connection_id::text, 'domain', params->>'domain') AS labels,
           count(*)::float8 AS value
      FROM finance_exception
     WHERE state = 'open' AND (reason_code = 'mapping_missing' OR params ? 'unmapped') GROUP BY 2, 3
    """
)
