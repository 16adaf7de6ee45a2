from odoo import api, models
from odoo.tools import SQL

from ..metrics.metric import FINANCE, GAUGE, Metric

#: what became of a payment, in the words of a dashboard
RESULT = SQL(
    "CASE WHEN o.state = 'unknown' OR l.state = 'unclear' THEN 'unknown'"
    " WHEN l.state IN ('rejected', 'returned') OR o.state IN ('rejected', 'returned') THEN 'failed'"
    " WHEN l.state = 'settled' OR o.state = 'settled' THEN 'settled'"
    " WHEN o.state IN ('released', 'sending', 'sent', 'accepted') THEN 'in_flight' ELSE 'waiting' END"
)


class FinanceMetricSourcePayments(models.AbstractModel):
    """Payments by account: under way, failed and why, unknown, overdue, where that module is there (M-07, M-09).

    What is in confidential orders, such as salaries, is counted and its money is not told.
    """

    _name = "finance.metric.source.payments"
    _description = "Metrics: Payments"
    _inherit = ["finance.metric.source"]

    @api.model
    def _is_there(self):
        return "finance.payment.order" in self.env

    @api.model
    def _metrics(self):
        return (
            Metric(
                name="finance_payments",
                kind=GAUGE,
                title=self.env._("Payments of 30 days"),
                audience=FINANCE,
                labels=("journal", "result", "reason"),
            ),
            Metric(
                name="finance_payments_amount",
                kind=GAUGE,
                title=self.env._("Money in payments of 30 days"),
                audience=FINANCE,
                labels=("journal", "result", "currency"),
            ),
            Metric(
                name="finance_payments_delayed",
                kind=GAUGE,
                title=self.env._("Payments without a last word in time"),
                audience=FINANCE,
                labels=("journal", "late"),
            ),
            Metric(
                name="finance_payments_delayed_amount",
                kind=GAUGE,
                title=self.env._("Money in payments without a last word in time"),
                audience=FINANCE,
                labels=("journal", "currency"),
            ),
        )

    @api.model
    def _now(self):
        payments = SQL(
            """
            SELECT l.company_id, l.journal_id, cur.name AS currency, %s AS result, l.silent_since,
                   CASE WHEN l.is_confidential THEN 0 ELSE l.amount END AS amount,
                   -- the first of its codes, if it is one
                   substring(l.reasons FROM '[A-Z]{2}[0-9]{2}') AS reason
              FROM finance_payment_order o
              JOIN finance_payment_line l ON l.order_id = o.id
              JOIN res_currency cur ON cur.id = o.currency_id
             WHERE o.state NOT IN ('draft', 'cancelled') AND l.state NOT IN ('cancelled', 'recalled')
               AND (o.state NOT IN ('settled', 'rejected', 'returned')
                    OR o.sent_at >= now() AT TIME ZONE 'UTC' - interval '30 days'
                    OR o.released_at >= now() AT TIME ZONE 'UTC' - interval '30 days')
            """,
            RESULT,
        )
        silent = SQL("WHERE silent_since IS NOT NULL AND result IN ('in_flight', 'unknown')")
        count, total = SQL("count(*)::float8"), SQL("sum(amount)::float8")
        reason = SQL("'result', result, 'reason', CASE WHEN result = 'failed' THEN reason END")
        money = SQL("'currency', currency")
        return [
            (("finance_payments",), _by_journal("finance_payments", reason, count, payments)),
            (
                ("finance_payments_amount",),
                _by_journal("finance_payments_amount", SQL("'result', result, 'currency', currency"), total, payments),
            ),
            (
                ("finance_payments_delayed",),
                _by_journal("finance_payments_delayed", SQL("'late', 'yes'"), count, payments, silent),
            ),
            (
                ("finance_payments_delayed_amount",),
                _by_journal("finance_payments_delayed_amount", money, total, payments, silent),
            ),
        ]


def _by_journal(name, labels, value, payments, condition=None):
    return SQL(
        "SELECT %s AS name, company_id, jsonb_build_object('journal', journal_id::text, %s) AS labels, %s AS value"
        " FROM (%s) p %s GROUP BY 2, 3",
        name,
        labels,
        value,
        payments,
        condition or SQL(),
    )
