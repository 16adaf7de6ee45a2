from datetime import date

from odoo import api, models

from ..closing.finding import Finding


class FinanceCloseCheckLocks(models.AbstractModel):
    """The period is not locked (C-06)."""

    _name = "finance.close.check.locks"
    _description = "Check: Lock dates"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Lock dates")

    @api.model
    def _examine(self, task):
        open_companies = self._companies(task).filtered(
            lambda company: (
                max(filter(None, (company.fiscalyear_lock_date, company.hard_lock_date)), default=date.min)
                < task.date_to
            )
        )
        if not open_companies:
            return Finding(passed=True, text=self.env._("The period is locked."))
        return Finding(
            passed=False,
            count=len(open_companies),
            text=self.env._(
                "Entries can still be posted until %(day)s. Lock the period under Lock Dates (%(companies)s).",
                day=task.date_to,
                companies=", ".join(open_companies.mapped("name")),
            ),
        )
