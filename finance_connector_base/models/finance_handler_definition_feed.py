import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..canonical import DOCUMENTS
from ..declarative import DescriptionError, ExpressionError
from ..declarative.expression import as_text, search
from ..declarative.template import truth
from ..engine import states
from ..engine.envelope import Envelope
from ..engine.errors import MalformedError, RejectedError
from ..engine.outcome import Done
from ..safe import strict_json
from ..safe.errors import SafetyError

#: events that one delivery of a webhook may hold
MOST_EVENTS = 1000


class FinanceHandlerDefinitionFeed(models.AbstractModel):
    """Reads a list of a described system, a part a message; what its rows become are messages of their own.

    The position moves in the transaction that queues what was read. An event of a webhook is a hint: the row it is
    about is read again, so that duplicates and the order of deliveries do not matter.
    """

    _name = "finance.handler.definition.feed"
    _inherit = "finance.handler"
    _description = "Read a List of a Described System"

    _calls_out = True
    _held_blocks = False

    @api.model
    def _plan_fetch(self, message):
        self._ask(message.flow_id, parent=message)
        return Done(result={"asked": message.flow_id.definition_feed})

    @api.model
    def _call(self, message):
        flow = message.flow_id
        if message.payload_id:
            return None
        # sudo: content of messages is read by the engine alone
        asked = message.sudo().data or {}
        name = asked.get("feed") or flow.definition_feed
        adapter = message.connection_id._adapter()
        if asked.get("id"):
            return adapter._read_feed(message.connection_id, name, None, identity=asked["id"])
        return adapter._read_feed(message.connection_id, name, flow._cursor(self._cursor_name(name)))

    @api.model
    def _settle(self, message, answer):
        flow = message.flow_id
        if message.payload_id:
            return self._hints(message)
        # sudo: as above
        asked = message.sudo().data or {}
        name = asked.get("feed") or flow.definition_feed
        if asked.get("id"):
            self._receive(message, name, answer)
            return Done(result={"rows": len(answer)})
        count = self._receive(message, name, answer.rows)
        flow._set_cursor(self._cursor_name(name), answer.position)
        self._settle_earlier(message, [("order_key", "=", message.order_key)])
        if answer.more:
            self._ask(flow, parent=message, again=True)
        return Done(result={"rows": len(answer.rows), "known": answer.known, "objects": count})

    @api.model
    def _cursor_name(self, feed):
        return f"definition:{feed}"

    @api.model
    def _ask(self, flow, *, parent=None, again=False):
        """Queue the question; one that is open is not asked twice.

        :param again: the part before was not the last one
        """
        key = f"feed:{flow.id}"
        messages = self.env["finance.message"]
        waiting = messages.search_count(
            [
                ("flow_id", "=", flow.id),
                ("order_key", "=", key),
                ("kind", "=", "exchange"),
                ("state", "in", [states.QUEUED, states.RETRY]),
            ],
            limit=1,
        )
        if waiting and not again:
            return messages
        return messages._enqueue(
            flow,
            [
                Envelope(
                    subject=self.env._("Read: %s", flow.name),
                    data={"feed": flow.definition_feed},
                    order_key=key,
                    parent_id=parent.id if parent else None,
                )
            ],
        )

    # -- what was read -----------------------------------------------------------------------------------

    @api.model
    def _receive(self, message, feed, rows):
        """Queue what the rows have become; :return: how many objects"""
        documents, count = [], 0
        for row in rows:
            for made in row.made:
                count += 1
                if made.object in DOCUMENTS:
                    documents.append(self._document_envelope(message, feed, row, made))
                else:
                    self._receive_master(message, row, made)
        if documents:
            self.env["finance.message"]._enqueue(message.flow_id._document_flow(), documents)
        return count

    @api.model
    def _document_envelope(self, message, feed, row, made):
        return self._booking_envelope(message.connection_id, feed, row.id, row.stamp, made, parent_id=message.id)

    @api.model
    def _booking_envelope(self, connection, feed, row_id, stamp, made, *, parent_id=None):
        """:return: the envelope of a document; the same one has the same identity, whoever brings it"""
        data = made.data if made.problem is None else {**made.data, "problem": made.problem}
        name = made.data.get("external_id") or row_id
        digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:24]
        # a payment happens once; a document may come back to what it was before
        stamp = "" if made.object == "payment" else f":{stamp or ''}"
        return Envelope(
            subject=f"{made.object.replace('_', ' ')} {made.data.get('number') or name}",
            data=data,
            dedupe_key=f"{made.object}:{name}:{digest}{stamp}",
            order_key=f"document:{connection.id}:{feed}:{row_id}",
            business_key=str(made.data.get("number") or name)[:200],
            parent_id=parent_id,
        )

    @api.model
    def _receive_master(self, message, row, made):
        connection = message.connection_id
        sync = self.env["finance.master.sync"]._row(connection, made.object)
        if not sync.receive:
            raise RejectedError(
                self.env._(
                    "%(system)s gives master data (%(kind)s) that is not taken. Add it under Master Data, "
                    "Synchronisation, with Received.",
                    system=connection.name,
                    kind=made.object,
                ),
                reason="master_not_synchronised",
            )
        data = made.data if made.problem is None else {**made.data, "problem": made.problem}
        envelope = self.env["finance.handler.master.in"]._change_envelope(
            message, made.object, made.data.get("external_id") or row.id, row.rank, data
        )
        self.env["finance.message"]._enqueue(sync._flow("receive"), [envelope])

    # -- events -------------------------------------------------------------------------------------------

    @api.model
    def _hints(self, message):
        """Queue a question for each row that the events of a delivery are about."""
        with message.payload_id._open() as stream:
            try:
                body = strict_json.loads(stream.read())
            except SafetyError as error:
                raise MalformedError(
                    self.env._("The delivery cannot be read: %s.", error), reason="definition_mismatch"
                ) from None
        description = self.env["finance.adapter.declarative"]._description_of(message.connection_id)
        found = {}
        for event in description.events.values():
            try:
                for item in _items(event, body):
                    if event.when and not truth(search(event.when, item)):
                        continue
                    identity = as_text(search(event.id, item))
                    if identity:
                        found.setdefault((event.feed, identity[:200]), None)
            except ExpressionError as error:
                raise MalformedError(
                    self.env._("The delivery is not as described: %s", error), reason="definition_mismatch"
                ) from None
        self.env["finance.message"]._enqueue(
            message.flow_id,
            [
                Envelope(
                    subject=self.env._("Read %(feed)s %(name)s", feed=feed, name=identity),
                    data={"feed": feed, "id": identity},
                    order_key=f"row:{feed}:{identity}",
                    parent_id=message.id,
                )
                for feed, identity in found
            ],
        )
        return Done(result={"events": len(found)})


