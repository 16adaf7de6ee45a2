from odoo import api, models

from ..engine import states
from ..engine.transaction import NestedSteps
from ..events.messages import STATES
from ..events.waking import Drain, current_drain
from ..safe.masking import mask_text

#: works deliveries of events; what becomes of them is no event, or one would cause the next
DELIVERY = "finance.handler.event"


class FinanceMessage(models.Model):
    """Tells what becomes of messages."""

    _inherit = "finance.message"

    @api.model
    def _insert(self, flow, rows):
        """EXTENDS: a message was taken in."""
        result = super()._insert(flow, rows)
        self._tell_states([row["id"] for row in rows])
        return result

    def _set_state(self, after, *, note=None, **columns):
        """EXTENDS: a person, or what was fixed, has moved messages."""
        result = super()._set_state(after, note=note, **columns)
        if after != states.QUEUED:
            self._tell_states(self.ids)
        return result

    @api.model
    def _tell_states(self, ids):
        """Tell where messages stand now; one query whatever their number, none where nobody listens."""
        event = self.env["finance.event"]
        if not ids or not any(event._wants(f"finance.message.{name}") for name, _state in STATES.values()):
            return
        self.env.cr.execute(
            """
            SELECT m.id, m.company_id, m.state, m.business_key, m.reason_code, m.correlation_id, m.create_date,
                   f.direction
              FROM finance_message m JOIN finance_flow f ON f.id = m.flow_id
             WHERE m.id = ANY(%s) AND m.kind = 'exchange' AND f.handler <> %s ORDER BY m.id
            """,
            (list(ids), DELIVERY),
        )
        facts, rows = {}, self.env.cr.fetchall()
        names = self.env["finance.api"]._names()
        for number, company_id, state, business_key, reason, correlation_id, received_at, direction in rows:
            if state not in STATES:
                continue
            name, told = STATES[state]
            public = names.of("message", number)
            facts.setdefault(f"finance.message.{name}", []).append(
                {
                    "subject": public,
                    "company_id": company_id,
                    "correlation_id": correlation_id,
                    "data": {
                        "id": public,
                        "state": told,
                        "direction": direction,
                        "business_key": mask_text(business_key) if business_key else None,
                        "reason": reason if told != "done" else None,
                        "received_at": received_at,
                    },
                }
            )
        for name, many in facts.items():
            event._emit(name, many)


class FinanceDispatcher(models.AbstractModel):
    """Tells how attempts have ended, and which entries they have made."""

    _inherit = "finance.dispatcher"

    @api.model
    def _drain(self, steps=None, **options):
        """EXTENDS: those who hand events out are woken now and then, and at the end."""
        steps = steps or NestedSteps(self.env.cr)
        drain = Drain()
        token = current_drain.set(drain)
        try:
            worked = super()._drain(steps, **options)
        finally:
            current_drain.reset(token)
        if drain.is_owed and not self.env.cr.closed:
            with steps.step():
                self.env["finance.event"]._trigger_relay()
        return worked

    @api.model
    def _complete(self, completions, *, all_or_nothing=True):
        """EXTENDS: what waits for another attempt is no news."""
        result = super()._complete(completions, all_or_nothing=all_or_nothing)
        ended = [one.id for one in completions if one.state not in (states.QUEUED, states.RETRY)]
        self.env["finance.message"]._tell_states(ended)
        return result

    @api.model
    def _link_documents(self, message_id, documents):
        """EXTENDS: a journal entry is what came of a request to post."""
        result = super()._link_documents(message_id, documents)
        entries = [number for model, number in documents if model == "account.move"]
        event = self.env["finance.event"]
        if not entries or not event._wants("finance.posting.made"):
            return result
        names = self.env["finance.api"]._names()
        message = names.of("message", message_id)
        # sudo: the name of the business transaction, which is no content
        correlation_id = self.env["finance.message"].sudo().browse(message_id).correlation_id
        event._emit(
            "finance.posting.made",
            [
                {
                    "subject": names.of("entry", move.id),
                    "company_id": move.company_id.id,
                    "correlation_id": correlation_id,
                    "data": {
                        "message": message,
                        "entry": names.of("entry", move.id),
                        "number": move.name if move.name and move.name != "/" else None,
                        "posted": move.state == "posted",
                        "date": move.date,
                    },
                }
                for move in self.env["account.move"].browse(entries).exists()
            ],
        )
        return result
