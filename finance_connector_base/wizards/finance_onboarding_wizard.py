from odoo import api, fields, models


class FinanceOnboardingWizard(models.TransientModel):
    """Sets up a connection from a template."""

    _name = "finance.onboarding.wizard"
    _description = "Set up a Connection"

    template_id = fields.Many2one("finance.onboarding.template", required=True)
    description = fields.Text(related="template_id.description")
    name = fields.Char(required=True, compute="_compute_name", store=True, precompute=True, readonly=False)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    environment = fields.Selection(
        [("sandbox", "Sandbox"), ("test", "Test"), ("production", "Production")], required=True, default="test"
    )
    owner_id = fields.Many2one("res.users", required=True, default=lambda self: self.env.user)

    @api.depends("template_id")
    def _compute_name(self):
        for wizard in self:
            wizard.name = wizard.template_id.name

    def action_confirm(self):
        """Make it, and show what is left to do."""
        self.ensure_one()
        onboarding = self.env["finance.onboarding"]._begin(
            self.template_id,
            {
                "name": self.name,
                "company_id": self.company_id.id,
                "environment": self.environment,
                "owner_id": self.owner_id.id,
            },
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "finance.onboarding",
            "view_mode": "form",
            "res_id": onboarding.id,
        }
