"""How a released order leaves, and what is looked at right before."""

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine import states

#: nothing of it can have been sent
NOT_SENT = (states.QUEUED, states.RETRY, states.HELD, states.DEAD)


class FinancePaymentOrder(models.Model):
    _inherit = "finance.payment.order"

    def _release_checks(self):
        # EXTENDS
        result = super()._release_checks()
        flow = self.sudo().flow_id  # sudo: whether it works, nothing of its settings
        if not flow:
            return result
        if not flow.sends_payments:
            raise UserError(self.env._("%s does not send payments. Choose another way.", flow.display_name))
        if flow.paused:
            raise UserError(self.env._("%s is paused: nothing leaves by it now.", flow.display_name))
        problem = self.env[flow.handler]._payment_problem(self)
        if problem:
            raise UserError(problem)
        return result

    def _after_release(self):
        # EXTENDS: one message, in the transaction of the release; what is rolled back sends nothing
        result = super()._after_release()
        order = self.sudo()  # sudo: written by steps alone
        if not order.flow_id:
            return result
        envelope = self.env[order.flow_id.handler]._payment_envelope(order)
        # sudo: messages are written by the queue alone
        order.message_id = self.env["finance.message"].sudo()._enqueue(order.flow_id, [envelope])
        return result

    def _sending_problem(self, message):
        """What stands against letting it leave now; asked with the order locked, right before it leaves.

        :return: why, for people, or None
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute("SELECT state FROM finance_payment_order WHERE id = %s FOR UPDATE", [self.id])
        self.invalidate_recordset()
        order = self.sudo()  # sudo: the engine, or a person whose right to the message was checked
        if order.message_id != message or order.state not in ("released", "sending"):
            return self.env._("%s is not released any more.", order.name)
        if not message.payload_id or message.payload_id != order.payload_id:
            return self.env._("The file of the message is not that of %s.", order.name)
        if order.payload_id.sha256 != order.file_sha256:  # public: a fingerprint of content, no secret
            return self.env._("The file of %s is not the one that was approved.", order.name)
        rows = order.approval_ids.filtered(
            lambda row: row.round == order.round and row.decision in ("propose", "approve", "release")
        )
        # public: fingerprints of content, no secret
        if {row.digest for row in rows} != {order.digest} or "release" not in rows.mapped("decision"):
            return self.env._("%s was not approved and released as it is.", order.name)
        if not order._is_approved():
            return self.env._("The rules ask for more approvals of %s by now.", order.name)
        if order._digest() != order.digest:  # public: as above
            return self.env._(
                "%s says something else by now than what was approved: payee, account or amount were changed after "
                "the release. Nothing was sent.",
                order.name,
            )
        return None

    def _verdict_problem(self):
        """:return: which verdict of a screening or verification stands against it, for people, or None"""
        return None

    def _not_sent_yet(self, detail):
        """An attempt ended before anything could leave; it is tried again, or a person looks at its message.

        :param str detail: what happened, for people
        """
        self.ensure_one()
        order = self.sudo()  # sudo: written by steps alone
        if order.state in ("released", "sending"):
            order.write({"state": "released", "attention": detail or False})

    def _take_back(self, reason):
        # EXTENDS: what waits in the queue is taken out; what may have left is not taken back but recalled
        message = self.sudo().message_id  # sudo: written by the queue alone; whoever may decide was checked
        if message:
            message._lock_by_hand()
            if message.state not in NOT_SENT:
                raise UserError(
                    self.env._("%s is on its way to the bank. Ask the bank to cancel it.", self.display_name)
                )
            if message.state == states.HELD and message.reason_code == "by_hand_reported":
                raise UserError(
                    self.env._("%s was delivered by hand, somebody says. Settle that first.", self.display_name)
                )
            message._set_state(
                states.IGNORED, note=reason, reason_code="payment_cancelled", detail=reason, waiting_key=False
            )
            message.exception_ids._close("discarded")
        return super()._take_back(reason)
