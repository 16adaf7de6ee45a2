from odoo import fields, models


class FinanceCloseOnboardingWizard(models.TransientModel):
    """Asks which company joins the group."""

    _name = "finance.close.onboarding.wizard"
    _description = "New Company of the Group"

    template_id = fields.Many2one("finance.close.onboarding.template", required=True)
    company_id = fields.Many2one("res.company", required=True)
    code = fields.Char(string="Code in the group", required=True, help="What the consolidation platform calls it.")

    def action_confirm(self):
        """Make it; the model checks the role itself."""
        self.ensure_one()
        onboarding = self.template_id._begin(self.company_id, self.code)
        return {
            "type": "ir.actions.act_window",
            "name": onboarding.entity_id.display_name,
            "res_model": onboarding._name,
            "view_mode": "form",
            "res_id": onboarding.id,
        }
