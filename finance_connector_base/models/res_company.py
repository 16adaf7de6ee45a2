from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    finance_credit_hold = fields.Boolean(
        string="Hold invoices over the limit",
        help="A customer invoice that exceeds the credit limit stays a draft until a credit controller releases it.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    finance_credit_hold = fields.Boolean(related="company_id.finance_credit_hold", readonly=False)

    def _inverse_account_default_credit_limit(self):
        """EXTENDS account: the limit of everybody without one of his own has changed."""
        result = super()._inverse_account_default_credit_limit()
        # sudo: every customer is concerned, whoever saves the settings
        exposures = self.env["finance.credit.exposure"].sudo()
        for setting in self:
            rows = exposures.search([("company_id", "=", setting.company_id.id)])
            self.env["finance.credit.change"]._mark({(row.company_id.id, row.partner_id.id) for row in rows})
        return result
