from odoo import fields, models


class FinanceExpenseAllocation(models.Model):
    """A share of an expense that another project, cost centre or company bears."""

    _name = "finance.expense.allocation"
    _description = "Share of an Expense"
    _order = "line_id, id"
    _allow_sudo_commands = False

    line_id = fields.Many2one("finance.expense.line", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    bearer_id = fields.Many2one("res.company", string="Borne by", readonly=True)
    currency_id = fields.Many2one(related="line_id.currency_id")
    percentage = fields.Float(readonly=True, digits=(16, 6), aggregator=None)
    amount = fields.Monetary(readonly=True)
    dimensions = fields.Json(readonly=True)
    analytic_distribution = fields.Json(readonly=True)
    #: read by the widget that shows the shares
    analytic_precision = fields.Integer(compute="_compute_analytic_precision")

    def _compute_analytic_precision(self):
        self.analytic_precision = self.env["decimal.precision"].precision_get("Percentage Analytic")
