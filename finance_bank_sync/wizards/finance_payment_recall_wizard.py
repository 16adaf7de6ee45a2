from odoo import fields, models

from ..models.finance_payment_recall import REASONS


class FinancePaymentRecallWizard(models.TransientModel):
    """Asks why the bank shall cancel an order."""

    _name = "finance.payment.recall.wizard"
    _description = "Request to Cancel a Payment Order"

    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True)
    code = fields.Selection(REASONS, string="Reason", required=True, default="CUST")
    text = fields.Char(size=105, help="The bank reads this.")

    def action_confirm(self):
        """Ask the bank; the order checks role and person itself."""
        self.ensure_one()
        # the identity check gives back an action, and runs this again after it
        told = self.order_id._recall_verified(self.code, self.text)
        return told or {"type": "ir.actions.act_window_close"}
