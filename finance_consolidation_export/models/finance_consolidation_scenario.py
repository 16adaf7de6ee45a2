from odoo import api, fields, models


class FinanceConsolidationScenario(models.Model):
    """What is reported to whom: which chart, in which currency, cut how, by which companies (C-01, C-18)."""

    _name = "finance.consolidation.scenario"
    _description = "Scenario of Group Reporting"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(required=True, tracking=True, help="E.g. ACTUAL: part of the name of every package.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    chart_id = fields.Many2one(
        "finance.consolidation.chart", string="Group chart", required=True, ondelete="restrict", tracking=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        string="Group currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        tracking=True,
    )
    difference_account_id = fields.Many2one(
        "finance.consolidation.account",
        string="Translation difference",
        domain="[('chart_id', '=', chart_id)]",
        ondelete="restrict",
        tracking=True,
        help="Where the difference goes that translating at several rates makes. Needed where a company keeps "
        "its books in "
        "another currency.",
    )
    entity_ids = fields.Many2many(
        "finance.consolidation.entity",
        "finance_consolidation_scenario_entity_rel",
        string="Companies",
        help="Who has to deliver.",
    )
    cut_ids = fields.One2many("finance.consolidation.cut", "scenario_id", string="Cuts", copy=True)
    pair_ids = fields.One2many("finance.consolidation.pair", "scenario_id", string="Intercompany pairs", copy=True)
    package_count = fields.Integer(compute="_compute_package_count", string="Packages")

    _code_unique = models.UniqueIndex("(code)", "There is a scenario of this code already.")

    @api.model_create_multi
    def create(self, vals_list):
        scenarios = super().create(vals_list)
        for scenario in scenarios.filtered(lambda scenario: not scenario.cut_ids):
            scenario.cut_ids = [
                fields.Command.create({"name": self.env._("Balances by account"), "code": "balance", "sequence": 1})
            ]
        return scenarios

    def _compute_package_count(self):
        counts = dict(
            self.env["finance.consolidation.package"]._read_group(
                [("scenario_id", "in", self.ids)], ["scenario_id"], ["__count"]
            )
        )
        for scenario in self:
            scenario.package_count = counts.get(scenario, 0)

    def action_view_packages(self):
        """Open the packages of the scenario."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_consolidation_export.finance_consolidation_package_action"
        )
        return {
            **action,
            "domain": [("scenario_id", "=", self.id)],
            "context": {"default_scenario_id": self.id},
        }
