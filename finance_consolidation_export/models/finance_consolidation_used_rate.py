from odoo import fields, models


class FinanceConsolidationUsedRate(models.Model):
    """A rate a package was translated at, with where it came from (C-11)."""

    _name = "finance.consolidation.used.rate"
    _description = "Rate Used in a Package"
    _log_access = False
    _order = "package_id, kind, id"
    _allow_sudo_commands = False

    package_id = fields.Many2one(
        "finance.consolidation.package", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(
        [("closing", "Closing"), ("average", "Average"), ("historical", "Historical")], required=True, readonly=True
    )
    group_account_id = fields.Many2one("finance.consolidation.account", readonly=True, ondelete="restrict")
    rate = fields.Float(digits=(16, 12), required=True, readonly=True)
    source = fields.Char(required=True, readonly=True)
    group_currency_id = fields.Many2one(related="package_id.group_currency_id")
    difference = fields.Monetary(
        string="Part of the difference",
        currency_field="group_currency_id",
        readonly=True,
        help="What translating at this rate instead of the closing rate makes of the translation difference.",
    )
