from odoo import fields, models


class FinancePaymentUnknownWizard(models.TransientModel):
    """Asks one person what became of an order that nobody knows about."""

    _name = "finance.payment.unknown.wizard"
    _description = "What Became of a Payment Order"

    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True)
    unknown_since = fields.Datetime(related="order_id.unknown_since")
    inquiry_count = fields.Integer(related="order_id.inquiry_count")
    attention = fields.Char(related="order_id.attention", string="What happened")
    decision_waits = fields.Char(related="order_id.decision_waits")
    decision = fields.Selection(
        [("executed", "The bank has executed it, or will"), ("not_executed", "The bank does not have it")],
        required=True,
    )
    reason = fields.Text(required=True, string="How you know")

    def action_confirm(self):
        """Say it; the order checks role and person itself."""
        self.ensure_one()
        # the identity check gives back an action, and runs this again after it
        told = self.order_id._decide_unknown_verified(self.decision, self.reason)
        return told if isinstance(told, dict) else {"type": "ir.actions.act_window_close"}
