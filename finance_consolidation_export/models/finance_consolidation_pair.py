from odoo import fields, models


class FinanceConsolidationPair(models.Model):
    """Kinds of group accounts that come to zero between two companies: receivables and payables, revenue and cost."""

    _name = "finance.consolidation.pair"
    _description = "Intercompany Pair"
    _order = "scenario_id, sequence, id"

    scenario_id = fields.Many2one("finance.consolidation.scenario", required=True, ondelete="cascade", index=True)
    chart_id = fields.Many2one(related="scenario_id.chart_id")
    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    account_ids = fields.Many2many(
        "finance.consolidation.account",
        "finance_consolidation_pair_account_rel",
        string="Group accounts",
        domain="[('chart_id', '=', chart_id)]",
        required=True,
    )
    currency_id = fields.Many2one(related="scenario_id.currency_id")
    tolerance = fields.Monetary(help="How far from zero both sides together may be.")

    _tolerance_positive = models.Constraint("CHECK (tolerance >= 0)", "A tolerance is not negative.")
