from odoo import api, models


class FinanceCloseCheckBankLines(models.AbstractModel):
    """Lines of bank statements until the end of the period that nobody has matched."""

    _name = "finance.close.check.bank.lines"
    _description = "Check: Bank lines without counterpart"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Bank lines without counterpart")

    @api.model
    def _examine(self, task):
        domain = [
            ("company_id", "in", self._companies(task).ids),
            ("is_reconciled", "=", False),
            ("date", "<=", str(task.date_to)),
        ]
        return self._records(
            task,
            "account.bank.statement.line",
            domain,
            self.env._("Bank lines without counterpart: %s. Match them."),
            self.env._("Every bank line has its counterpart."),
        )
