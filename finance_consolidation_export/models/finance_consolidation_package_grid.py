from odoo import api, fields, models

#: rows of the trial balance that the form has; all of them are under Balances
SHOWN = 1000


class FinanceConsolidationPackage(models.Model):
    """The trial balance on the form of a package: the balances by account, as they are in the package."""

    _inherit = "finance.consolidation.package"

    balance_ids = fields.Many2many("finance.consolidation.row", string="Trial balance", compute="_compute_balance_ids")

    @api.depends("built_at", "state")
    def _compute_balance_ids(self):
        rows = self.env["finance.consolidation.row"]
        for package in self:
            if not package.built_at or not package.id:
                package.balance_ids = rows
                continue
            domain = [("package_id", "in", package._chain()), ("cut_id", "=", package._base().id)]
            package.balance_ids = rows.search(domain, limit=SHOWN)
