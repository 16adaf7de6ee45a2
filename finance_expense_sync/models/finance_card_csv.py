from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.engine.outcome import Done

from ..const import CARD
from ..platforms import card_csv
from .finance_card_handler_transaction import CSV
from .finance_expense_handler_file import MOST_BYTES


class FinanceCardCsv(models.AbstractModel):
    """Reads card transactions out of files: what any connection that moves files can do."""

    _name = "finance.card.csv"
    _description = "Card Transactions in CSV Files"

    #: banks give charges other ids than authorisations, and do not always say which belongs to which
    _card_ids_change = True

    @api.model
    def _card_read(self, connection, content):
        try:
            return card_csv.read(content)
        except card_csv.CsvError as error:
            raise MalformedError(str(error), reason="card_malformed") from None


class FinanceCardHandlerFile(models.AbstractModel):
    """Files of card transactions, from a folder, an SFTP server or a person: one message goes on for each row."""

    _name = "finance.card.handler.file"
    _inherit = "finance.handler"
    _description = "File of Card Transactions"
    _takes_files = True
    _held_blocks = False

    @api.model
    def _handle(self, message):
        if not message.payload_id:
            raise MalformedError(self.env._("The message carries no file."), reason="card_file_broken")
        with message.payload_id._open() as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise MalformedError(self.env._("%s is too large.", message.subject), reason="card_file_broken")
        handler = self.env["finance.card.handler.transaction"]
        envelopes, totals = [], {}
        try:
            for external_id, currency, amount, part in card_csv.split(content):
                payload = self.env["finance.payload"]._store(
                    part, company=message.company_id, name=external_id, content_type="text/csv"
                )
                envelopes.append(handler._envelope(message, external_id, payload, reader=CSV))
                if amount is not None:
                    totals[currency] = totals.get(currency, 0) + amount
        except card_csv.CsvError as error:
            raise MalformedError(
                self.env._("%(file)s: %(why)s", file=message.subject, why=error), reason="card_file_broken"
            ) from None
        taken = self.env["finance.message"]._enqueue(message.connection_id._expense_flow(CARD), envelopes)
        return Done(
            result={
                "transactions": len(taken),
                "known_already": len(taken.filtered("duplicate_of_id")),
                # what the file says was charged: the control total (E-05)
                "charged": {currency: str(total) for currency, total in totals.items()},
            }
        )


class FinanceAdapter(models.AbstractModel):
    _inherit = "finance.adapter"

    #: whether a charge may have another id than its authorisation
    _card_ids_change = False


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.card.handler.file", "Read files of card transactions")],
        ondelete={"finance.card.handler.file": "cascade"},
    )
