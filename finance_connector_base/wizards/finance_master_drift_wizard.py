from odoo import fields, models


class FinanceMasterDriftWizard(models.TransientModel):
    """Asks why a difference between the two sides is left as it is."""

    _name = "finance.master.drift.wizard"
    _description = "Ignore a Difference"

    drift_ids = fields.Many2many("finance.master.drift", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Ignore the differences, with the reason."""
        self.ensure_one()
        self.drift_ids._check_may_resolve()
        self.drift_ids._resolve("ignored", self.reason)
        return {"type": "ir.actions.act_window_close"}
