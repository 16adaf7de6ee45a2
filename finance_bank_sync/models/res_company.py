from odoo import models

from odoo.addons.account.models.company import LOCK_DATE_FIELDS


class ResCompany(models.Model):
    _inherit = "res.company"

    def _finance_period_key(self):
        """Waiting key of what was held because a period of this company is closed."""
        self.ensure_one()
        return f"period:{self.id}"

    def _finance_resume_period(self):
        """What waited for an open period goes on; a lock of a company holds in its branches too."""
        # sudo: whoever opens a period need not see all branches
        branches = self.sudo().with_context(active_test=False).search([("id", "child_of", self.ids)])
        self.env["finance.message"]._resume_waiting(*(company._finance_period_key() for company in branches))

    def write(self, vals):
        result = super().write(vals)
        if set(LOCK_DATE_FIELDS) & vals.keys():
            self._finance_resume_period()
        return result
