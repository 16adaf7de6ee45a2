from odoo import fields, models


class FinanceOnboardingTemplateItem(models.Model):
    """One point of the checklist of a template."""

    _name = "finance.onboarding.template.item"
    _description = "Item of an Onboarding Template"
    _inherit = ["finance.checklist.point"]
    _order = "sequence, id"

    template_id = fields.Many2one("finance.onboarding.template", required=True, ondelete="cascade", index=True)

    def _copied(self):
        self.ensure_one()
        names = ("sequence", "name", "check", "role", "other_person", "before_live")
        return {name: self[name] for name in names}
