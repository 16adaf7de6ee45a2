from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import FINANCE, GAUGE, Metric
from .finance_metric_source_exceptions import AGES


class FinanceMetricSourceBooks(models.AbstractModel):
    """Bank lines that are not reconciled, by journal and age (M-08)."""

    _name = "finance.metric.source.books"
    _description = "Metrics: Unreconciled Bank Lines"
    _inherit = ["finance.metric.source"]

    @api.model
    def _metrics(self):
        return (
            Metric(
                name="finance_unreconciled_lines",
                kind=GAUGE,
                title=self.env._("Bank lines that are not reconciled"),
                audience=FINANCE,
                labels=("journal", "age"),
            ),
            Metric(
                name="finance_unreconciled_amount",
                kind=GAUGE,
                title=self.env._("Money on bank lines that are not reconciled"),
                audience=FINANCE,
                labels=("journal", "age", "currency"),
            ),
        )

    @api.model
    def _now(self):
        # the condition is that of Odoo's partial index
        lines = SQL(
            """
            SELECT l.company_id, l.journal_id, cur.name AS currency, abs(l.amount) AS amount,
                   (now() AT TIME ZONE 'UTC')::date - m.date AS days
              FROM account_bank_statement_line l
              JOIN account_move m ON m.id = l.move_id
              JOIN account_journal j ON j.id = l.journal_id
              JOIN res_company c ON c.id = l.company_id
              JOIN res_currency cur ON cur.id = COALESCE(j.currency_id, c.currency_id)
             WHERE l.is_reconciled IS NOT TRUE AND m.state = 'posted'
            """
        )
        return [
            (
                ("finance_unreconciled_lines",),
                SQL(
                    "SELECT 'finance_unreconciled_lines' AS name, company_id, jsonb_build_object('journal',"
                    " journal_id::text, 'age', %s) AS labels, count(*)::float8 AS value FROM (%s) o GROUP BY 2, 3",
                    AGES,
                    lines,
                ),
            ),
            (
                ("finance_unreconciled_amount",),
                SQL(
                    "SELECT 'finance_unreconciled_amount' AS name, company_id, jsonb_build_object('journal',"
                    " journal_id::text, 'age', %s, 'currency', currency) AS labels, sum(amount)::float8 AS value"
                    " FROM (%s) o GROUP BY 2, 3",
                    AGES,
                    lines,
                ),
            ),
        ]
