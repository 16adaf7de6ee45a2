from odoo import api, models


class FinanceException(models.Model):
    _inherit = "finance.exception"

    @api.model
    def _raise_for(self, message, **facts):
        """EXTENDS finance_connector_base: a statement whose message needs a person shows it."""
        exception = super()._raise_for(message, **facts)
        message._bank_statement().filtered(lambda s: s.state == "staged").write({"state": "held"})
        return exception
