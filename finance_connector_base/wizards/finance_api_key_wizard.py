from odoo import api, fields, models

from ..const import ADMIN


class FinanceApiKeyWizard(models.TransientModel):
    """Makes the key of a program and shows it this once."""

    _name = "finance.api.key.wizard"
    _description = "Make a Key"

    client_id = fields.Many2one("finance.api.client", required=True, readonly=True)
    days = fields.Integer(string="Good for (days)", default=90, required=True)
    # shown in the answer to the button, and never stored
    key = fields.Char(store=False, compute="_compute_key", groups="finance_connector_base.finance_group_admin")

    @api.depends_context("finance_new_key")
    def _compute_key(self):
        for wizard in self:
            wizard.key = self.env.context.get("finance_new_key") or False

    def action_confirm(self):
        """Make the key; the answer shows it."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.client_id.check_access("write")
        key = self.client_id._new_key(self.days)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("The key, shown once"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"finance_new_key": key},
        }