def _items(event, body):
    items = search(event.items, body) if event.items else body if isinstance(body, list) else [body]
    items = items if isinstance(items, list) else []
    return items[:MOST_EVENTS]


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.definition.feed", "Read a list of a described system")],
        ondelete={"finance.handler.definition.feed": "cascade"},
    )
    definition_feed = fields.Char(string="List", help="Name of the list in the description of the system, e.g. orders.")
    document_flow_id = fields.Many2one(
        "finance.flow",
        string="Documents go to",
        domain="[('connection_id', '=', connection_id), ('handler', '=', 'finance.handler.received')]",
        help="Flow that books what was read. Empty: the one of the connection, made when it is needed first.",
    )

    @api.constrains("handler", "definition_feed", "connection_id")
    def _check_definition_feed(self):
        for flow in self:
            if flow.handler != "finance.handler.definition.feed":
                continue
            try:
                known = flow.connection_id.definition_id._said().feeds if flow.connection_id.definition_id else {}
            except DescriptionError:
                known = {}
            if flow.definition_feed not in known:
                raise ValidationError(
                    self.env._(
                        "%(system)s has these lists: %(lists)s. Choose the system on the connection, and a list here.",
                        system=flow.connection_id.definition_id.name or flow.connection_id.name,
                        lists=", ".join(known) or "-",
                    )
                )

    def _known_document_flow(self):
        """:return: the flow that books the documents that this one reads, or none when nothing was read yet"""
        self.ensure_one()
        flow = self.sudo()  # sudo: engine code, whoever caused the work
        here = [("connection_id", "=", flow.connection_id.id), ("handler", "=", "finance.handler.received")]
        return flow.document_flow_id or flow.search(here, limit=1)

    def _document_flow(self):
        """:return: the flow that books the documents that this one reads"""
        flow = self.sudo()  # sudo: engine code, whoever caused the work
        return flow._known_document_flow() or flow.create(
            {
                "name": self.env._("Documents"),
                "connection_id": flow.connection_id.id,
                "handler": "finance.handler.received",
                "direction": "in",
            }
        )

    @api.model
    def _portable_fields(self):
        return [*super()._portable_fields(), "definition_feed"]
