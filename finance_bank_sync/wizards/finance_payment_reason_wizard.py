from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import APPROVER, CREATOR, RELEASER

#: operation -> groups, states, and whether the password is asked for
_OPERATIONS = {
    "refuse": ((APPROVER, RELEASER), True),
    "withdraw": ((CREATOR,), False),
    "cancel": ((CREATOR, RELEASER), False),
    "lost": ((APPROVER, RELEASER), False),
}


class FinancePaymentReasonWizard(models.TransientModel):
    """Asks why an order is refused, taken back or cancelled; without a reason nothing happens."""

    _name = "finance.payment.reason.wizard"
    _description = "Reason of a Payment Decision"

    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True, ondelete="cascade")
    operation = fields.Selection(
        [("refuse", "Refuse"), ("withdraw", "Take back"), ("cancel", "Cancel"), ("lost", "Nobody knows")],
        required=True,
        readonly=True,
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Do it, for this reason."""
        self.ensure_one()
        groups, is_weighty = _OPERATIONS[self.operation]
        self.order_id._check_group(*groups)
        if not (self.reason or "").strip():
            raise UserError(self.env._("Give a reason."))
        if is_weighty:
            return self._confirm_verified()
        return self._confirm()

    @step_up
    def _confirm_verified(self):
        return self._confirm()

    def _confirm(self):
        order, reason = self.order_id, self.reason.strip()
        if self.operation == "refuse":
            order._refuse(reason)
        elif self.operation == "withdraw":
            order._lock_state("proposed", "approved")
            order._void(reason)
        elif self.operation == "lost":
            order._lose_track(reason)
        else:
            order._cancel(reason)
        return {"type": "ir.actions.act_window_close"}
