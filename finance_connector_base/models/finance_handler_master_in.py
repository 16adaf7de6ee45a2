import json

from odoo import api, fields, models

from ..canonical import CanonicalError, UnknownVersion, parse
from ..engine.envelope import Envelope
from ..engine.errors import MalformedError, RejectedError
from ..engine.outcome import Done, Ignored

#: largest file of master data that is read at once, in bytes
LARGEST = 64 << 20


class FinanceHandlerMasterIn(models.AbstractModel):
    """Works what another system says about its master data: one object a message, or a file of many."""

    _name = "finance.handler.master.in"
    _inherit = "finance.handler"
    _description = "Receive Master Data"
    _takes_files = True
    _is_comparable = True

    @api.model
    def _makes_others(self, message):
        return bool(message.payload_id and not message.data)

    @api.model
    def _handle(self, message):
        if message.payload_id and not message.data:
            return self._split(message)
        connection = message.connection_id
        obj = self._parse(self.env["finance.master"]._unsealed(message.data, connection))
        master = self.env["finance.master"]._of(obj.domain)
        self._check_synchronised(connection, obj.domain, master)
        if not message.sequence:
            return master._apply(obj, connection, message)
        return self._apply_revision(message, master, obj)

    @api.model
    def _apply_revision(self, message, master, obj):
        """Apply what the other side has changed since we last heard of the record, and that only.

        The sequence of the message is the revision of the record over there.
        """
        connection = message.connection_id
        known = self.env["finance.master.known"]
        if message.sequence <= known._revisions(connection, obj.domain, [obj.external_id]).get(obj.external_id, 0):
            return Ignored(
                reason="master_known",
                detail=self.env._("Odoo knows this state of the record, or a later one. Nothing was changed."),
            )
        outcome = master._apply(obj, connection, message, only=known._changed(connection, obj))
        known._note(connection, obj, message.sequence)
        return outcome

    @api.model
    def _change_envelope(self, message, domain, external_id, revision, data):
        """:return: the envelope of one object that a system was asked for
        :param revision: number of its state over there, or None
        """
        return Envelope(
            subject=f"{domain}:{external_id}",
            data=self.env["finance.master"]._sealed(data, message.connection_id),
            order_key=f"master:{domain}:{external_id}",
            sequence=revision,
            parent_id=message.id,
        )

    @api.model
    def _parse(self, data):
        try:
            return parse(data)
        except UnknownVersion as error:
            raise MalformedError(
                self.env._("The data is of an unknown version: %s.", error), reason="schema_unknown"
            ) from None
        except CanonicalError as error:
            raise MalformedError(self.env._("The data cannot be read: %s.", error), reason="master_malformed") from None

    @api.model
    def _check_synchronised(self, connection, domain, master):
        """G-01: only what somebody answers for is taken in."""
        row = self.env["finance.master.sync"]._row(connection, domain)
        if not row.receive or not self.env["finance.ownership.register"]._row(domain, connection.company_id):
            raise RejectedError(
                self.env._(
                    "%(kind)s is not taken from %(connection)s. Add it under Master Data, Synchronisation, "
                    "then retry; or discard the message.",
                    kind=master._description,
                    connection=connection.name,
                ),
                reason="master_not_synchronised",
            )

    @api.model
    def _split(self, message):
        """Queue the objects of a file (a JSON list, or one object) as messages of their own."""
        if message.payload_id.size > LARGEST:
            raise MalformedError(
                self.env._("The file is larger than %s MB. Ask for it in parts.", LARGEST >> 20),
                reason="master_malformed",
            )
        with message.payload_id._open() as stream:
            try:
                content = json.loads(stream.read().decode("utf-8"), parse_constant=_no_constant)
            except (ValueError, RecursionError) as error:
                raise MalformedError(
                    self.env._("The file is no JSON: %s.", error.__class__.__name__), reason="master_malformed"
                ) from None
        items = content if isinstance(content, list) else [content]
        if not all(isinstance(item, dict) for item in items):
            raise MalformedError(self.env._("The file is no list of objects."), reason="master_malformed")
        messages = self.env["finance.message"]._enqueue(message.flow_id, [self._envelope(message, i) for i in items])
        return Done(result={"objects": len(messages)})

    @api.model
    def _envelope(self, message, item):
        name = f"{item.get('domain')!s:.40}:{item.get('external_id')!s:.200}"
        data = self.env["finance.master"]._sealed(item, message.connection_id)
        return Envelope(subject=name, data=data, order_key=f"master:{name}", parent_id=message.id)

    @api.model
    def _fix_action(self, exception):
        # EXTENDS: causes that are mended under Master Data
        if exception.reason_code == "master_not_synchronised":
            return self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_master_sync_action")
        return super()._fix_action(exception)


def _no_constant(_text):
    raise ValueError


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.master.in", "Receive master data")],
        ondelete={"finance.handler.master.in": "cascade"},
    )
