"""Approval, refusal and release: each binds the person to what was seen (RELIABILITY decisions 10 and 11)."""

from odoo import models
from odoo.exceptions import UserError

from ..const import APPROVER, RELEASER


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _decided(self, decision, reason=None):
        """Note a decision of the user about the order as it is proposed now; such rows are never changed."""
        self.ensure_one()
        user = self.env.user
        # sudo: rows are made here alone
        return (
            self.env["finance.payment.approval"]
            .sudo()
            .create(
                {
                    "order_id": self.id,
                    "company_id": self.company_id.id,
                    "is_confidential": self.is_confidential,
                    "round": self.round,
                    "decision": decision,
                    "user_id": user.id,
                    "partner_id": user.partner_id.id,
                    "at": self.env.cr.now(),
                    "digest": self.digest,
                    "reason": reason or False,
                }
            )
        )

    def _needed_approvals(self):
        """:return: how many people have to approve, and who they may be (none: every approver)"""
        self.ensure_one()
        return 1, self.env["res.users"]

    def _still_as_seen(self):
        """:return: False when it says something else by now than what was proposed: then it is void (fault 40)"""
        self.ensure_one()
        bound = self.sudo().digest  # sudo: compared, not shown
        if self._digest() == bound:  # public: a fingerprint of content, no secret
            return True
        self._void(self.env._("It says something else by now than what was proposed."))
        return False

    def _approve(self, reason=None):
        """The user approves what the order says now.

        :return: False when it was void
        """
        self._lock_state("proposed")
        self._check_decider(APPROVER, *self._makers(), *self._deciders("approve"))
        if not self._still_as_seen():
            return False
        self._decided("approve", reason)
        if self._is_approved():
            self.sudo().state = "approved"  # sudo: written by steps alone
        self._audit("payment.approved", reason)
        return True

    def _is_approved(self):
        needed, users = self._needed_approvals()
        given = self._deciders("approve")
        return len(given & users if users else given) >= needed

    def _refuse(self, reason):
        """An approver or releaser sends it back to whoever made it."""
        self._lock_state("proposed", "approved")
        if not (reason or "").strip():
            raise UserError(self.env._("Say why it is refused."))
        self._decided("refuse", reason)
        self._back_to_draft()
        self._audit("payment.refused", reason)

    def _release_checks(self):
        """Raise when something stands against release; EXTENDS by verdicts, duplicates, items that are paid already."""
        self.ensure_one()
        order = self.sudo()  # sudo: whether it is stopped, whoever may see the stop
        if (
            self.env["finance.stop"]
            .sudo()
            ._covers(order.flow_id.id or None, order.flow_id.connection_id.id or None, order.company_id.id)
        ):
            raise UserError(self.env._("An emergency stop holds %s.", order.display_name))
        if order.flow_id and not order.flow_id.active:
            raise UserError(self.env._("%s does not run: nothing leaves by it now.", order.flow_id.display_name))

    def _release(self):
        """The user lets it go to the bank.

        :return: False when it was void
        """
        self._lock_state("approved")
        self._check_decider(RELEASER, *self._makers(), *self._deciders("approve"))
        if not self._still_as_seen():
            return False
        if not self._is_approved():
            self._void(self.env._("The rules ask for more approvals by now."))
            return False
        self._release_checks()
        self._decided("release")
        # sudo: written by steps alone
        self.sudo().write(
            {"state": "released", "released_by_id": self.env.uid, "released_at": self.env.cr.now(), "attention": False}
        )
        self._audit("payment.released")
        self._after_release()
        return True

    def _after_release(self):
        """It was released; EXTENDS by the message to the bank and the payments in the ledger."""

    def _audit(self, event, reason=None):
        order = self.sudo()  # sudo: what was decided about
        self.env["finance.audit"]._record(
            event,
            self,
            reason=reason,
            after={"state": order.state, "digest": order.digest, "payments": order.payment_count},
            correlation_id=order.correlation_id,
        )
