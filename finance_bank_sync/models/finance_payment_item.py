from odoo import fields, models


class FinancePaymentItem(models.Model):
    """A part of a payment: which open item it pays, and how much of it; negative for a credit note."""

    _name = "finance.payment.item"
    _description = "Item of a Payment"
    _order = "line_id, id"

    line_id = fields.Many2one("finance.payment.line", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    is_confidential = fields.Boolean(related="line_id.is_confidential", store=True)
    currency_id = fields.Many2one(related="line_id.currency_id")
    move_line_id = fields.Many2one(
        "account.move.line", string="Open item", required=True, ondelete="restrict", index=True
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Document", store=True, index=True)
    amount = fields.Monetary(required=True, help="Paid on this item, in the currency of the payment.")
    discount = fields.Monetary(help="Cash discount taken.")
    #: False once the payment failed or came back: the item may be paid again
    is_live = fields.Boolean(default=True, readonly=True, copy=False)
