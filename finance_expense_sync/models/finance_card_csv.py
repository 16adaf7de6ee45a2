from odoo import api, fields, models

from odoo.addons.finance_connector_base.engine.errors import MalformedError

from ..const import CARD
from ..platforms import card_csv


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
    _inherit = "finance.expense.handler.file"
    _description = "File of Card Transactions"

    _broken = "card_file_broken"
    _counted, _goes_to = "transactions", CARD

    @api.model
    def _split(self, message, content):
        """EXTENDS: the result holds what the file says was charged: the control total (E-05)."""
        handler = self.env["finance.card.handler.transaction"]
        stored, totals = [], {}
        for external_id, currency, amount, part in card_csv.split(content):
            stored.append((external_id, self._store(message, external_id, part)))
            if amount is not None:
                totals[currency] = totals.get(currency, 0) + amount
        envelopes = handler._envelopes(message, stored, reader=handler._csv, is_again=self._was_read(message))
        return envelopes, {"charged": {currency: str(total) for currency, total in totals.items()}}

    @api.model
    def _was_read(self, message):
        """:return: whether the very same file has been read before: what is in it is no news"""
        return bool(
            self.env["finance.message"].search_count(
                [
                    ("flow_id", "=", message.flow_id.id),
                    ("payload_id.sha256", "=", message.payload_sha256),
                    ("id", "<", message.id),
                    ("state", "=", "done"),
                ],
                limit=1,
            )
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
