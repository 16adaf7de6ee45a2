from odoo import api, models

from ..closing.finding import Finding


class FinanceCloseCheckUnmapped(models.AbstractModel):
    """Accounts with a balance that no rule of the mapping in force speaks of (C-04)."""

    _name = "finance.close.check.unmapped"
    _description = "Check: Accounts without group account"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Accounts without group account")

    @api.model
    def _examine(self, task):
        found = self.env["finance.close.unmapped"]._find(
            task.scenario_id, task.entity_id or task.close_id.template_id._entities(), task.date_to
        )
        if not found:
            return Finding(passed=True, text=self.env._("Every account with a balance has a group account."))
        return Finding(
            passed=False,
            count=len(found),
            text=self.env._("Accounts with a balance and no group account: %s. Add rules to the mapping.", len(found)),
            model="account.account",
            domain=[("id", "in", sorted({account for _entity, account, _balance in found}))],
        )
