"""What people press. Each button checks group, company and state, asks for the password, and calls a private step."""

from odoo import models
from odoo.exceptions import AccessError

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
        self._check_decider(APPROVER, *self._makers(), *self._deciders("approve"))
        return self._approve_verified()

    @step_up
    def _approve_verified(self):
        return self._result(self._approve())

    def action_release(self):
        """Let it go to the bank; with the password."""
        self._check_group(RELEASER)
        self._check_decider(RELEASER, *self._makers(), *self._deciders("approve"))
        return self._release_verified()

    @step_up
    def _release_verified(self):
        return self._result(self._release())

    def _result(self, is_done):
        """A decision about something that has changed is not an error: that it is void stays written."""
        if is_done:
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger",
                "sticky": True,
                "title": self.env._("Not done: approvals are void"),
                "message": self.attention or "",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
