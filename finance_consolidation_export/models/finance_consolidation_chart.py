from odoo import api, fields, models


class FinanceConsolidationChart(models.Model):
    """The chart of accounts of a group; the companies keep their own (C-04)."""

    _name = "finance.consolidation.chart"
    _description = "Group Chart of Accounts"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    note = fields.Text()
    account_ids = fields.One2many("finance.consolidation.account", "chart_id", string="Accounts")
    account_count = fields.Integer(compute="_compute_account_count", string="Number of accounts")

    @api.depends("account_ids")
    def _compute_account_count(self):
        counts = dict(
            self.env["finance.consolidation.account"]._read_group(
                [("chart_id", "in", self.ids)], ["chart_id"], ["__count"]
            )
        )
        for chart in self:
            chart.account_count = counts.get(chart, 0)

    def action_view_accounts(self):
        """Open the accounts of the chart."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_consolidation_export.finance_consolidation_account_action"
        )
        return {
            **action,
            "domain": [("chart_id", "=", self.id)],
            "context": {"default_chart_id": self.id},
        }
