from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.outcome import Done

from ..protocols.events import ASK, LOG_IN, LOGGED_IN, READERS


class FinanceBankHandlerEvent(models.AbstractModel):
    """An event of a service in front of banks: ask at once, or call a person. It books nothing by itself.

    A call for a person stops nothing: whether we are still let in says the next question.
    """

    _name = "finance.bank.handler.event"
    _inherit = "finance.handler"
    _description = "Event of a Bank's Interface"

    _held_blocks = False

    @api.model
    def _handle(self, message):
        connection = message.connection_id
        read = READERS.get(connection._adapter()._webhook_scheme)
        if read is None or not message.payload_id:
            return Done(result={"event": ""})
        with message.payload_id._open() as stream:
            event = read(stream.read())
        if event.what == LOG_IN:
            connection._bank_call_a_person()
        if event.what == LOGGED_IN:
            connection._bank_logged_in()
        asked = self._ask(message, event) if event.what in (ASK, LOGGED_IN) else ()
        return Done(result={"event": event.what, "kind": event.kind, "asked": len(asked)})

    @api.model
    def _ask(self, message, event):
        domain = [("connection_id", "=", message.connection_id.id), ("is_fetched", "=", True)]
        if event.account:
            domain.append(("key", "=", event.account))
        # sudo: the engine's own environment sees all companies; limited to one connection
        accounts = self.env["finance.bank.online.account"].sudo().search(domain)
        return self.env["finance.bank.handler.report"]._ask(accounts, parent=message, is_new=True)


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.bank.handler.event", "Events of a bank's interface")],
        ondelete={"finance.bank.handler.event": "cascade"},
    )
