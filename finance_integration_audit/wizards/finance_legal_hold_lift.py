from odoo import fields, models

from ..const import ADMIN, AUDITOR


class FinanceLegalHoldLift(models.TransientModel):
    """Asks why a legal hold is lifted."""

    _name = "finance.legal.hold.lift"
    _description = "Lift a Legal Hold"

    hold_id = fields.Many2one("finance.legal.hold", required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Lift it; another person than who placed it."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN, AUDITOR)
        self.hold_id._lift(self.reason)
        return {"type": "ir.actions.act_window_close"}
