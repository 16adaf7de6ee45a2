from odoo import api, models

from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.engine.errors import MalformedError


class FinanceExpenseHandlerDocument(models.AbstractModel):
    """What reports and card transactions are as messages: stored as they came, read when they are worked."""

    _name = "finance.expense.handler._document"
    _inherit = "finance.handler"
    _description = "Document of an Expense Platform"
    _held_blocks = False

    #: model that reads those of files; its method has the name of that of adapters
    _csv = None
    _reads = None
    #: reason of a message that brings nothing
    _nothing = None

    @api.model
    def _data(self, external_id, reader=None, **more):
        """:return: content of a message; ``reader``: model that reads it, None: the adapter of the connection"""
        return {"external_id": external_id, **more, **({"reader": reader} if reader else {})}

    @api.model
    def _reader(self, message):
        reader = (message.sudo().data or {}).get("reader")  # sudo: content is read by the engine alone
        return self.env[self._csv] if reader == self._csv else message.connection_id._adapter()

    @api.model
    def _read(self, message):
        if not message.payload_id:
            raise MalformedError(self.env._("The message carries no document."), reason=self._nothing)
        with message.payload_id._open() as stream:
            return getattr(self._reader(message), self._reads)(message.connection_id, stream.read())

    # -- what comes later ----------------------------------------------------------------------

    @api.model
    def _replace_earlier(self, message):
        """What waits of an earlier revision or state is over."""
        self._over(self._earlier(message)[message])

    @api.model
    def _over(self, earlier):
        if earlier:
            earlier._set_state(states.IGNORED, note="expense_replaced", waiting_key=False)
            earlier.exception_ids._close("resumed")

    @api.model
    def _earlier(self, messages):
        """:return: dict message -> those of the same document that wait and came before"""
        found = self.env["finance.message"].search(
            [
                ("flow_id", "in", messages.flow_id.ids),
                ("order_key", "in", messages.mapped("order_key")),
                ("state", "in", [states.HELD, states.DEAD]),
            ]
        )
        by_key = found.grouped("order_key")
        return {
            message: by_key.get(message.order_key, found.browse()).filtered(
                lambda other, message=message: other.flow_id == message.flow_id and other.id < message.id
            )
            for message in messages
        }
