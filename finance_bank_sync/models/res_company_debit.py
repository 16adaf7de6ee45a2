from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..payments import mandates
from ..payments.identifiers import is_creditor_id


class ResCompany(models.Model):
    _inherit = "res.company"

    finance_creditor_identifier = fields.Char(
        string="Creditor identifier", help="Number of the creditor in SEPA direct debits, from the central bank."
    )
    finance_debit_notice_days = fields.Integer(
        string="Days of notice",
        default=mandates.NOTICE_DAYS,
        help="Calendar days between telling the debtor and collecting, where a mandate does not say otherwise.",
    )
    finance_debit_announced_by = fields.Selection(
        [("mail", "A mail of its own"), ("invoice", "The invoice that was sent")],
        string="Debtors are told by",
        required=True,
        default="mail",
        help="An invoice that says when and by which mandate it is collected is an announcement, too.",
    )
    finance_debit_needs_first = fields.Boolean(
        string="The first collection is FRST",
        default=True,
        help="Since November 2016 the first collection may be RCUR; take this away when your bank wants that.",
    )

    _debit_notice = models.Constraint(
        "CHECK (finance_debit_notice_days >= 1)", "A debtor is told at least a day before the collection."
    )

    @api.constrains("finance_creditor_identifier")
    def _check_creditor_identifier(self):
        for company in self.filtered("finance_creditor_identifier"):
            if not is_creditor_id(company.finance_creditor_identifier):
                raise ValidationError(
                    self.env._("The creditor identifier is wrong: its check digits do not fit. No blanks, please.")
                )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    finance_creditor_identifier = fields.Char(related="company_id.finance_creditor_identifier", readonly=False)
    finance_debit_notice_days = fields.Integer(related="company_id.finance_debit_notice_days", readonly=False)
    finance_debit_announced_by = fields.Selection(related="company_id.finance_debit_announced_by", readonly=False)
    finance_debit_needs_first = fields.Boolean(related="company_id.finance_debit_needs_first", readonly=False)
