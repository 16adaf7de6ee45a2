from odoo import api, fields, models

from ..payments import profile


class FinancePaymentRoute(models.Model):
    """Which own account, format and channel a payment takes; the first that fits and is available (K-25)."""

    _name = "finance.payment.route"
    _description = "Payment Route"
    _order = "sequence, id"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    direction = fields.Selection([("transfer", "We pay"), ("debit", "We collect")], default="transfer", required=True)
    currency_id = fields.Many2one("res.currency", help="Empty: all.")
    country_ids = fields.Many2many("res.country", string="Country of the payee's bank", help="Empty: all.")
    urgency = fields.Selection([("normal", "Normal"), ("urgent", "Urgent"), ("instant", "Instant")], help="Empty: all.")
    amount_from = fields.Monetary(string="From")
    amount_to = fields.Monetary(string="Up to", help="Nothing: no limit.")
    journal_id = fields.Many2one(
        "account.journal",
        string="Own account",
        required=True,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        check_company=True,
    )
    profile = fields.Selection(selection="_selection_profile", required=True, default="sepa_sct")
    version = fields.Char(string="Version of the message", help="Empty: the one that the bank prefers.")
    flow_id = fields.Many2one(
        "finance.flow", string="Leaves by", check_company=True, help="Empty: handed to the bank by a person."
    )

    @api.model
    def _selection_profile(self):
        return [(code, one.name) for code, one in profile.profiles().items()]
