from odoo import fields, models

from ..const import OFFICER


class FinanceRiskOverrideWizard(models.TransientModel):
    """Asks why a document is released that the risk system does not release."""

    _name = "finance.risk.override.wizard"
    _description = "Release Nevertheless"

    hold_id = fields.Many2one("finance.risk.hold", required=True, readonly=True)
    first_id = fields.Many2one(related="hold_id.override_by_id", string="Proposed by")
    first_reason = fields.Text(related="hold_id.override_reason", string="Why")
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Propose it, or confirm what another person has proposed; with the password."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OFFICER)
        self.check_access("read")
        self.hold_id._override_verified(self.reason)
        return {"type": "ir.actions.act_window_close"}
