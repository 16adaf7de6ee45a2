from odoo import api, fields, models


class FinanceConsolidationTargetParameter(models.Model):
    """One setting of a target; which there are is said by its platform."""

    _name = "finance.consolidation.target.parameter"
    _description = "Setting of a Target"
    _order = "target_id, sequence, id"

    target_id = fields.Many2one("finance.consolidation.target", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=100)
    name = fields.Char(required=True, readonly=True)
    value = fields.Char()
    about = fields.Char(compute="_compute_about", string="Meaning")
    is_needed = fields.Boolean(compute="_compute_about", string="Needed")
    is_open = fields.Boolean(
        compute="_compute_about",
        string="To be tried",
        help="The documentation of the platform leaves it open: try it with the platform before it counts.",
    )

    _name_once = models.UniqueIndex("(target_id, name)", "The target has this setting already.")

    @api.depends("name", "target_id.connection_id")
    def _compute_about(self):
        for target, rows in self.grouped("target_id").items():
            declared = target._declared() if target.connection_id else {}
            for row in rows:
                one = declared.get(row.name)
                row.about = one.about if one else ""
                row.is_needed = bool(one) and one.needed
                row.is_open = bool(one) and not one.verified
