from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: a part of a bank transaction code: letters, digits and the marks that stand in one
CODE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-/"


class FinanceBankFeeTerm(models.Model):
    """What a bank account may cost by agreement; the report of fees holds it against what was taken (K-18)."""

    _name = "finance.bank.fee.term"
    _description = "Agreed Bank Fee"
    _inherit = ["mail.thread"]
    _order = "journal_id, name, valid_from desc, id"
    _check_company_auto = True

    name = fields.Char(string="For", required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank account",
        required=True,
        check_company=True,
        index=True,
        tracking=True,
        domain="[('type', 'in', ('bank', 'credit'))]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    per = fields.Selection(
        [("booking", "Each booking"), ("month", "Each month")], default="booking", required=True, tracking=True
    )
    direction = fields.Selection(
        [("in", "Money in"), ("out", "Money out")], help="Empty: both.", tracking=True
    )  # fmt: skip
    code = fields.Char(
        string="Bank transaction code begins with",
        tracking=True,
        help="For example PMNT-RCDT. Empty: every booking but those of fees themselves.",
    )
    amount = fields.Monetary(string="Fixed amount", tracking=True)
    percent = fields.Float(string="Part of the amount (%)", digits=(16, 4), tracking=True)
    valid_from = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    valid_to = fields.Date(tracking=True, help="The last day. Empty: still.")

    _period = models.Constraint("CHECK (valid_from <= valid_to)", "An agreed fee ends after it begins.")
    _signs = models.Constraint(
        "CHECK (COALESCE(amount, 0) >= 0 AND COALESCE(percent, 0) >= 0)", "An agreed fee is not negative."
    )

    @api.depends("journal_id")
    def _compute_currency_id(self):
        for term in self:
            term.currency_id = term.journal_id.currency_id or term.company_id.currency_id

    @api.constrains("amount", "percent", "per", "code")
    def _check_something(self):
        for term in self:
            if not term.amount and not (term.per == "booking" and term.percent):
                raise ValidationError(
                    self.env._("Tell what %s costs: a fixed amount, or a part of each booking.", term.name)
                )
            if any(sign not in CODE for sign in term.code or ""):
                raise ValidationError(self.env._("%s is no bank transaction code.", term.code))
