from odoo import models

LOCK_FIELDS = {
    "fiscalyear_lock_date",
    "tax_lock_date",
    "sale_lock_date",
    "purchase_lock_date",
    "hard_lock_date",
}


class ResCompany(models.Model):
    _inherit = "res.company"

    def _finance_period_key(self):
        """Waiting key of what was held because a period of this company is closed."""
        self.ensure_one()
        return f"period:{self.id}"

    def write(self, vals):
        result = super().write(vals)
        if LOCK_FIELDS & vals.keys():
            self.env["finance.message"]._resume_waiting(*(company._finance_period_key() for company in self))
        return result
