from odoo import api, fields, models

from ..canonical import CanonicalError, parse_document
from ..engine.errors import MalformedError
from ..engine.outcome import Done, Ignored


class FinanceHandlerDocument(models.AbstractModel):
    """Books a canonical document of another system once: its identity over there is linked to what was made of it."""

    _name = "finance.handler._document"
    _inherit = "finance.handler"
    _is_comparable = True
    _description = "Booking of Documents"

    #: kinds of documents it books
    _kinds = frozenset()

    @api.model
    def _handle(self, message):
        # sudo: content of messages is read by the engine alone
        data = message.sudo().data or {}
        try:
            document = parse_document(data)
        except CanonicalError as error:
            raise MalformedError(str(error), reason="booking_malformed") from None
        if document.kind not in self._kinds:
            raise MalformedError(
                self.env._("A document of the kind %s is not booked here.", document.kind), reason="booking_malformed"
            )
        connection = message.connection_id
        references = self.env["finance.external.reference"]
        known = references._find(connection, document.kind, [document.external_id]).get(document.external_id)
        if known:
            return Ignored(reason="duplicate", detail=self.env._("It was booked before."), documents=(known,))
        move = self._book(document, connection)
        references._link(connection, document.kind, document.external_id, move, message)
        self._told(move, message)
        return Done(result={"document": move.display_name, "state": move.state}, documents=((move._name, move.id),))

    @api.model
    def _book(self, document, connection):
        """:return: what was made"""
        raise NotImplementedError(self._name)

    @api.model
    def _told(self, move, message):
        """Ask a person to check what is no more than a draft."""
        if move.state != "draft":
            return
        owner = message.flow_id._owner_of("business")
        if owner:
            move.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=owner.id,
                summary=self.env._("Check and confirm: sent by %s", message.connection_id.name),
            )


class FinanceHandlerEntry(models.AbstractModel):
    """Journal entries, as drafts or confirmed, as the program that sends them is allowed."""

    _name = "finance.handler.entry"
    _inherit = "finance.handler._document"
    _description = "Book Journal Entries"

    _kinds = frozenset({"journal_entry"})

    @api.model
    def _book(self, document, connection):
        # sudo: how far the program is trusted, asked by the engine
        clients = self.env["finance.api.client"].sudo().with_context(active_test=False)
        client = clients.search([("connection_ids", "in", connection.ids)], limit=1)
        return self.env["finance.booking"]._book_entry(document, connection, post=client.posting_mode == "posted")


class FinanceHandlerBill(models.AbstractModel):
    """Invoices, bills and credit notes, as drafts that a person checks."""

    _name = "finance.handler.bill"
    _inherit = "finance.handler._document"
    _description = "Draft Invoices and Bills"

    _kinds = frozenset({"customer_invoice", "customer_credit_note", "vendor_bill", "vendor_credit_note"})

    @api.model
    def _book(self, document, connection):
        return self.env["finance.booking"]._draft_bill(document, connection)


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[
            ("finance.handler.entry", "Book journal entries"),
            ("finance.handler.bill", "Draft invoices and bills"),
        ],
        ondelete={"finance.handler.entry": "cascade", "finance.handler.bill": "cascade"},
    )
