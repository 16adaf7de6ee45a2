"""What people press. Each button checks group, company and state, asks for the password, and calls a private step."""

from odoo import models
from odoo.exceptions import AccessError, UserError

from odoo.addons.finance_connector_base.engine.notice import notice
from odoo.addons.finance_connector_base.models.step_up import step_up

from ..const import APPROVER, CREATOR, RELEASER


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _check_group(self, *groups):
        """:raise AccessError: unless the user has one of the groups and may read the order"""
        self.ensure_one()
        if not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(self.env._("Your role in payments does not allow this."))
        self.check_access("read")

    def action_propose(self):
        """Bind the content and hand it to the approvers."""
        self._check_group(CREATOR)
        self.check_access("write")
        self._propose()
        return True

    def action_approve(self):
        """Approve what the order says; with the password."""
        self._check_group(APPROVER)
        self._check_approver()
        return self._approve_verified()

    @step_up
    def _approve_verified(self):
        return self._result(self._approve())

    def action_release(self):
        """Let it go to the bank; with the password."""
        self._check_group(RELEASER)
        self._check_releaser()
        return self._release_verified()

    @step_up
    def _release_verified(self):
        return self._result(self._release())

    def action_refuse(self):
        """Open the dialog that asks why it goes back."""
        self._check_group(APPROVER, RELEASER)
        return self._reason_dialog("refuse", self.env._("Refuse"))

    def action_withdraw(self):
        """Open the dialog that asks why it is taken back."""
        self._check_group(CREATOR)
        return self._reason_dialog("withdraw", self.env._("Take back"))

    def action_cancel(self):
        """Open the dialog that asks why it is cancelled."""
        self._check_group(CREATOR, RELEASER)
        return self._reason_dialog("cancel", self.env._("Cancel"))

    def _reason_dialog(self, operation, name):
        return self._dialog("finance.payment.reason.wizard", name, default_operation=operation)

    def action_hand_over(self):
        """Open the dialog that leads through handing the file to the bank."""
        self._check_group(RELEASER)
        return self._dialog("finance.payment.handover.wizard", self.env._("Hand the file to the bank"))

    def _dialog(self, model, name, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id, **context},
        }

    def action_seen(self):
        """Somebody has seen to what the order tells; it is not shown as open any more."""
        self._check_group(CREATOR, RELEASER)
        if self.state == "unknown":
            raise UserError(self.env._("Nobody knows yet whether the bank has it: that is decided, not waved away."))
        self._audit("payment.seen", self.attention)
        self.sudo().attention = False  # sudo: written by steps alone; the role was checked
        return True

    def action_view_message(self):
        """Open the message that it leaves by."""
        self.ensure_one()
        self.check_access("read")
        return self._view("finance.message", self.message_id)

    def action_view_documents(self):
        """Open the documents that it pays."""
        self.ensure_one()
        return self._view("account.move", self.line_ids.item_ids.move_id)

    def action_view_payments(self):
        """Open the payments in the ledger."""
        self.ensure_one()
        return self._view("account.payment", self.line_ids.payment_id)

    def _view(self, model, records):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env[model]._description,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("id", "in", records.ids)],
        }
        return action if len(records) != 1 else {**action, "view_mode": "form", "res_id": records.id}

    def _result(self, is_done):
        """A decision about something that has changed is not an error: that it is void stays written."""
        if is_done:
            return True
        return notice(self.attention or "", "danger", title=self.env._("Not done: approvals are void"), sticky=True)
