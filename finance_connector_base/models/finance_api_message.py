from odoo import api, models

from ..api.contract import Message, MessageList
from ..engine import states

STATES = {
    "waiting": (states.QUEUED, states.RETRY),
    "working": (states.PROCESSING,),
    "needs_attention": (states.HELD, states.DEAD, states.UNKNOWN),
    "done": (states.DONE,),
    "ignored": (states.IGNORED,),
}
_STATE_OF = {theirs: ours for ours, many in STATES.items() for theirs in many}


class FinanceApi(models.AbstractModel):
    """Messages, and what has become of them."""

    _inherit = "finance.api"

    @api.model
    def _do_list_messages(self, query):
        domain = [("kind", "=", "exchange")]
        if query.state:
            domain.append(("state", "in", [theirs for ours in query.state for theirs in STATES[ours]]))
        if query.business_key:
            domain.append(("business_key", "=", query.business_key))
        if query.correlation_id:
            domain.append(("correlation_id", "=", query.correlation_id))
        records, following = self._page("messages", "finance.message", domain, query, ("id", "id"))
        return MessageList(data=[self._message(record) for record in records], next=following)

    @api.model
    def _do_get_message(self, query, id):  # pylint: disable=redefined-builtin  # the name in the path
        return self._message(self._named("finance.message", "message", id, [("kind", "=", "exchange")]))

    @api.model
    def _message(self, message):
        tells = message.state in (states.HELD, states.DEAD, states.UNKNOWN, states.IGNORED)
        return Message(
            id=self._names().of("message", message.id),
            state=_STATE_OF[message.state],
            direction=message.direction,
            subject=message.subject or None,
            business_key=message.business_key or None,
            reason=message.reason_code or None if tells else None,
            remedy=message.remedy or None if tells else None,
            correlation_id=message.correlation_id,
            received_at=message.create_date,
            closed_at=message.closed_at or None,
        )
