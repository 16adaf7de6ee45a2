from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import CREATOR


class FinancePaymentOverrideWizard(models.TransientModel):
    """Why something is paid that looks as if it had been paid; whoever approves sees it (K-10)."""

    _name = "finance.payment.override.wizard"
    _description = "Pay Nevertheless"

    line_ids = fields.Many2many("finance.payment.line", string="Payments", required=True)
    reason = fields.Char(required=True)

    def action_confirm(self):
        """Note the reason; with the password."""
        self.ensure_one()
        self.env["finance.message"]._check_role(CREATOR)
        return self._confirm_verified()

    @step_up
    def _confirm_verified(self):
        lines = self.line_ids
        lines.check_access("write")
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why it is paid nevertheless."))
        if set(lines.order_id.mapped("state")) != {"draft"}:
            raise UserError(self.env._("Only payments of a draft can be paid nevertheless: approvers have to see why."))
        lines.sudo().duplicate_reason = self.reason.strip()  # sudo: written here alone, the role was checked
        for order in lines.order_id:
            order.message_post(
                body=self.env._("%(count)s payments nevertheless: %(reason)s",
                                count=len(lines & order.line_ids), reason=self.reason.strip())
            )  # fmt: skip
        return {"type": "ir.actions.act_window_close"}
