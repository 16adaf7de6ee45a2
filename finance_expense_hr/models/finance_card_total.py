from odoo import api, models
from odoo.tools import SQL

from .finance_card_claim import CLAIMING


class FinanceCardTotal(models.Model):
    _inherit = "finance.card.total"
    _depends = {
        "finance.card.claim": ["hr_expense_id"],
        "hr.expense": ["state", "account_move_id"],
    }

    @api.model
    def _claimed(self):
        """EXTENDS: expenses entered in Odoo."""
        return SQL(
            """
            %s
            UNION ALL
            SELECT m.transaction_id, CASE WHEN v.state = 'posted' THEN m.amount ELSE 0 END,
                   CASE WHEN v.state = 'posted' THEN 0 ELSE m.amount END
              FROM finance_card_claim m
              JOIN hr_expense e ON e.id = m.hr_expense_id
              LEFT JOIN account_move v ON v.id = e.account_move_id
             WHERE m.state = 'confirmed' AND e.state IN %s
            """,
            super()._claimed(),
            CLAIMING,
        )
