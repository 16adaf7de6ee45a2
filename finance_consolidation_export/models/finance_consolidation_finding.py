from odoo import fields, models


class FinanceConsolidationFinding(models.Model):
    """What a package was found to lack, or what its reader should know."""

    _name = "finance.consolidation.finding"
    _description = "Finding about a Package"
    _log_access = False
    _order = "package_id, severity, code, id"
    _allow_sudo_commands = False
    _rec_name = "text"

    package_id = fields.Many2one(
        "finance.consolidation.package", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    severity = fields.Selection([("blocking", "Blocks"), ("warning", "To know")], required=True, readonly=True)
    code = fields.Selection(
        [
            ("unmapped", "Account without group account"),
            ("no_partner", "Intercompany balance without company"),
            ("unbalanced", "Not zero"),
            ("cut_differs", "A cut differs from the balances"),
            ("no_rate", "Rate missing"),
            ("no_result_account", "No account for results of earlier years"),
            ("no_difference_account", "No account for the translation difference"),
            ("division", "Percentages do not come to 100"),
            ("no_mapping", "No approved mapping"),
            ("drafts", "Draft entries"),
            ("open_period", "Period not locked"),
            ("unknown_account", "Group account not known"),
            ("unknown_company", "Company of the group not known"),
            ("currency_differs", "Other currencies than expected"),
            ("cut_missing", "Not as the scenario asks"),
        ],
        required=True,
        readonly=True,
    )
    account_id = fields.Many2one("account.account", readonly=True, ondelete="set null")
    currency_id = fields.Many2one(related="package_id.currency_id")
    amount = fields.Monetary(readonly=True)
    text = fields.Char(string="What to do", required=True, readonly=True)

    def action_view_account(self):
        """Open the balances of the account in the package."""
        self.ensure_one()
        self.check_access("read")
        return self.package_id._action_rows(self.account_id.display_name, [("account_id", "=", self.account_id.id)])
