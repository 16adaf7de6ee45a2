from odoo import fields, models
from odoo.tools import SQL


class FinanceExpenseTotal(models.Model):
    """What the platform has approved in a month, and where it is: on the ledger, in the inbox, or named why not.

    The ledger is read from the entries: one that somebody has cancelled or put back to draft is a difference.
    """

    _name = "finance.expense.total"
    _description = "Expenses by Month"
    _auto = False
    _order = "month desc, connection_id, company_id, currency_id"
    _rec_name = "month"
    _depends = {
        "finance.expense.report": ["state", "total", "approved_at", "connection_id", "company_id", "currency_id"],
        "finance.expense.posting": ["report_id", "move_id", "amount"],
        "finance.expense.line": ["report_id", "is_personal", "payment", "amount"],
        "account.move": ["state"],
    }

    month = fields.Date(readonly=True)
    connection_id = fields.Many2one("finance.connection", string="Platform", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    report_count = fields.Integer(string="Reports", readonly=True)
    platform_total = fields.Monetary(string="Approved", readonly=True, aggregator=None)
    ledger_total = fields.Monetary(string="On the ledger", readonly=True, aggregator=None)
    exception_total = fields.Monetary(string="Needs attention", readonly=True, aggregator=None)
    waiting_total = fields.Monetary(string="Waits for its period", readonly=True, aggregator=None)
    returned_total = fields.Monetary(
        string="Returned or given up", readonly=True, aggregator=None, help="By a person, with a reason."
    )
    private_total = fields.Monetary(
        string="Private", readonly=True, aggregator=None, help="Paid by employees themselves: nobody owes anything."
    )
    difference = fields.Monetary(readonly=True, aggregator=None)
    proof = fields.Selection([("proved", "Proved"), ("difference", "Difference")], readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT t.*, platform_total - ledger_total - exception_total - waiting_total - returned_total - private_total
                   AS difference,
                   CASE WHEN platform_total = ledger_total + exception_total + waiting_total + returned_total
                                              + private_total
                        THEN 'proved' ELSE 'difference' END AS proof
              FROM (SELECT min(r.id) AS id, date_trunc('month', COALESCE(r.approved_at, r.create_date))::date AS month,
                           r.connection_id, r.company_id, r.currency_id, count(*) AS report_count,
                           sum(r.total) AS platform_total,
                           sum(CASE WHEN r.state IN ('posted', 'paid') THEN COALESCE(p.amount, 0) ELSE 0 END)
                               AS ledger_total,
                           sum(CASE WHEN r.state = 'exception' THEN r.total ELSE 0 END) AS exception_total,
                           sum(CASE WHEN r.state IN ('waiting', 'received') THEN r.total ELSE 0 END) AS waiting_total,
                           sum(CASE WHEN r.state IN ('returned', 'dropped') THEN r.total ELSE 0 END)
                               AS returned_total,
                           sum(CASE WHEN r.state IN ('posted', 'paid') THEN COALESCE(l.amount, 0) ELSE 0 END)
                               AS private_total
                      FROM finance_expense_report r
                      LEFT JOIN LATERAL (
                           SELECT sum(g.amount) AS amount
                             FROM finance_expense_posting g JOIN account_move m ON m.id = g.move_id
                            WHERE g.report_id = r.id AND m.state = 'posted') p ON TRUE
                      LEFT JOIN LATERAL (
                           SELECT sum(e.amount) AS amount FROM finance_expense_line e
                            WHERE e.report_id = r.id AND e.is_personal AND e.payment IN ('own', 'personal_card')) l
                           ON TRUE
                     WHERE r.platform_state IN ('approved', 'paid') AND NOT COALESCE(r.is_test, FALSE)
                     GROUP BY 2, 3, 4, 5) t
            """
        )

    def action_view_reports(self):
        """Show the reports of the month."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": f"{self.connection_id.name}, {self.month:%Y-%m}",
            "res_model": "finance.expense.report",
            "view_mode": "list,form",
            "domain": [
                ("connection_id", "=", self.connection_id.id),
                ("company_id", "=", self.company_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("platform_state", "in", ["approved", "paid"]),
            ],
            "context": {"search_default_month": str(self.month)},
        }
