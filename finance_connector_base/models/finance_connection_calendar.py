from odoo import fields, models


class FinanceConnection(models.Model):
    """Opening times of the other system."""

    _inherit = "finance.connection"

    calendar_id = fields.Many2one(
        "finance.calendar",
        string="Opening times",
        ondelete="restrict",
        index="btree_not_null",
        help="When the other system takes something. Empty: always.",
    )

    def write(self, vals):
        if "calendar_id" not in vals:
            return super().write(vals)
        with self.flow_ids._rescheduling():
            return super().write(vals)
