from odoo import api, fields, models

from ..canonical import CanonicalError, parse_document
from ..engine.errors import MalformedError


class FinanceHandlerReceived(models.AbstractModel):
    """Books what another system says has happened: invoices, credit notes, bills, payments, deals."""

    _name = "finance.handler.received"
    _inherit = "finance.handler"
    _description = "Book Documents"
    _is_comparable = True

    @api.model
    def _handle(self, message):
        # sudo: content of messages is read by the engine alone
        data = dict(message.sudo().data or {})
        problem = data.pop("problem", None)
        if problem:
            raise MalformedError(self.env._("It is not as described: %s", problem), reason="definition_mismatch")
        try:
            document = parse_document(data)
        except CanonicalError as error:
            raise MalformedError(
                self.env._("The document cannot be booked: %s", error), reason="booking_malformed"
            ) from None
        return self.env["finance.document"]._apply(document, message.flow_id, message)


class FinanceFlow(models.Model):
    """How a flow books documents."""

    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[("finance.handler.received", "Book documents of a described system")],
        ondelete={"finance.handler.received": "cascade"},
    )
    document_post = fields.Selection(
        [("draft", "Leave as draft"), ("post", "Post")],
        string="Documents",
        default="draft",
        required=True,
        help="Whether invoices, credit notes and bills are posted, or wait for a person.",
    )
    document_journal_id = fields.Many2one(
        "account.journal",
        string="Journal",
        domain="[('type', 'in', ('sale', 'purchase')), ('company_id', '=', company_id)]",
        help="Where a document does not name one that is mapped. Empty: the first one of its kind.",
    )
    document_payment_journal_id = fields.Many2one(
        "account.journal",
        string="Journal for payments",
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
    )
    document_tolerance = fields.Float(
        string="Totals may differ by",
        digits=(16, 2),
        help="Where Odoo computes another tax by some cents. A document that differs more is held.",
    )

    @api.model
    def _portable_fields(self):
        return [*super()._portable_fields(), "document_post", "document_tolerance"]
