from odoo import api, models

from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError


class FinanceExpenseHandlerFetch(models.AbstractModel):
    """What a platform tells by webhook is a reason to ask at once; what it wants to know with it is answered first."""

    _inherit = "finance.expense.handler.fetch"

    @api.model
    def _call(self, message):
        number = (message.sudo().data or {}).get("webhook")  # sudo: content of messages is read by the engine alone
        if number and message.payload_id:
            # sudo: as above
            webhook = self.env["finance.webhook"].sudo().browse(number).exists()
            adapter = message.connection_id._adapter()
            document = self._document(message)
            if webhook and isinstance(document, dict):
                adapter._expense_event(message.connection_id, webhook, document)
        return super()._call(message)

    @api.model
    def _document(self, message):
        with message.payload_id._open() as stream:
            try:
                return strict_json.loads(stream.read())
            except SafetyError:
                # whatever it says, there may be something new
                return None


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    @api.model
    def _expense_event(self, connection, webhook, document):
        """Answer what an event of the platform wants to know; OVERRIDE where it wants to know something.

        :param dict document: body of the event, whose signature was right
        """
