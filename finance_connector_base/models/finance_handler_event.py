from odoo import api, fields, models

from ..engine.errors import MalformedError, RejectedError
from ..engine.outcome import Done, Held
from .finance_event_message import DELIVERY


class FinanceHandlerEvent(models.AbstractModel):
    """Delivers events to whoever has subscribed, by the adapter of the connection."""

    _name = "finance.handler.event"
    _inherit = "finance.handler"
    _description = "Deliver Events"

    _calls_out = True
    #: set on the flow of a subscription that wants its events in order
    _held_blocks = False

    @api.model
    def _subscription(self, message):
        subscriptions = self.env["finance.subscription"].with_context(active_test=False)
        return subscriptions.search([("flow_id", "=", message.flow_id.id)], limit=1)

    @api.model
    def _call(self, message):
        subscription = self._subscription(message)
        event = self.env["finance.event"].browse(message.res_id).exists()
        if not subscription or not event:
            raise RejectedError(
                self.env._("The event is not kept any more, so it cannot be told again."), reason="event_gone"
            )
        if event.fault:
            raise MalformedError(event.fault, reason="event_invalid")
        [told] = event._cloud_events()
        return message.connection_id._adapter()._deliver_event(message.connection_id, subscription, told)

    @api.model
    def _settle(self, message, answer):
        if answer.get("gone"):
            subscription = self._subscription(message)
            reason = self.env._("The receiver has answered that it is gone (410): it wants no more deliveries.")
            subscription._disable(reason)
            return Held(
                reason="receiver_gone", detail=reason, error_class="technical", waiting_key=subscription._waiting_key()
            )
        return Done(result=answer)


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(selection_add=[(DELIVERY, "Deliver events")], ondelete={DELIVERY: "cascade"})
