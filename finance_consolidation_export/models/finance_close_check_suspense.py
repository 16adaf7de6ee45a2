from odoo import api, models

from ..closing.finding import Finding


class FinanceCloseCheckSuspense(models.AbstractModel):
    """Suspense and transfer accounts that do not come to zero at the end of the period."""

    _name = "finance.close.check.suspense"
    _description = "Check: Balances on suspense accounts"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Balances on suspense accounts")

    @api.model
    def _examine(self, task):
        companies = self._companies(task)
        accounts = self._accounts(task, companies) or (
            companies.account_journal_suspense_account_id | companies.transfer_account_id
        )
        sums = self.env["account.move.line"]._read_group(
            [
                ("company_id", "in", companies.ids),
                ("account_id", "in", accounts.ids),
                ("parent_state", "=", "posted"),
                ("date", "<=", task.date_to),
            ],
            ["account_id", "company_id"],
            ["balance:sum"],
        )
        left = self.env["account.account"]
        for account, company, balance in sums:
            if abs(balance) > max(task.tolerance, company.currency_id.rounding / 2):
                left |= account
        if not left:
            return Finding(passed=True, text=self.env._("The suspense accounts come to zero."))
        return Finding(
            passed=False,
            count=len(left),
            text=self.env._(
                "Suspense accounts have a balance: %s. Say where it belongs.",
                ", ".join(filter(None, (account.code or account.name for account in left))),
            ),
            model="account.move.line",
            domain=[
                ("company_id", "in", companies.ids),
                ("account_id", "in", left.ids),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("date", "<=", str(task.date_to)),
            ],
        )
