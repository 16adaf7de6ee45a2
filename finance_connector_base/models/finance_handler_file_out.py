from functools import partial

from odoo import api, fields, models

from ..engine.errors import AmbiguousError, RejectedError, TransientError
from ..engine.outcome import Done

#: bytes given to the transport at once
PIECE = 1 << 20


class FinanceHandlerFileOut(models.AbstractModel):
    """Delivers the payload of a message as a file: complete under its name or not at all, never over another one.

    The name is ``file_name`` of the message's data, else that of its payload; it is part of the identity, so give
    it once and never again. A flow that sends at most once leaves a message ``unknown`` when the line was cut in the
    one step that cannot be undone; any other tries again and finds its own file there.
    """

    _name = "finance.handler.file.out"
    _inherit = "finance.handler"
    _description = "Deliver Files"

    _calls_out = True

    @api.model
    def _call(self, message):
        adapter = message.connection_id._adapter()
        if "send_files" not in adapter._supports:
            raise RejectedError(
                self.env._(
                    "%s delivers no files. Choose a connection that does, or deliver it by hand.",
                    message.connection_id.name,
                ),
                reason="connection_incomplete",
            )
        try:
            return self._deliver(message, adapter)
        except AmbiguousError as error:
            if message.flow_id.at_most_once:
                raise
            # it finds its own file there
            raise TransientError(error.detail, endpoint=error.endpoint, params=error.params) from error

    @api.model
    def _deliver(self, message, adapter):
        connection, flow, payload = message.connection_id, message.flow_id, message.payload_id
        name = (message.data or {}).get("file_name") or payload.name
        if not payload:
            made, content = self._outbound_file(message)
            return adapter._send_file(connection, flow, name or made, [content])
        with payload._open() as stream:
            return adapter._send_file(
                connection, flow, name or f"message-{message.id}", iter(partial(stream.read, PIECE), b"")
            )

    @api.model
    def _settle(self, message, answer):
        return Done(
            result={
                "file": answer.name,
                "size": answer.size,
                "sha256": answer.sha256,
                "was_there": answer.was_there,
            }
        )

    @api.model
    def _is_drivable(self, direction):
        return direction == "out"

    @api.model
    def _settle_driven(self, message, reference):
        # OVERRIDE: the same facts as of a delivery by the connection
        by_hand = self._settle_by_hand(message, reference)
        payload = message.payload_id
        facts = {
            "file": (message.data or {}).get("file_name") or payload.name,
            "size": payload.size,
            "sha256": payload.sha256,
            "was_there": False,
        }
        told = {"reference": reference} if reference else {}
        return Done(result={**facts, **told}, documents=by_hand.documents)


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.file.out", "Deliver files")],
        ondelete={"finance.handler.file.out": "cascade"},
    )
