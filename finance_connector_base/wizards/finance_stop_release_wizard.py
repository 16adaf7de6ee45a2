from odoo import fields, models


class FinanceStopReleaseWizard(models.TransientModel):
    """Asks for the reason of a release."""

    _name = "finance.stop.release.wizard"
    _description = "Release of an Emergency Stop"

    stop_id = fields.Many2one("finance.stop", required=True, readonly=True)
    stop_reason = fields.Text(related="stop_id.reason", string="Why it was stopped")
    covers_production = fields.Boolean(related="stop_id.covers_production")
    reason = fields.Text(required=True, string="Why it may go on")

    def action_confirm(self):
        """Release; the stop checks role and person itself."""
        self.ensure_one()
        self.stop_id._release(self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
