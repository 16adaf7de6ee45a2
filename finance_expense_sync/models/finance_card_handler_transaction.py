from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import FinanceError
from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored

from ..cards import linking, sequence
from ..const import CARD, CARD_FETCH, CARD_FILE
from .finance_card_record import Read

#: states of a message that has not been worked to its end
WAITING = (states.QUEUED, states.RETRY, states.PROCESSING, states.UNKNOWN, states.HELD)


class FinanceCardHandlerTransaction(models.AbstractModel):
    """A transaction of a card: read, linked to its authorisation, coded, matched, and booked where the policy says so.

    What is in the way holds the message, and the record says so; the spending is visible all the same.
    """

    _name = "finance.card.handler.transaction"
    _inherit = "finance.expense.handler._document"
    _description = "Card Transaction as a Message"

    _csv, _reads, _nothing = "finance.card.csv", "_card_read", "card_malformed"

    @api.model
    def _envelopes(self, message, stored, *, reader=None, is_again=False):
        """:return: messages of transactions as a feed gives them, in its order

        :param message: what brought them
        :param stored: list of (external id, payload of its content)
        :param reader: model that reads them; None: the adapter of the connection
        :param is_again: all of it was given before, word by word
        """
        said = [(external_id, payload.sha256) for external_id, payload in stored]
        keys = sequence.keys_of(said, *(({}, ()) if is_again else self._said_before(message.connection_id, said)))
        return [
            Envelope(
                subject=external_id,
                data=self._data(external_id, reader),
                payload_id=payload.id,
                dedupe_key=key,
                content_hash=payload.sha256,
                order_key=f"card:{external_id}",
                business_key=external_id[:64],
                parent_id=message.id,
            )
            for (external_id, payload), key in zip(stored, keys, strict=True)
        ]

    @api.model
    def _said_before(self, connection, said):
        """:return: (dict external id -> :class:`sequence.Latest`, keys that the flow has)"""
        names = list(dict.fromkeys(external_id for external_id, _content in said))
        messages = self.env["finance.message"].sudo()  # sudo: the engine
        mine = [("connection_id", "=", connection.id)]
        # what was worked last, or given up
        cards = self.env["finance.card.transaction"].sudo()  # sudo: the engine
        worked = cards.search([*mine, ("external_id", "in", names)])
        latest = {card.external_id: card.message_id for card in worked if card.message_id}
        # what waits, or is worked now
        order_keys = [f"card:{name}" for name in names]
        waiting = messages.search([*mine, ("order_key", "in", order_keys), ("state", "in", WAITING)], order="id")
        for one in waiting.filtered("dedupe_key"):
            name = one.order_key.removeprefix("card:")
            if name not in latest or latest[name].id < one.id:
                latest[name] = one
        flow = connection._expense_flow(CARD)
        known = messages._known_identities(flow, {sequence.first_key(*one) for one in said})
        return {
            name: sequence.Latest(message.id, message.payload_sha256, message.dedupe_key)
            for name, message in latest.items()
        }, set(known)

    @api.model
    def _handle(self, message):
        read = self._open(message)
        if isinstance(read, Ignored):
            return read
        records = self.env["finance.card.record"]
        records._prepare(read)
        record = records._save(read)
        self._book(read)
        self._replace_earlier(message)
        self.env["finance.card.matcher"]._match_new(record)
        documents = ((record._name, record.id),)
        if read.fault:
            fault = read.fault
            return Held(
                reason=fault.reason,
                detail=fault.detail,
                error_class=fault.error_class,
                params={**fault.params, "card_id": record.id},
                waiting_key=fault.waiting_key or records._waiting_key(message.connection_id, record.external_id),
                documents=documents,
            )
        return Done(result={"state": record.state}, documents=documents)

    @api.model
    def _book(self, read):
        """Book the charge where the policy says so; what is in the way of that is on the record, too."""
        if read.fault:
            return
        try:
            with self.env.cr.savepoint():
                self.env["finance.card.ledger"]._book_charge(read.record, read)
        except FinanceError as error:
            self.env.invalidate_all(flush=False)
            read.fault = error
            read.record.write({"reason_code": error.reason, "detail": error.detail})

    @api.model
    def _open(self, message):
        """:return: :class:`Read` of a message, or why there is nothing to do"""
        document = self._read(message)
        records = self.env["finance.card.record"]
        known = records._known(message.connection_id, document.external_id)
        if known.message_id and known.message_id != message and known.message_id.id > message.id:
            # held meanwhile, and a later one was worked
            return self._overtaken(known)
        if document.updated and known.updated_at and document.updated_utc < known.updated_at:
            # an older file after a newer one
            return self._overtaken(known)
        charges = records._charges_of(message.connection_id, document.external_id)
        state = linking.after(known.state or None, document.state, has_charge=bool(charges or known.charge_ids))
        if state is None:
            return self._overtaken(known)
        return Read(
            message=message,
            document=document,
            record=known,
            state=state,
            changes_ids=self._reader(message)._card_ids_change,
            # sudo: the engine; with the records of the company it books in
            company=(known.company_id or message.connection_id.company_id).sudo(),
        )

    @api.model
    def _overtaken(self, known):
        return Ignored(
            reason="card_overtaken",
            detail=self.env._("What came later is here already: it is %s.", known._said()),
            documents=((known._name, known.id),),
        )


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    @api.model
    def _expense_flows(self):
        """EXTENDS: those of cards."""
        return {
            **super()._expense_flows(),
            CARD_FETCH: {"name": self.env._("Ask for card transactions"), "priority": 40, "lease_seconds": 900},
            CARD_FILE: {"name": self.env._("Files of card transactions"), "priority": 40, "batch_size": 1},
            CARD: {"name": self.env._("Card transactions"), "priority": 44, "batch_size": 50, "lease_seconds": 900},
        }


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.card.handler.transaction", "Take in card transactions")],
        ondelete={"finance.card.handler.transaction": "cascade"},
    )
