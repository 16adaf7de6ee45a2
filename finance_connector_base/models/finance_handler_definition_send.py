import json

from odoo import api, fields, models
from odoo.tools import ormcache

from ..canonical import CanonicalError, parse_document
from ..declarative.send import Sent
from ..engine.envelope import Envelope
from ..engine.errors import MalformedError
from ..engine.outcome import Done, Held


class FinanceHandlerDefinitionSend(models.AbstractModel):
    """Tells a described system of documents, keeps what it calls them, and compares what it has understood (S-24)."""

    _name = "finance.handler.definition.send"
    _inherit = "finance.handler"
    _is_comparable = True
    _description = "Tell a Described System"

    _calls_out = True

    @api.model
    def _key(self, message):
        """:return: idempotency key of the business step, the same in every attempt"""
        return f"{message.id}-{message.correlation_id}"[:100]

    @api.model
    def _document(self, message):
        """:return: the document of a message as on the wire: given, or made of its record"""
        # sudo: content of messages is read by the engine alone
        data = (message.sudo().data or {}).get("document")
        if not data and message.res_model == "account.move":
            move = self.env["account.move"].browse(message.res_id)
            data = self.env["finance.document"]._journal_entry(move, message.connection_id)
        try:
            return parse_document(data or {}).to_dict()
        except CanonicalError as error:
            raise MalformedError(str(error), reason="booking_malformed") from None

    @api.model
    def _call(self, message):
        document = self._document(message)
        adapter = message.connection_id._adapter()
        sent = adapter._send_document(
            message.connection_id,
            message.flow_id.definition_send,
            document,
            key=self._key(message),
            again=message.attempt_count > 1,
        )
        return document, sent

    @api.model
    def _settle(self, message, answer):
        document, sent = answer
        record = message._message_document()
        documents = ((record._name, record.id),) if record else ()
        if sent.id and record:
            references = self.env["finance.external.reference"]
            kind = document["object"]
            if sent.id not in references._find(message.connection_id, kind, [sent.id]):
                references._link(message.connection_id, kind, sent.id, record, message)
        if sent.differences:
            wrong = sent.differences[0]
            return Held(
                reason="document_differs",
                detail=self.env._(
                    "%(system)s calls it %(id)s, but %(name)s is %(answered)s there, and was sent as %(sent)s. Correct "
                    "it there; it is not sent again.",
                    system=message.connection_id.name,
                    id=sent.id,
                    name=wrong.name,
                    answered=wrong.answered or "-",
                    sent=wrong.sent,
                ),
                documents=documents,
            )
        return Done(result={"external_id": sent.id, "was_there": sent.was_there}, documents=documents)

    @api.model
    def _is_drivable(self, direction):
        return direction == "out"

    @api.model
    def _outbound_file(self, message):
        # OVERRIDE: the document, also where the message names a record only
        content = json.dumps(self._document(message), indent=2, ensure_ascii=False).encode()
        return f"message-{message.id}.json", content

    @api.model
    def _settle_driven(self, message, reference):
        # OVERRIDE: what the other system calls it is kept as if it had answered us
        return self._settle(message, (self._document(message), Sent(id=reference)))


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.definition.send", "Tell a described system")],
        ondelete={"finance.handler.definition.send": "cascade"},
    )
    definition_send = fields.Char(
        string="Sends", help="Name of what is sent in the description of the system, e.g. entries."
    )

    @api.model
    def _portable_fields(self):
        return [*super()._portable_fields(), "definition_send"]

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & {"handler", "record_model", "active", "connection_id"}:
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.model
    @ormcache("company_id")
    def _sending_entries(self, company_id):
        """:return: ids of the flows that tell of posted entries of a company"""
        # sudo: whoever posts need not be allowed to read flows
        return tuple(
            self.sudo()
            .search(
                [
                    ("handler", "=", "finance.handler.definition.send"),
                    ("record_model", "=", "account.move"),
                    ("company_id", "=", company_id),
                ]
            )
            .ids
        )


class AccountMove(models.Model):
    """What is posted is told to the ledgers that are kept outside, and what waits for a document goes on."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        self.env["finance.document"]._posted(posted)
        flows = self.env["finance.flow"].sudo()  # sudo: as above
        for company in posted.company_id:
            moves = posted.filtered(lambda move: move.company_id == company)  # noqa: B023
            for flow in flows.browse(flows._sending_entries(company.id)).exists():
                flow._enqueue_records(moves, self._entry_envelope)
        return posted

    def _entry_envelope(self, move):
        return Envelope(
            subject=move.name or move.display_name,
            dedupe_key=f"account.move:{move.id}",
            business_key=move.name or None,
            order_key=f"account.move:{move.id}",
            res_model=move._name,
            res_id=move.id,
        )
