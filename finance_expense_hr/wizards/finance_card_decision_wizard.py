from odoo import fields, models


class FinanceCardDecisionWizard(models.TransientModel):
    _inherit = "finance.card.decision.wizard"

    hr_expense_id = fields.Many2one("hr.expense", string="Expense in Odoo")

    def action_confirm(self):
        """EXTENDS: an expense entered in Odoo may be the claim."""
        self.ensure_one()
        if self.operation != "claim" or not self.hr_expense_id:
            return super().action_confirm()
        cards = self.transaction_ids
        cards._check_decider()
        cards._claimed_by_expense(self.hr_expense_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
