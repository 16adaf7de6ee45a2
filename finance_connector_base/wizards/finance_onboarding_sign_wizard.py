from odoo import fields, models


class FinanceOnboardingSignWizard(models.TransientModel):
    """Asks for the evidence of a sign-off."""

    _name = "finance.onboarding.sign.wizard"
    _description = "Sign-off"

    item_id = fields.Many2one("finance.onboarding.item", required=True, readonly=True)
    evidence = fields.Text(required=True)

    def action_confirm(self):
        """Sign off; the item checks role and person itself."""
        self.ensure_one()
        self.item_id._sign_off(self.evidence)
        return {"type": "ir.actions.act_window_close"}
