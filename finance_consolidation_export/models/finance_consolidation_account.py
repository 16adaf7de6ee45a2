from odoo import api, fields, models

from ..balances.translation import AVERAGE, CLOSING, HISTORICAL

#: what its balances are translated at unless the chart says otherwise
RATE_OF_KIND = {
    "asset": CLOSING,
    "liability": CLOSING,
    "equity": HISTORICAL,
    "income": AVERAGE,
    "expense": AVERAGE,
    "off_balance": CLOSING,
}


class FinanceConsolidationAccount(models.Model):
    """One account of the group."""

    _name = "finance.consolidation.account"
    _description = "Group Account"
    _order = "chart_id, code, id"
    _rec_names_search = ["code", "name"]

    chart_id = fields.Many2one(
        "finance.consolidation.chart", string="Group chart", required=True, ondelete="cascade", index=True
    )
    code = fields.Char(required=True)
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("asset", "Assets"),
            ("liability", "Liabilities"),
            ("equity", "Equity"),
            ("income", "Income"),
            ("expense", "Expenses"),
            ("off_balance", "Off balance"),
        ],
        required=True,
        default="asset",
    )
    rate_type = fields.Selection(
        [(CLOSING, "Closing rate"), (AVERAGE, "Average rate"), (HISTORICAL, "Historical rate")],
        string="Translated at",
        compute="_compute_rate_type",
        precompute=True,
        store=True,
        readonly=False,
        required=True,
        help="Equity at the historical rate needs a rate for the company, under Rates.",
    )
    is_intercompany = fields.Boolean(
        string="Intercompany", help="Every balance on it must name the company of the group it is with."
    )

    _code_unique = models.UniqueIndex("(chart_id, code)", "The chart has an account of this code already.")

    @api.depends("kind")
    def _compute_rate_type(self):
        for account in self:
            account.rate_type = RATE_OF_KIND.get(account.kind, CLOSING)

    @api.depends("code", "name")
    def _compute_display_name(self):
        for account in self:
            account.display_name = f"{account.code or ''} {account.name or ''}".strip()
