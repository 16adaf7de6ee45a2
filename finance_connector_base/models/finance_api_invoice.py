from odoo import api, models

from ..api.contract import Counterparty, Invoice, InvoiceList

KINDS = {
    "customer_invoice": "out_invoice",
    "customer_credit_note": "out_refund",
    "vendor_bill": "in_invoice",
    "vendor_credit_note": "in_refund",
}
KIND_OF = {theirs: ours for ours, theirs in KINDS.items()}
#: Odoo's payment states, of what is posted -> words of the contract
STATES = {
    "not_paid": "open",
    "in_payment": "in_payment",
    "partial": "partially_paid",
    "paid": "paid",
    "reversed": "reversed",
    "blocked": "open",
    "invoicing_legacy": "paid",
}


def state_of(move):
    """:return: the state of an invoice in words of the contract"""
    return {"draft": "draft", "cancel": "cancelled"}.get(move.state) or STATES[move.payment_state]


class FinanceApi(models.AbstractModel):
    """Invoices, and how far they are paid."""

    _inherit = "finance.api"

    @api.model
    def _do_list_invoices(self, query):
        kinds = [KINDS[kind] for kind in query.kind] if query.kind else list(KINDS.values())
        domain = [("move_type", "in", kinds), *self._invoice_states(query.state)]
        if query.number:
            domain.append(("name", "=", query.number))
        if query.changed_since:
            domain.append(("write_date", ">=", query.changed_since.replace(tzinfo=None)))
        records, following = self._page("invoices", "account.move", domain, query, ("write_date", "id"))
        return InvoiceList(data=[self._invoice(record) for record in records], next=following)

    @api.model
    def _do_get_invoice(self, query, id):  # pylint: disable=redefined-builtin  # the name in the path
        domain = [("move_type", "in", list(KINDS.values()))]
        return self._invoice(self._named("account.move", "invoice", id, domain))

    @api.model
    def _invoice_states(self, states):
        if not states:
            return []
        parts = []
        if "draft" in states:
            parts.append([("state", "=", "draft")])
        if "cancelled" in states:
            parts.append([("state", "=", "cancel")])
        wanted = [theirs for theirs, ours in STATES.items() if ours in states]
        if wanted:
            parts.append(["&", ("state", "=", "posted"), ("payment_state", "in", wanted)])
        return ["|"] * (len(parts) - 1) + [leaf for part in parts for leaf in part]

    @api.model
    def _invoice(self, move):
        names = self._names()
        partner = move.commercial_partner_id
        digits = move.currency_id.decimal_places
        return Invoice(
            id=names.of("invoice", move.id),
            number=move.name if move.name and move.name != "/" else None,
            kind=KIND_OF[move.move_type],
            state=state_of(move),
            company=names.of("company", move.company_id.id),
            counterparty=Counterparty(
                id=names.of("counterparty", partner.id), name=partner.name or "", vat=partner.vat or None
            )
            if partner
            else None,
            reference=move.ref or None,
            payment_reference=move.payment_reference or None,
            issued_on=move.invoice_date or None,
            due_on=move.invoice_date_due or None,
            currency=move.currency_id.name,
            total=f"{move.amount_total:.{digits}f}",
            open_amount=f"{move.amount_residual:.{digits}f}",
            changed_at=move.write_date,
        )
