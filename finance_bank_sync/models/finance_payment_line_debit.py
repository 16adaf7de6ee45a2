from odoo import fields, models


class FinancePaymentLine(models.Model):
    """What a collection has besides a payment: the mandate, its sequence, and that the debtor was told."""

    _inherit = "finance.payment.line"

    mandate_id = fields.Many2one(
        "finance.mandate",
        check_company=True,
        domain="[('commercial_partner_id', 'parent_of', partner_id), ('state', '=', 'active'),"
        " ('company_id', '=', company_id)]",
        ondelete="restrict",
        index="btree_not_null",
    )
    sequence_type = fields.Selection(
        [("FRST", "First"), ("RCUR", "Recurrent"), ("OOFF", "One collection"), ("FNAL", "Last")],
        string="Sequence type",
        readonly=True,
        copy=False,
        help="Out of the history of the mandate, when the order is proposed.",
    )
    announced_on = fields.Date(readonly=True, copy=False, help="When the debtor was told of amount and day.")
    # the mandate as the bank was told: to know what has to be told as changed with the next collection
    mandate_told = fields.Json(readonly=True, copy=False, groups="base.group_system")
