from odoo import api, models

from ..closing.finding import Finding

#: states of a report in which somebody has to do something
WAITING = ("exception", "waiting")


class FinanceCloseCheckExpenses(models.AbstractModel):
    """Expense reports that were approved on a platform and are not booked, where that module is there."""

    _name = "finance.close.check.expenses"
    _description = "Check: Expense reports that wait"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Expense reports that wait")

    @api.model
    def _examine(self, task):
        # another module of the suite; the check does not need it
        if "finance.expense.report" not in self.env:
            return Finding(passed=True, text=self.env._("Expense reports come from no platform."))
        domain = [("company_id", "in", self._companies(task).ids), ("state", "in", list(WAITING))]
        return self._records(
            task,
            "finance.expense.report",
            domain,
            self.env._("Expense reports that wait: %s. Post or refuse them."),
            self.env._("No expense report waits."),
        )
