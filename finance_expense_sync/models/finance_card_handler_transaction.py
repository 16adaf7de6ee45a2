from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.addons.finance_connector_base.engine.errors import FinanceError, MalformedError
from odoo.addons.finance_connector_base.engine.outcome import Done, Held, Ignored

from ..cards import linking
from ..const import CARD, CARD_FETCH, CARD_FILE
from .finance_card_record import Read

CSV = "finance.card.csv"


class FinanceCardHandlerTransaction(models.AbstractModel):
    """A transaction of a card: read, linked to its authorisation, coded, matched, and booked where the policy says so.

    What is in the way holds the message, and the record says so; the spending is visible all the same.
    """

    _name = "finance.card.handler.transaction"
    _inherit = "finance.handler"
    _description = "Card Transaction as a Message"
    _held_blocks = False

    @api.model
    def _envelope(self, message, external_id, payload, reader=None):
        """:return: the message of one transaction

        :param message: what brought it
        :param reader: model that reads it; None: the adapter of the connection
        """
        return Envelope(
            subject=external_id,
            data={"external_id": external_id, **({"reader": reader} if reader else {})},
            payload_id=payload.id,
            # pending and charged have one id and are two messages
            dedupe_key=f"card:{external_id}:{payload.sha256}",
            content_hash=payload.sha256,
            order_key=f"card:{external_id}",
            business_key=external_id[:64],
            parent_id=message.id,
        )

    @api.model
    def _reader(self, message):
        reader = (message.sudo().data or {}).get("reader")  # sudo: content is read by the engine alone
        return self.env[CSV] if reader == CSV else message.connection_id._adapter()

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
        self.env["finance.card.matcher"]._match(record)
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
        if not message.payload_id:
            raise MalformedError(self.env._("The message carries no transaction."), reason="card_malformed")
        reader = self._reader(message)
        with message.payload_id._open() as stream:
            document = reader._card_read(message.connection_id, stream.read())
        records = self.env["finance.card.record"]
        known = records._known(message.connection_id, document.external_id)
        if known.message_id and known.message_id != message and known.message_id.id > message.id:
            # held meanwhile, and a later one was worked
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
            changes_ids=reader._card_ids_change,
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

    @api.model
    def _replace_earlier(self, message):
        """What waits of an earlier state is over."""
        self.env["finance.expense.handler.report"]._replace_earlier(message)


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
