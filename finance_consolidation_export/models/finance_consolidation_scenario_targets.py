from odoo import fields, models


class FinanceConsolidationScenario(models.Model):
    _inherit = "finance.consolidation.scenario"

    target_ids = fields.One2many("finance.consolidation.target", "scenario_id", string="Targets")
