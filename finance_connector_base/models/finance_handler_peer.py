from odoo import api, fields, models

from ..engine.envelope import Envelope
from ..engine.errors import MalformedError, RejectedError, TransientError
from ..engine.outcome import Done

HANDLER = "finance.handler.peer"
#: what is an invoice here is a bill over there
MIRRORED = {"out_invoice": "vendor_bill", "out_refund": "vendor_credit_note"}


class FinanceHandlerPeer(models.AbstractModel):
    """Hands customer invoices in at another database of the suite, until that one says what it has made of them.

    Each side keeps the name the other one gave (S-01): over there our name is the external id of the bill, here the
    name of the bill is the external id of the invoice.
    """

    _name = HANDLER
    _inherit = "finance.handler"
    _description = "Send Invoices to Another Database"

    _calls_out = True

    @api.model
    def _call(self, message):
        # sudo: content of messages is read by the engine alone
        body = message.sudo().data
        told = message.connection_id._adapter()._send_invoice(
            message.connection_id, body, f"{message.id}-{message.correlation_id}"
        )
        if told.get("state") in ("waiting", "working"):
            raise TransientError(
                self.env._("%s has it and has not worked it yet.", message.connection_id.name), reason="peer_waiting"
            )
        if told.get("state") != "done":
            raise RejectedError(
                self.env._(
                    "%(system)s holds it: %(why)s",
                    system=message.connection_id.name,
                    why=told.get("detail") or told.get("reason") or "?",
                ),
                reason="peer_holds",
            )
        if not (told.get("document") or {}).get("id"):
            raise MalformedError(
                self.env._("%s does not say what it has made of it.", message.connection_id.name),
                reason="peer_malformed",
            )
        return told

    @api.model
    def _settle(self, message, answer):
        name = answer["document"]["id"]
        move = self.env[message.res_model].browse(message.res_id)
        references = self.env["finance.external.reference"]
        known = references._find(message.connection_id, "invoice", [name])
        if known.get(name) not in (None, (move._name, move.id)):
            raise MalformedError(
                self.env._("%s gave the same name to another invoice.", message.connection_id.name),
                reason="peer_malformed",
            )
        if not known:
            references._link(message.connection_id, "invoice", name, move, message)
        return Done(result={"external_id": name}, documents=((move._name, move.id),))

    @api.model
    def _envelope(self, move):
        """:return: the envelope of an invoice, as it is now"""
        names = self.env["finance.api"]._names()
        digits = move.currency_id.decimal_places
        company = move.company_id
        lines = move.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        name = names.of("invoice", move.id)
        body = {
            "external_id": name,
            "kind": MIRRORED[move.move_type],
            "number": move.name,
            "counterparty": company.vat or names.of("company", company.id),
            "issued_on": str(move.invoice_date),
            "due_on": str(move.invoice_date_due) if move.invoice_date_due else None,
            "currency": move.currency_id.name,
            "lines": [
                {
                    "text": line.name or line.product_id.display_name or move.name,
                    "quantity": f"{line.quantity:.6f}",
                    "net": f"{line.price_subtotal:.{digits}f}",
                    "taxes": line.tax_ids.mapped("name"),
                }
                for line in lines
            ],
            "total": f"{move.amount_total:.{digits}f}",
        }
        return Envelope(
            subject=move.name,
            data=body,
            dedupe_key=name,
            business_key=move.name,
            res_model=move._name,
            res_id=move.id,
        )


class FinanceFlow(models.Model):
    _inherit = "finance.flow"

    handler = fields.Selection(
        selection_add=[(HANDLER, "Send invoices to another database of the suite")],
        ondelete={HANDLER: "cascade"},
    )


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        # EXTENDS: what a flow names is sent with the transaction that confirms it; without a domain nothing is
        posted = super()._post(soft=soft)
        # sudo: whoever confirms an invoice need not be allowed to read flows
        flows = self.env["finance.flow"].sudo()
        sending = flows.search(
            [("handler", "=", HANDLER), ("release_domain", "!=", False), ("company_id", "in", posted.company_id.ids)]
        )
        for flow in sending:
            moves = posted.filtered(
                lambda move, flow=flow: move.move_type in MIRRORED and move.company_id == flow.company_id
            )
            flow._enqueue_records(moves, self.env[HANDLER]._envelope)
        return posted
