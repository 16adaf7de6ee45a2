from odoo import models


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    def write(self, vals):
        """EXTENDS base: a corrected account number of a journal lets its statements go on."""
        result = super().write(vals)
        if "acc_number" in vals:
            # sudo: whoever may edit the account need not be allowed to see the journal
            journals = self.env["account.journal"].sudo().search([("bank_account_id", "in", self.ids)])
            journals._finance_resume_accounts()
        return result
