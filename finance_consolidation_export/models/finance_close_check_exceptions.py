from odoo import api, models


class FinanceCloseCheckExceptions(models.AbstractModel):
    """Messages of the company that need a person: what they bring is not in the books yet."""

    _name = "finance.close.check.exceptions"
    _description = "Check: Exceptions of the integration"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Exceptions of the integration")

    @api.model
    def _examine(self, task):
        domain = [("company_id", "in", self._companies(task).ids), ("state", "=", "open")]
        return self._records(
            task,
            "finance.exception",
            domain,
            self.env._("Messages of the integration that need a person: %s. Solve them under Exceptions."),
            self.env._("No message of the integration needs a person."),
        )
