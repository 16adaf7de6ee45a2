from odoo import api, models


class FinanceAlertConditionConsent(models.AbstractModel):
    """The yes of an account holder that ends soon (K-06): only that person, at the bank, can give it anew."""

    _name = "finance.alert.condition.consent"
    _description = "Alert: A bank consent ends"
    _inherit = ["finance.alert.condition.expiry"]
    _code = "consent"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("A bank consent ends soon")

    @api.model
    def _remedy(self):
        return self.env._("Ask the account holder to renew it at the connection; the old one works until then.")

    @api.model
    def _is_mine(self, credential):
        return credential.kind == "consent"
