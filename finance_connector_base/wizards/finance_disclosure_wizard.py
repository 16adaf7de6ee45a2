from odoo import fields, models
from odoo.exceptions import UserError

from ..const import AUDITOR, OPERATOR
from ..models.step_up import step_up


class FinanceDisclosureWizard(models.TransientModel):
    """Asks why somebody wants to see account numbers and names in clear."""

    _name = "finance.disclosure.wizard"
    _description = "Show an Original"

    message_id = fields.Many2one("finance.message", required=True, readonly=True)
    reason = fields.Text()

    def action_confirm(self):
        """Open the original to whoever may ask for it and proves to be that person."""
        self.ensure_one()
        self.message_id._check_role(OPERATOR, AUDITOR)
        return self._confirm_verified()

    @step_up
    def _confirm_verified(self):
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why you need to see it: the reason is kept beside your name."))
        disclosure = self.env["finance.disclosure"]._disclose(self.message_id, reason)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Original of %s", self.message_id.subject or self.message_id.id),
            "res_model": "finance.disclosure",
            "res_id": disclosure.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
