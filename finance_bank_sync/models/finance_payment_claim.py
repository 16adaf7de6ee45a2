from odoo import fields, models


class FinancePaymentItem(models.Model):
    """An open item is paid by one payment at a time, whoever asks first, also when two ask together (K-10)."""

    _inherit = "finance.payment.item"

    claims = fields.Boolean(
        default=True,
        readonly=True,
        copy=False,
        help="No other payment may pay the item: until it is paid in the ledger, or this payment failed.",
    )

    _claimed_once = models.UniqueIndex(
        "(move_line_id) WHERE claims",
        "This open item is in another payment already. Take it out there, or pay it again by Pay Bills with a reason.",
    )
