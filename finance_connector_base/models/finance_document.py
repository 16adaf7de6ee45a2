from decimal import Decimal

from odoo import api, models
from odoo.fields import Command

from ..canonical.documents import Bill, Opportunity, Payment
from ..engine.errors import MalformedError, RejectedError
from ..engine.outcome import Done, Held, Ignored

#: kind of document -> (type of the entry, type of the journal)
MOVES = {
    "customer_invoice": ("out_invoice", "sale"),
    "customer_credit_note": ("out_refund", "sale"),
    "vendor_bill": ("in_invoice", "purchase"),
    "vendor_credit_note": ("in_refund", "purchase"),
    "opportunity": ("out_invoice", "sale"),
}
#: kinds of mappings that translate the codes of documents
TAX, ACCOUNT, JOURNAL, PRODUCT, ANALYTIC = "tax", "account", "journal", "product", "analytic_account"


class FinanceDocument(models.AbstractModel):
    """Documents of other systems in Odoo's books, each once, by what the other system calls it.

    A document that needs another one (a payment its invoice) waits for it, whatever order they come in. Codes are
    translated by mappings; what is not mapped holds the document until it is.
    """

    _name = "finance.document"
    _description = "Documents of Other Systems"

    @api.model
    def _apply(self, document, flow, message):
        """Book a document.

        :return: an :data:`~..engine.outcome.Outcome`
        :raise FinanceError: it cannot be booked as it is, or has to wait
        """
        if isinstance(document, Bill):
            return self._bill(document, flow, message)
        if isinstance(document, Payment):
            return self._pay(document, flow, message)
        if isinstance(document, Opportunity):
            return self._opportunity(document, flow, message)
        raise RejectedError(
            self.env._("%s is sent to other systems, and never booked from them.", document.kind),
            reason="booking_malformed",
        )

    # -- what is known ---------------------------------------------------------------------------------

    @api.model
    def _known(self, connection, kind, external_id):
        """:return: the record that was made of a document, or None"""
        found = self.env["finance.external.reference"]._find(connection, kind, [external_id]).get(external_id)
        return self.env[found[0]].browse(found[1]).exists() if found else None

    @api.model
    def _link(self, connection, kind, external_id, record, message):
        self.env["finance.external.reference"]._link(connection, kind, external_id, record, message)
        self.env["finance.waiting.key"]._fixed([self._waiting_key(connection, kind, external_id)])

    @api.model
    def _waiting_key(self, connection, kind, external_id):
        return f"document:{connection.id}:{kind}:{external_id}"

    @api.model
    def _posted(self, moves):
        """What waits for these entries goes on."""
        if not moves:
            return
        # sudo: whoever posts need not be allowed to read references
        references = self.env["finance.external.reference"].sudo()
        found = references.search([("res_model", "=", "account.move"), ("res_id", "in", moves.ids)])
        keys = [self._waiting_key(r.connection_id, r.object_type, r.external_id) for r in found]
        if keys:
            self.env["finance.waiting.key"]._fixed(keys)

    @api.model
    def _awaited(self, connection, kind, external_id, *, posted=True):
        """:return: the entry that another document refers to
        :raise MalformedError: it has not arrived, or is not posted; what asks goes on once it is
        """
        move = self._known(connection, kind, external_id)
        if move and (not posted or move.state == "posted"):
            return move
        if move and move.state == "cancel":
            raise RejectedError(self.env._("%s was cancelled here.", move.display_name), reason="document_changed")
        what = {"kind": kind.replace("_", " "), "name": external_id}
        raise MalformedError(
            self.env._("Waits until %(kind)s %(name)s is posted.", **what)
            if move
            else self.env._("Waits for %(kind)s %(name)s, which has not arrived yet.", **what),
            reason="document_waits",
            params={"kind": kind, "external_id": external_id},
            waiting_key=self._waiting_key(connection, kind, external_id),
        )

    # -- invoices, bills, credit notes ---------------------------------------------------------------------

    @api.model
    def _bill(self, document, flow, message):
        connection = flow.connection_id
        move = self._known(connection, document.kind, document.external_id)
        if move:
            return self._again(move, document, flow, message)
        if document.state == "cancelled":
            return Ignored(
                reason="document_known", detail=self.env._("It was cancelled before it was booked: nothing to do.")
            )
        values = self._move_values(document, flow, message)
        if document.of:
            of_kind = document.kind.replace("_credit_note", "_invoice" if "customer" in document.kind else "_bill")
            values["reversed_entry_id"] = self._awaited(connection, of_kind, document.of, posted=False).id
        move = self._moves(connection).create(values)
        self._compare(move, document, flow)
        self._link(connection, document.kind, document.external_id, move, message)
        self._release(move, document, flow)
        return Done(result={"state": move.state, "total": str(document.total)}, documents=(("account.move", move.id),))

    @api.model
    def _moves(self, connection):
        # sudo: the engine books for its connection, whose company is checked
        return self.env["account.move"].sudo().with_company(connection.company_id)

    @api.model
    def _release(self, move, document, flow):
        if flow.document_post == "post" and document.state == "open":
            move._post(soft=False)
            if move.state == "posted" and move.reversed_entry_id.state == "posted":
                self._settle_against(move)

    @api.model
    def _settle_against(self, credit_note):
        """What is open on the invoice is lowered by its credit note, and by no more than is open."""
        lines = (credit_note | credit_note.reversed_entry_id).line_ids.filtered(
            lambda line: (
                line.account_id.account_type in ("asset_receivable", "liability_payable") and not line.reconciled
            )
        )
        for account in lines.account_id:
            same = lines.filtered(lambda line: line.account_id == account)  # noqa: B023
            if len(same.move_id) == 2:
                same.reconcile()

    @api.model
    def _move_values(self, document, flow, message):
        connection = flow.connection_id
        move_type, journal_type = MOVES[document.kind]
        partner = self._partner(document.partner, connection, message, is_vendor=journal_type == "purchase")
        return {
            "move_type": move_type,
            "company_id": connection.company_id.id,
            "partner_id": partner.id,
            "journal_id": self._journal(document, flow, journal_type).id,
            "invoice_date": document.date,
            "invoice_date_due": getattr(document, "due", None) or False,
            "currency_id": self._currency(document.currency).id,
            "ref": getattr(document, "reference", None) or document.number or document.external_id,
            "invoice_origin": getattr(document, "origin", None) or document.number or False,
            "narration": getattr(document, "note", None) or False,
            "invoice_line_ids": [Command.create(self._line(line, document, connection)) for line in document.lines],
        }

    @api.model
    def _line(self, line, document, connection):
        product = self._translated(connection, PRODUCT, line.product, document, needed=False)
        digits = self.env["decimal.precision"].precision_get("Product Price")
        values = {
            "name": line.name,
            **self.env["finance.booking"]._price(line, digits),
            "tax_ids": [
                Command.set(
                    [
                        self._translated(connection, TAX, code, document, rate=True).id
                        for code in dict.fromkeys(line.taxes)
                    ]
                )
            ],
        }
        if product:
            values["product_id"] = product.id
        if line.account:
            values["account_id"] = self._translated(connection, ACCOUNT, line.account, document).id
        if line.analytic:
            analytic = self._translated(connection, ANALYTIC, line.analytic, document)
            values["analytic_distribution"] = {str(analytic.id): 100}
        return values

    @api.model
    def _translated(self, connection, domain, code, document, *, needed=True, rate=False):
        """:return: the record of a code; of one that need not be mapped, an empty one
        :raise MalformedError: it has to be mapped first
        """
        mappings = self.env["finance.mapping"]
        if not code:
            return None
        if not needed and code not in mappings._lookup(connection, domain, [code], date=document.date):
            return None
        facts = {"amount": document.total, "currency": document.currency} if hasattr(document, "total") else {}
        return mappings._resolve(connection, domain, code, date=document.date, qualifiers=facts)[0].sudo(
            # sudo: as the lookup
        )

    @api.model
    def _journal(self, document, flow, journal_type):
        connection = flow.connection_id
        code = getattr(document, "journal", None)
        if code and journal_type in ("sale", "purchase"):
            return self._translated(connection, JOURNAL, code, document)
        chosen = flow.document_journal_id
        if chosen.type == journal_type:
            return chosen
        # sudo: as the entry
        journals = self.env["account.journal"].sudo()
        found = journals.search([("company_id", "=", connection.company_id.id), ("type", "=", journal_type)], limit=1)
        if not found:
            raise RejectedError(
                self.env._("There is no journal for it. Choose one on the flow %s.", flow.name),
                reason="connection_incomplete",
            )
        return found

    @api.model
    def _currency(self, code):
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
        if not currency.active:
            raise RejectedError(
                self.env._("The currency %s is not switched on. Activate it under Accounting, then retry.", code),
                reason="booking_currency_unknown",
            )
        return currency

    @api.model
    def _compare(self, move, document, flow):
        """:raise MalformedError: Odoo comes to another total than the other system"""
        ours = move.amount_total
        theirs = float(document.total)
        tolerance = flow.document_tolerance
        if move.currency_id.compare_amounts(abs(ours - theirs), tolerance) > 0:
            raise MalformedError(
                self.env._(
                    "Odoo comes to %(ours)s, the other system says %(theirs)s. Look at the taxes that its codes are "
                    "mapped to, and at the decimals of the currency.",
                    ours=move.currency_id.format(ours),
                    theirs=move.currency_id.format(theirs),
                ),
                reason="booking_total_differs",
                params={"ours": ours, "theirs": theirs},
            )

    @api.model
    def _again(self, move, document, flow, message):
        """The other side says something about a document that is here already."""
        documents = (("account.move", move.id),)
        known = Ignored(reason="document_known", detail=self.env._("It is here already."), documents=documents)
        if document.state == "cancelled":
            if move.state == "cancel":
                return known
            if move.state == "draft":
                move.button_cancel()
                return Done(result={"state": "cancel"}, documents=documents)
            return self._changed(move, self.env._("was cancelled"), documents)
        same = move.currency_id.name == document.currency and not move.currency_id.compare_amounts(
            move.amount_total, float(document.total)
        )
        if same and move.state != "draft":
            return known
        if move.state == "posted":
            return self._changed(move, self.env._("now comes to %s", document.total), documents)
        if move.state == "cancel":
            return self._changed(move, self.env._("is open again"), documents)
        if not same:
            values = self._move_values(document, flow, message)
            move.write({**values, "invoice_line_ids": [Command.clear(), *values["invoice_line_ids"]]})
            self._compare(move, document, flow)
        before = move.state
        self._release(move, document, flow)
        return known if same and move.state == before else Done(result={"state": move.state}, documents=documents)

    @api.model
    def _changed(self, move, how, documents):
        return Held(
            reason="document_changed",
            detail=self.env._(
                "%(name)s %(how)s at the other system, and is on the books here. Correct it by a credit note, or "
                "discard this message.",
                name=move.display_name,
                how=how,
            ),
            documents=documents,
        )

    # -- partners ------------------------------------------------------------------------------------------

    @api.model
    def _partner(self, party, connection, message, *, is_vendor):
        """:return: who a document is for: known, certainly the same, or made"""
        external_id = party.external_id or (party.email and f"email:{party.email.lower()}")
        if not external_id and not party.name:
            raise MalformedError(
                self.env._("It says neither the number nor the name of the partner."), reason="booking_malformed"
            )
        partner = self._known(connection, "partner", external_id) if external_id else None
        if partner:
            return partner.sudo()  # sudo: as the entry
        if is_vendor and not party.name:
            raise MalformedError(
                self.env._("Vendor %s has not arrived yet.", external_id),
                reason="master_reference_unknown",
                waiting_key=f"master:{connection.id}:partner:{external_id}",
            )
        # sudo: as the entry
        partners = self.env["res.partner"].sudo().with_company(connection.company_id)
        partner = self._same_partner(partners, party, connection.company_id)
        if not partner:
            partner = partners.create(self._partner_values(party, connection))
        if external_id:
            self.env["finance.external.reference"]._link(connection, "partner", external_id, partner, message)
        return partner

    @api.model
    def _same_partner(self, partners, party, company):
        """Certain is the number for VAT; a person of the same name and address of e-mail is the same person."""
        own = [("company_id", "in", [company.id, False]), ("parent_id", "=", False)]
        found = partners.browse()
        if party.vat:
            found = partners.search([*own, ("vat", "=ilike", party.vat.replace("\\", "").replace("%", ""))], limit=2)
        elif party.email and party.name:
            found = partners.search([*own, ("email_normalized", "=", party.email.lower())], limit=5).filtered(
                lambda partner: (partner.name or "").casefold() == party.name.casefold()
            )
        return found if len(found) == 1 else partners.browse()

    @api.model
    def _partner_values(self, party, connection):
        country = self.env["res.country"]
        if party.country:
            country = country.search([("code", "=", party.country)], limit=1)
        return {
            "name": party.name or party.email or party.external_id,
            "is_company": bool(party.is_company),
            "company_id": connection.company_id.id,
            "email": party.email or False,
            "phone": party.phone or False,
            "vat": party.vat or False,
            "street": party.street or False,
            "street2": party.street2 or False,
            "zip": party.zip or False,
            "city": party.city or False,
            "country_id": country.id,
        }

    # -- payments --------------------------------------------------------------------------------------------

    @api.model
    def _pay(self, document, flow, message):
        connection = flow.connection_id
        if self._known(connection, document.kind, document.external_id):
            return Ignored(reason="document_known", detail=self.env._("It is here already."))
        move = self._awaited(connection, document.of_kind, document.of)
        if move.currency_id.name != document.currency:
            raise RejectedError(
                self.env._(
                    "It was paid in %(paid)s, the document is in %(billed)s.",
                    paid=document.currency,
                    billed=move.currency_id.name,
                ),
                reason="booking_currency_unknown",
            )
        notes = self._set_free(move, float(document.amount))
        if move.currency_id.is_zero(move.amount_residual):
            raise RejectedError(
                self.env._("%s is paid already. Book the payment by hand, or discard the message.", move.display_name),
                reason="document_paid",
            )
        wizard = (
            self.env["account.payment.register"]
            .sudo()  # sudo: the engine books for its connection
            .with_company(connection.company_id)
            .with_context(active_model="account.move", active_ids=move.ids, dont_redirect_to_payments=True)
            .create(
                {
                    "journal_id": self._payment_journal(document, flow).id,
                    "amount": float(document.amount),
                    "currency_id": move.currency_id.id,
                    "payment_date": document.date,
                    "communication": document.reference or document.number or document.external_id,
                }
            )
        )
        payment = wizard._create_payments()
        # without an entry of the payment nothing is lower yet: the line of the bank settles it
        for note in notes if payment.move_id else ():
            self._settle_against(note)
        self._link(connection, document.kind, document.external_id, payment, message)
        return Done(
            result={"amount": str(document.amount), "of": move.display_name},
            documents=(("account.payment", payment.id), ("account.move", move.id)),
        )

    @api.model
    def _set_free(self, move, amount):
        """Take credit notes off an invoice when more money has come than is open: the invoice was paid before it was
        credited, and what was given back is told as a payment of the credit note.

        :return: these credit notes, to be set against what is still open after the payment
        """
        if move.currency_id.compare_amounts(move.amount_residual, amount) >= 0:
            return move.browse()
        # sudo: the engine books for its connection
        notes = move.sudo().reversal_move_ids.filtered(lambda note: note.state == "posted")
        lines = notes.line_ids
        partials = (lines.matched_debit_ids | lines.matched_credit_ids).filtered(
            lambda partial: move in (partial.debit_move_id | partial.credit_move_id).move_id
        )
        partials.unlink()
        return notes if partials else move.browse()

    @api.model
    def _payment_journal(self, document, flow):
        if document.journal:
            return self._translated(flow.connection_id, JOURNAL, document.journal, document)
        if flow.document_payment_journal_id:
            return flow.document_payment_journal_id
        return self._journal(document, flow, "bank")

    # -- deals -------------------------------------------------------------------------------------------------

    @api.model
    def _opportunity(self, document, flow, message):
        """A won deal becomes one draft invoice, whatever is said of it later (S-11)."""
        connection = flow.connection_id
        move = self._known(connection, document.kind, document.external_id)
        documents = (("account.move", move.id),) if move else ()
        if document.state != "won":
            if move and move.state == "posted":
                return self._changed(move, self.env._("is %s", document.state), documents)
            return Ignored(
                reason="document_known", detail=self.env._("Only won deals are invoiced."), documents=documents
            )
        if move:
            total = sum((line.net for line in document.lines), Decimal(0)) if document.lines else document.amount
            if total is None or not move.currency_id.compare_amounts(move.amount_untaxed, float(total)):
                return Ignored(reason="document_known", detail=self.env._("It is here already."), documents=documents)
            return self._changed(move, self.env._("now comes to %s", total), documents)
        values = self._move_values(
            document.model_copy(update={"currency": document.currency or connection.company_id.currency_id.name}),
            flow,
            message,
        )
        if not document.lines:
            if document.amount is None:
                raise MalformedError(self.env._("It has neither lines nor an amount."), reason="booking_malformed")
            values["invoice_line_ids"] = [
                Command.create({"name": document.name, "quantity": 1, "price_unit": float(document.amount)})
            ]
        move = self._moves(connection).create(values)
        self._link(connection, document.kind, document.external_id, move, message)
        return Done(result={"state": move.state}, documents=(("account.move", move.id),))

    # -- out -----------------------------------------------------------------------------------------------------

    @api.model
    def _journal_entry(self, move, connection):
        """:return: an entry as it is told to another ledger (S-24), with the codes that it has there
        :raise MalformedError: an account has none
        """
        move = move.sudo()  # sudo: released for sending
        lines = move.line_ids.filtered(lambda line: line.display_type not in ("line_section", "line_note"))
        codes = self._codes(connection, ACCOUNT, lines.account_id, move.date)
        digits = move.company_currency_id.decimal_places
        return {
            "object": "journal_entry",
            "external_id": f"move-{move.id}",
            "number": move.name,
            "date": str(move.date),
            "currency": move.company_currency_id.name,
            "journal": move.journal_id.code,
            "reference": move.ref or move.name,
            "lines": [
                {
                    "account": codes[line.account_id.id],
                    "name": line.name or move.name,
                    "debit": f"{line.debit:.{digits}f}",
                    "credit": f"{line.credit:.{digits}f}",
                    **({"partner": {"name": line.partner_id.commercial_partner_id.name}} if line.partner_id else {}),
                }
                for line in lines
                if line.debit or line.credit
            ],
        }

    @api.model
    def _codes(self, connection, domain, records, day):
        """:return: dict record id -> code of the other side, by the mappings read backwards"""
        # sudo: read by the engine for one connection
        mappings = (
            self.env["finance.mapping"]
            .sudo()
            .search(
                [
                    ("state", "=", "active"),
                    ("domain_id.code", "=", domain),
                    ("operation", "=", "equals"),
                    ("connection_id", "in", [connection.id, False]),
                    ("res_id", "in", records.ids),
                ],
                order="connection_id NULLS LAST, id",
            )
        )
        found = {}
        for mapping in mappings.sorted(lambda mapping: not mapping.connection_id):
            if mapping._valid_on(day):
                found.setdefault(mapping.res_id, mapping.code)
        missing = records.filtered(lambda record: record.id not in found)
        if missing:
            raise MalformedError(
                self.env._(
                    "%(records)s: no code at %(system)s. Map one to each under Mappings (%(kind)s), then retry.",
                    records=", ".join(missing[:5].mapped("display_name")),
                    system=connection.name,
                    kind=domain,
                ),
                reason="document_code",
            )
        return found
