from odoo import api, fields, models


class FinanceDutyConflict(models.Model):
    """Two duties that one person should not have at once."""

    _name = "finance.duty.conflict"
    _description = "Conflict of Duties"
    _order = "sequence, id"

    name = fields.Char(compute="_compute_name")
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    one_id = fields.Many2one("finance.duty", string="One duty", required=True, ondelete="restrict", index=True)
    other_id = fields.Many2one("finance.duty", string="Other duty", required=True, ondelete="restrict", index=True)
    risk = fields.Text(required=True, translate=True, help="What one person could do who has both.")
    control = fields.Selection(
        [("record", "The suite refuses one person on the same record"), ("none", "Nothing else keeps them apart")],
        required=True,
        default="none",
        string="What keeps them apart",
    )
    is_here = fields.Boolean(compute="_compute_is_here", string="Possible here")

    _code_once = models.UniqueIndex("(code)", "There is a conflict with this code already.")
    _two_duties = models.Constraint("CHECK (one_id <> other_id)", "A conflict needs two duties.")

    @api.depends("one_id.name", "other_id.name")
    def _compute_name(self):
        for conflict in self:
            conflict.name = self.env._("%(one)s / %(other)s", one=conflict.one_id.name, other=conflict.other_id.name)

    @api.depends("one_id", "other_id")
    def _compute_is_here(self):
        for conflict in self:
            conflict.is_here = conflict.one_id.is_here and conflict.other_id.is_here
