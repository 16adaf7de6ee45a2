from odoo import api, models


class FinanceCopySafety(models.AbstractModel):
    _inherit = "finance.copy.safety"

    @api.model
    def _trusted_modules(self):
        # EXTENDS: nothing of it follows from entries
        return super()._trusted_modules() | {"finance_expense_hr"}
