from odoo import models

from .finance_api_invoice import KIND_OF, state_of


class AccountMove(models.Model):
    """Tells of the life of invoices, bills and credit notes."""

    _inherit = "account.move"

    def _post(self, soft=True):
        """EXTENDS account: an invoice was confirmed, and with it perhaps another one reversed."""
        posted = super()._post(soft=soft)
        posted._tell_invoices("finance.invoice.posted")
        reversals = posted.filtered("reversed_entry_id")
        if reversals:
            reversals.reversed_entry_id._tell_invoices(
                "finance.invoice.reversed", {move.reversed_entry_id.id: move.id for move in reversals}
            )
        return posted

    def _invoice_paid_hook(self):
        """EXTENDS account: nothing is open any more, or the payment is on its way."""
        result = super()._invoice_paid_hook()
        on_the_way = self.filtered(lambda move: move.payment_state == "in_payment")
        on_the_way._tell_invoices("finance.invoice.in_payment")
        (self - on_the_way)._tell_invoices("finance.invoice.paid")
        return result

    def _tell_invoices(self, name, reversed_by=None):
        """:param reversed_by: dict id -> id of what reverses it"""
        event = self.env["finance.event"]
        if not event._wants(name):
            return
        # sudo: whoever confirms or pays need not see what is told; it is told to whom an administrator has named
        invoices = self.sudo().filtered(lambda move: move.move_type in KIND_OF)
        names = self.env["finance.api"]._names()
        facts = []
        for move in invoices:
            digits = move.currency_id.decimal_places
            partner = move.commercial_partner_id
            data = {
                "id": names.of("invoice", move.id),
                "number": move.name if move.name and move.name != "/" else None,
                "kind": KIND_OF[move.move_type],
                "state": state_of(move),
                "counterparty": names.of("counterparty", partner.id) if partner else None,
                "currency": move.currency_id.name,
                "total": f"{move.amount_total:.{digits}f}",
                "open_amount": f"{move.amount_residual:.{digits}f}",
                "issued_on": move.invoice_date or None,
                "due_on": move.invoice_date_due or None,
            }
            if reversed_by:
                data["reversed_by"] = names.of("invoice", reversed_by[move.id])
            facts.append({"subject": data["id"], "company_id": move.company_id.id, "data": data})
        event._emit(name, facts)
