from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..matching.tokens import normalise
from ..matching.virtual import MIN_LENGTH


class FinanceBankVirtualAccount(models.Model):
    """A number that one customer pays to: whatever arrives for it is that customer's, without any text.

    The bank collects the money on a real account and tells the virtual number in the details.
    """

    _name = "finance.bank.virtual.account"
    _description = "Virtual Account"
    _inherit = ["mail.thread"]
    _order = "number, valid_from desc"
    _rec_name = "number"
    _check_company_auto = True

    number = fields.Char(string="Virtual account number", required=True, tracking=True)
    sanitized = fields.Char(compute="_compute_sanitized", store=True, readonly=True)
    partner_id = fields.Many2one("res.partner", required=True, tracking=True, check_company=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Collected on",
        check_company=True,
        tracking=True,
        domain="[('type', '=', 'bank')]",
        help="Empty: any bank account of the company.",
    )
    valid_from = fields.Date(tracking=True, help="Of the booking. Empty: always.")
    valid_to = fields.Date(tracking=True, help="Of the booking, the last day. Empty: still.")
    active = fields.Boolean(default=True, tracking=True)

    _lookup = models.Index("(company_id, sanitized) WHERE active")
    _period = models.Constraint("CHECK (valid_from <= valid_to)", "A virtual account ends after it begins.")

    @api.depends("number")
    def _compute_sanitized(self):
        for account in self:
            account.sanitized = normalise(account.number or "")

    @api.constrains("sanitized", "company_id", "valid_from", "valid_to", "active")
    def _check_one_owner(self):
        """One number is one customer's on one day: who used it before ends first."""
        for account in self.filtered("active"):
            if len(account.sanitized) < MIN_LENGTH or not any(c.isdigit() for c in account.sanitized):
                raise ValidationError(
                    self.env._(
                        "%(number)s is too short: a virtual account has %(length)s characters or more, with digits.",
                        number=account.number,
                        length=MIN_LENGTH,
                    )
                )
            others = self.search(
                [
                    ("company_id", "=", account.company_id.id),
                    ("sanitized", "=", account.sanitized),
                    ("id", "!=", account.id),
                ]
            )
            for other in others:
                starts = not other.valid_to or not account.valid_from or account.valid_from <= other.valid_to
                ends = not account.valid_to or not other.valid_from or other.valid_from <= account.valid_to
                if starts and ends:
                    raise ValidationError(
                        self.env._(
                            "%(number)s belongs to %(partner)s in this time. End that first.",
                            number=account.number,
                            partner=other.partner_id.display_name,
                        )
                    )

    @api.model
    def _known(self, company, numbers):
        """:return: dict number -> list of (journal id or None, from, to, id of the commercial partner)"""
        found = {}
        if numbers:
            # sudo: looked up by the engine for one company
            accounts = self.sudo().search([("company_id", "=", company.id), ("sanitized", "in", sorted(numbers))])
            for account in accounts:
                found.setdefault(account.sanitized, []).append(
                    (
                        account.journal_id.id or None,
                        account.valid_from or None,
                        account.valid_to or None,
                        account.partner_id.commercial_partner_id.id,
                    )
                )
        return found
