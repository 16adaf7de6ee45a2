from odoo import models


class FinanceMapping(models.Model):
    _inherit = "finance.mapping"

    def _activate(self):
        """EXTENDS finance_connector_base: a mapped account lets its statements go on."""
        result = super()._activate()
        if self.domain_id.code != "bank.account":
            return result
        # sudo: the steward may not see every connection the mapping is for
        mapping = self.sudo()
        companies = (
            mapping.connection_id.company_id or mapping.company_id or mapping.company_id.search([("active", "=", True)])
        )
        self.env["finance.message"]._resume_waiting(
            *(self.env["account.journal"]._finance_account_key(company.id, mapping.code) for company in companies)
        )
        return result
