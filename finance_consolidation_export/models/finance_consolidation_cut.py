from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import DIMENSIONS


class FinanceConsolidationCut(models.Model):
    """One way a package cuts the balances: by account, and by some dimensions as well (C-02).

    Every cut of a package has the same balances by account: what is in no member of a dimension is there without one.
    """

    _name = "finance.consolidation.cut"
    _description = "Cut of a Package"
    _order = "scenario_id, sequence, id"

    scenario_id = fields.Many2one("finance.consolidation.scenario", required=True, ondelete="cascade", index=True)
    name = fields.Char(required=True, translate=False)
    code = fields.Char(required=True, help="Part of the name of its file, e.g. balance or cost_centers.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    dimension_ids = fields.Many2many(
        "finance.consolidation.dimension",
        "finance_consolidation_cut_dimension_rel",
        string="By",
        help="Empty: by account and company of the group only. The conditions of the mapping add what they ask for.",
    )

    _code_unique = models.UniqueIndex("(scenario_id, code)", "The scenario has a cut of this code already.")

    @api.constrains("dimension_ids")
    def _check_dimensions(self):
        for cut in self:
            if len(cut.dimension_ids) > DIMENSIONS:
                raise ValidationError(
                    self.env._(
                        "A cut has at most %(number)s dimensions; %(cut)s has more.", number=DIMENSIONS, cut=cut.name
                    )
                )
