from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ACCOUNTANT


class FinanceExpenseAccrualWizard(models.TransientModel):
    """Which month of which company is calculated; nothing is booked by it."""

    _name = "finance.expense.accrual.wizard"
    _description = "Accrual of a Month"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    date = fields.Date(
        string="Month", required=True, default=lambda self: self._last_month(), help="Any day of the month."
    )

    @api.model
    def _last_month(self):
        return fields.Date.context_today(self).replace(day=1) - relativedelta(days=1)

    def action_confirm(self):
        """Calculate the month, and show it."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ACCOUNTANT)
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose a company that you act for."))
        accrual = self.env["finance.expense.accrual"]._of(self.company_id, self.date + relativedelta(day=31))
        accrual._calculate()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Accrual"),
            "res_model": "finance.expense.accrual",
            "view_mode": "form",
            "res_id": accrual.id,
        }
