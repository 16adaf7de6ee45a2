from odoo import fields, models


class FinanceMandateEvent(models.Model):
    """What happened to a mandate. Rows are added, never changed, by nobody."""

    _name = "finance.mandate.event"
    _description = "History of a Mandate"
    _inherit = ["finance.append.only"]
    _order = "id desc"
    _rec_name = "kind"
    _allow_sudo_commands = False

    mandate_id = fields.Many2one("finance.mandate", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    kind = fields.Selection(
        [
            ("signed", "In force"),
            ("confirmed", "Confirmed by the debtor's bank"),
            ("amended", "Amended"),
            ("announced", "Announced"),
            ("collected", "Collected"),
            ("settled", "Money came in"),
            ("rejected", "Rejected by a bank"),
            ("refused", "Refused by the debtor"),
            ("returned", "Returned by the debtor's bank"),
            ("refunded", "Refund to the debtor"),
            ("reversed", "Given back by us"),
            ("withdrawn", "Not presented"),
            ("suspended", "Suspended"),
            ("resumed", "Resumed"),
            ("cancelled", "Cancelled"),
            ("expired", "Expired"),
        ],
        required=True,
        readonly=True,
    )
    at = fields.Datetime(string="When", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Who", readonly=True, ondelete="restrict")
    line_id = fields.Many2one(
        "finance.payment.line", string="Collection", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    due = fields.Date(readonly=True)
    sequence_type = fields.Char(string="Sequence type", readonly=True)
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    reason_code = fields.Char(string="Code", readonly=True)
    reason = fields.Char(readonly=True)
