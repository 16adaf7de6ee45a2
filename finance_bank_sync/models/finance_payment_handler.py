from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import RejectedError

from ..const import CONFIDENTIAL

#: cause of what would leave and is not what was approved
CHANGED = "payment_changed"


class FinanceHandlerPayment(models.AbstractModel):
    """What all ways have in common by which an order leaves: verified right before, at most once, followed.

    The intent is committed first (the order is ``sending``), then the bank is called. What nobody knows makes the
    order ``unknown``; nothing is sent again before that is known (RELIABILITY faults 4 and 34, decision 8).
    """

    _name = "finance.handler._payment"
    _inherit = "finance.handler"
    _description = "Payments That Leave"

    _calls_out = True
    _carries_money = True
    _admits_first = True
    _follows = True

    @api.model
    def _is_drivable(self, direction):
        # OVERRIDE: no program stands between release and bank
        return False

    @api.model
    def _payment_order(self, message):
        """:return: the order that a message carries, or nothing"""
        # sudo: the engine, in the company of the message
        order = self.env["finance.payment.order"].sudo().browse(message.res_id).exists()
        is_mine = message.res_model == order._name and order.company_id == message.company_id
        return order if is_mine else order.browse()

    @api.model
    def _payment_envelope(self, order):
        """:return: the :class:`Envelope` that takes an order to the bank; EXTENDS by what a way needs besides"""
        order = order.sudo()  # sudo: written by the step that released it
        return Envelope(
            subject=order.name,
            payload_id=order.payload_id.id,
            content_hash=order.file_sha256,
            # what was proposed leaves once, whoever releases it how often (fault 39)
            dedupe_key=f"payment:{order.id}:{order.round}",
            business_key=order.message_id_for_bank,
            correlation_id=order.correlation_id,
            res_model=order._name,
            res_id=order.id,
        )

    @api.model
    def _payment_problem(self, order):
        """:return: why an order cannot leave by this way, for people, or None; asked before it is released"""
        return None

    @api.model
    def _admit(self, message):
        """OVERRIDE: what was approved leaves or nothing (fault 40); committed as the intent, before the call."""
        refusal = super()._admit(message)
        if refusal:
            return refusal
        order = self._payment_order(message)
        problem = order._sending_problem(message) if order else self.env._("The order is gone.")
        if problem:
            raise RejectedError(problem, reason=CHANGED)
        problem = order._verdict_problem()
        if problem:
            raise RejectedError(problem, reason="payment_not_passed")
        if order.state != "sending":
            order._sending()
        return None

    @api.model
    def _sent_nothing(self, message):
        # OVERRIDE: the bank is called after the order is ``sending``, and that is committed; of others it was not told.
        # Locked: a worker that is only late and keeps its intent at this moment makes this transaction run again, and
        # one that does so later has lost the message and calls nobody.
        self.env.cr.execute(
            "SELECT state, message_id FROM finance_payment_order WHERE id = %s FOR UPDATE",
            [message.res_id],
            log_exceptions=False,
        )
        return self.env.cr.fetchone() == ("released", message.id) and bool(self._payment_order(message))

    @api.model
    def _follow(self, message):
        # OVERRIDE
        order = self._payment_order(message)
        if not order:
            return
        if message.state == states.HELD and message.reason_code == CHANGED and order.state == "released":
            # fault 40: back to whoever made it, with what has changed
            order._void(message.detail)
        elif message.state == states.UNKNOWN:
            order._unknown(message.detail or self.env._("Nobody knows whether it has left."))
        else:
            order._not_sent_yet(message.detail)

    @api.model
    def _settle_by_hand(self, message, reference):
        # OVERRIDE
        order = self._payment_order(message)
        done = super()._settle_by_hand(message, None)
        order._sent(reference)
        return done


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    sends_payments = fields.Boolean(compute="_compute_sends_payments", search="_search_sends_payments")

    @api.depends("handler")
    def _compute_sends_payments(self):
        handlers = self._payment_handlers()
        for flow in self:
            flow.sends_payments = flow.handler in handlers

    def _search_sends_payments(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return [("handler", "in", self._payment_handlers())]

    @api.model
    def _payment_handlers(self):
        names = self.env.registry.descendants(["finance.handler._payment"], "_inherit")
        return sorted(name for name in names if name in self.env and name != "finance.handler._payment")

    @api.model_create_multi
    def create(self, vals_list):
        """A flow of payments never sends twice, whoever makes it."""
        handlers = self._payment_handlers()
        for vals in vals_list:
            if vals.get("handler") in handlers:
                vals.update(at_most_once=True, commit_size=1, direction="out")
        return super().create(vals_list)

    @api.constrains("handler", "at_most_once", "direction")
    def _check_payments_once(self):
        for flow in self:
            if flow.sends_payments and not (flow.at_most_once and flow.direction == "out"):
                raise ValidationError(
                    self.env._("%s sends payments: it goes out, and never sends twice.", flow.display_name)
                )


class FinanceMessage(models.Model):
    _inherit = "finance.message"

    def _payments(self):
        """:return: those of the messages that carry an order to the bank"""
        # sudo: what a flow does is no secret
        return self.filtered(lambda message: message.sudo().flow_id.sends_payments)

    def _check_deliverable(self):
        # EXTENDS: a person who takes the file takes what was approved, or nothing
        result = super()._check_deliverable()
        for message in self._payments():
            order = self.env[message.sudo().flow_id.handler]._payment_order(message)  # sudo: as above
            problem = order._sending_problem(message) if order else self.env._("The order is gone.")
            problem = problem or order._verdict_problem()
            if problem:
                raise UserError(problem)
            if order.is_confidential and not self.env.user.has_group(CONFIDENTIAL):
                raise UserError(self.env._("%s is confidential: whoever takes its file may see it.", order.name))
        return result

    def _discard(self, reason):
        # EXTENDS
        for message in self._payments():
            raise UserError(
                self.env._("%s is a payment order. Cancel the order, not its message.", message.subject or message.id)
            )
        return super()._discard(reason)

    def _check_replay(self):
        # EXTENDS
        for message in self._payments():
            raise UserError(
                self.env._(
                    "%s carried payments: a replay would pay again. Make a new order of what failed.",
                    message.subject or message.id,
                )
            )
        return super()._check_replay()
