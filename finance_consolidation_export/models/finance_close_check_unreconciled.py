from datetime import timedelta

from odoo import api, models


class FinanceCloseCheckUnreconciled(models.AbstractModel):
    """Items of accounts that are reconciled, still open and older than so many days."""

    _name = "finance.close.check.unreconciled"
    _description = "Check: Open items"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Open items")

    @api.model
    def _examine(self, task):
        companies = self._companies(task)
        until = task.date_to - timedelta(days=task.min_days)
        domain = [
            ("company_id", "in", companies.ids),
            ("account_id.reconcile", "=", True),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("date", "<=", str(until)),
        ]
        if task.account_codes:
            domain.append(("account_id", "in", self._accounts(task, companies).ids))
        return self._records(
            task,
            "account.move.line",
            domain,
            self.env._("Items that are not reconciled: %s. Reconcile them, or say in the task why they stay open."),
            self.env._("Every item of the time is reconciled."),
        )
