from odoo import api, models


class AccountLockException(models.Model):
    _inherit = "account.lock_exception"

    @api.model_create_multi
    def create(self, vals_list):
        """EXTENDS account: an exception opens a period, what waited for it tries again."""
        exceptions = super().create(vals_list)
        exceptions.company_id._finance_resume_period()
        return exceptions
