from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..engine.errors import FinanceError, MalformedError, RejectedError

QUIET = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}
#: kind of mapping -> (model, field that holds the codes people know)
CODES = {
    "account": ("account.account", "code"),
    "journal": ("account.journal", "code"),
    "tax": ("account.tax", "name"),
    "analytic_account": ("account.analytic.account", "code"),
    "partner": ("res.partner", "ref"),
}


class FinanceBooking(models.AbstractModel):
    """Makes journal entries and drafts of invoices from canonical documents, or says all that is in the way.

    A code is translated by the mappings of its connection; one that nobody has mapped is looked for among the codes of
    this database. What is found nowhere holds the message until it is mapped.
    """

    _name = "finance.booking"
    _description = "Booking of Documents"

    # -- journal entries -----------------------------------------------------------------------

    @api.model
    def _book_entry(self, document, connection, *, post):
        """:return: the move of a :class:`~..canonical.documents.JournalEntry`
        :raise FinanceError: the first thing that is in the way
        """
        values, faults = self._entry_values(document, connection)
        if faults:
            raise faults[0]
        move = self._create(connection, values)
        given = sorted(line["amount_currency"] for _new, _id, line in values["line_ids"])
        made = sorted(move.line_ids.mapped("amount_currency"))
        if len(made) != len(given) or any(map(move.currency_id.compare_amounts, made, given)):
            raise RejectedError(self.env._("Odoo would have booked other lines than these."), reason="booking_refused")
        if post:
            self._post(move)
        return move

    @api.model
    def _entry_values(self, document, connection):
        """:return: (values of the move, list of what is in the way)"""
        faults = []
        company = connection.company_id
        journal = self._journal(document, connection, faults)
        currency = self._currency(document, company, faults)
        lines = document.lines
        accounts = self._found("account", (line.account for line in lines), connection, document.date, faults)
        centers = self._found("analytic_account", (line.analytic for line in lines), connection, document.date, faults)
        partners = self._partners((line.partner for line in lines), connection, document.date, faults)
        self._check_period(document.date, company, journal, faults)
        self._check_precision([line.debit or line.credit for line in lines], currency, faults)
        if sum(line.debit for line in lines) != sum(line.credit for line in lines):
            faults.append(MalformedError(self.env._("Debits and credits differ."), reason="booking_unbalanced"))
        further = self._entry_taxes(document, connection, currency, faults)
        if faults:
            return {}, faults
        amounts = [line.debit - line.credit for line in lines]
        balances = self._balances(amounts, currency, company, document.date)
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "date": document.date,
            "ref": document.reference or document.number or document.external_id,
            "line_ids": [
                Command.create(
                    {
                        "account_id": accounts[line.account].id,
                        "name": line.name or False,
                        "partner_id": partners[line.partner].id if line.partner else False,
                        "currency_id": currency.id,
                        "amount_currency": float(amount),
                        "balance": float(balance),
                        "analytic_distribution": {str(centers[line.analytic].id): 100} if line.analytic else False,
                        **taxed,
                    }
                )
                for line, amount, balance, taxed in zip(lines, amounts, balances, further, strict=True)
            ],
        }, faults

    @api.model
    def _balances(self, amounts, currency, company, day):
        """:return: the amounts in the currency of the company; what rounding leaves goes to the largest line"""
        if currency == company.currency_id:
            return amounts
        unit = Decimal(1).scaleb(-company.currency_id.decimal_places)
        found = [
            Decimal(str(currency._convert(float(amount), company.currency_id, company, day))).quantize(unit)
            for amount in amounts
        ]
        left = sum(found, Decimal(0))
        if left:
            largest = max(range(len(found)), key=lambda number: abs(found[number]))
            found[largest] -= left
        return found

    @api.model
    def _post(self, move):
        intended = (move.date, sorted(move.line_ids.mapped("balance")))
        try:
            move._post(soft=False)
        except UserError as error:
            raise RejectedError(str(error), reason="booking_refused") from None
        if move.state != "posted" or (move.date, sorted(move.line_ids.mapped("balance"))) != intended:
            raise RejectedError(
                self.env._("Confirming would have changed the date or the amounts."), reason="booking_refused"
            )

    # -- invoices and bills --------------------------------------------------------------------

    @api.model
    def _draft_bill(self, document, connection):
        """:return: the draft of a :class:`~..canonical.documents.Bill`
        :raise FinanceError: the first thing that is in the way
        """
        values, faults = self._bill_values(document, connection)
        if faults:
            raise faults[0]
        move = self._create(connection, values)
        unit = Decimal(1).scaleb(-move.currency_id.decimal_places)
        total = Decimal(str(move.amount_total)).quantize(unit)
        if total != document.total:
            raise RejectedError(
                self.env._(
                    "With the taxes known here it comes to %(ours)s, and it says %(theirs)s.",
                    ours=total,
                    theirs=document.total,
                ),
                reason="booking_total_differs",
            )
        return move

    @api.model
    def _bill_values(self, document, connection):
        """:return: (values of the move, list of what is in the way)"""
        faults = []
        company = connection.company_id
        kinds = {
            "customer_invoice": ("out_invoice", "sale"),
            "customer_credit_note": ("out_refund", "sale"),
            "vendor_bill": ("in_invoice", "purchase"),
            "vendor_credit_note": ("in_refund", "purchase"),
        }
        move_type, use = kinds[document.kind]
        currency = self._currency(document, company, faults)
        lines, day = document.lines, document.date
        partners = self._partners([document.partner], connection, day, faults)
        accounts = self._found("account", (line.account for line in lines), connection, day, faults)
        centers = self._found("analytic_account", (line.analytic for line in lines), connection, day, faults)
        codes = [code for line in lines for code in line.taxes]
        taxes = self._found("tax", codes, connection, day, faults, [("type_tax_use", "=", use)])
        self._check_precision([*(line.net for line in lines), document.total], currency, faults)
        journals = self.env["account.journal"].with_company(company)
        journal = journals.search([("type", "=", use), *journals._check_company_domain(company)], limit=1)
        if not journal:
            faults.append(
                RejectedError(self.env._("%s has no journal for it.", company.name), reason="booking_journal_missing")
            )
        if faults:
            return {}, faults
        return {
            "move_type": move_type,
            "journal_id": journal.id,
            "partner_id": partners[document.partner].id,
            "invoice_date": document.date,
            "invoice_date_due": document.due or False,
            "invoice_payment_term_id": False,
            "currency_id": currency.id,
            "ref": document.number or document.reference or document.external_id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": line.name,
                        **self._price(line, journals.env["decimal.precision"].precision_get("Product Price")),
                        "tax_ids": [Command.set([taxes[code].id for code in line.taxes])],
                        "analytic_distribution": {str(centers[line.analytic].id): 100} if line.analytic else False,
                        **({"account_id": accounts[line.account].id} if line.account else {}),
                    }
                )
                for line in lines
            ],
        }, faults

    @api.model
    def _price(self, line, digits):
        """:return: quantity and price of a line; a price that does not come to the amount would change it"""
        if line.quantity:
            price = (line.net / line.quantity).quantize(Decimal(1).scaleb(-digits))
            if price * line.quantity == line.net:
                return {"quantity": float(line.quantity), "price_unit": float(price)}
        return {"quantity": 1.0, "price_unit": float(line.net)}

    # -- what both need ------------------------------------------------------------------------

    @api.model
    def _create(self, connection, values):
        moves = self.env["account.move"].with_company(connection.company_id).with_context(**QUIET)
        try:
            move = moves.create(values)
            move.flush_recordset()
        except UserError as error:
            raise RejectedError(str(error), reason="booking_refused") from None
        return move.with_env(self.env)

    @api.model
    def _findings(self, method, document, connection):
        """Say what is in the way of a document, also what Odoo itself has against it; nothing is kept.

        :param method: ``_book_entry`` or ``_draft_bill``
        :return: list of :class:`~..engine.errors.FinanceError`
        """
        values = self._entry_values if method == "_book_entry" else self._bill_values
        _values, faults = values(document, connection)
        if faults:
            return faults
        point = self.env.cr.savepoint(flush=True)
        try:
            if method == "_book_entry":
                self._book_entry(document, connection, post=False)
            else:
                self._draft_bill(document, connection)
        except FinanceError as error:
            faults.append(error)
        finally:
            point.close(rollback=True)
            self.env.invalidate_all(flush=False)
        return faults

    @api.model
    def _journal(self, document, connection, faults):
        domain = [("type", "=", "general")]
        if document.journal:
            found = self._found("journal", [document.journal], connection, document.date, faults, domain)
            return found.get(document.journal, self.env["account.journal"])
        company = connection.company_id
        journals = self.env["account.journal"]
        journal = journals.search([*domain, *journals._check_company_domain(company)], limit=1)
        if not journal:
            faults.append(
                RejectedError(
                    self.env._("%s has no journal for miscellaneous entries.", company.name),
                    reason="booking_journal_missing",
                )
            )
        return journal

    @api.model
    def _currency(self, document, company, faults):
        # sudo: currencies and their rates are no secret
        currency = self.env["res.currency"].sudo().search([("name", "=", document.currency)], limit=1)
        if not currency:
            faults.append(
                MalformedError(
                    self.env._("%s is no currency that is active here.", document.currency),
                    reason="booking_currency_unknown",
                )
            )
        elif currency != company.currency_id:
            rates = currency.rate_ids.filtered(
                lambda rate: rate.name <= document.date and rate.company_id in (company.root_id, company.browse())
            )
            if not rates:
                faults.append(
                    RejectedError(
                        self.env._(
                            "There is no rate of %(currency)s on %(day)s.", currency=currency.name, day=document.date
                        ),
                        reason="booking_rate_missing",
                    )
                )
        return currency

    @api.model
    def _check_period(self, day, company, journal, faults):
        locks = company._get_violated_lock_dates(day, False, journal)
        if locks:
            faults.append(
                RejectedError(
                    self.env._(
                        "The period of %(day)s is closed: %(locks)s.", day=day, locks=company._format_lock_dates(locks)
                    ),
                    reason="booking_period_closed",
                )
            )

    @api.model
    def _check_precision(self, amounts, currency, faults):
        if not currency:
            return
        unit = Decimal(1).scaleb(-currency.decimal_places)
        # Odoo calculates with floats: an amount that a float cannot hold would change on the way
        if any(amount % unit or Decimal(repr(float(amount))) != amount for amount in amounts):
            faults.append(
                MalformedError(
                    self.env._("An amount has more decimals than %s knows.", currency.name),
                    reason="booking_precision",
                )
            )

    @api.model
    def _found(self, kind, codes, connection, day, faults, domain=()):
        """Translate codes, all of a kind with two queries.

        :return: dict code -> record; a code that is found nowhere adds to ``faults``
        """
        codes = list(dict.fromkeys(code for code in codes if code))
        if not codes:
            return {}
        company = connection.company_id
        mappings = self.env["finance.mapping"]
        mapped = mappings._lookup(connection, kind, codes, date=day)
        found = {code: record for code, mapping in mapped.items() if (record := mapping._record(company))}
        model, field = CODES[kind]
        records = self.env[model].with_company(company)
        own = records.search(
            [(field, "in", [c for c in codes if c not in found]), *domain, *records._check_company_domain(company)]
        )
        by_code = own.grouped(field)
        for code in codes:
            if code in found:
                continue
            many = by_code.get(code, records)
            if len(many) == 1:
                found[code] = many.with_env(self.env)
            elif many:
                faults.append(
                    MalformedError(
                        self.env._("%s stands for more than one thing here. Map it.", code),
                        reason="booking_ambiguous",
                        params={"domain": kind, "code": code, "connection_id": connection.id},
                        waiting_key=mappings._waiting_key(connection, kind, code),
                    )
                )
            else:
                faults.append(self._unmapped(kind, code, connection, day))
        return found

    @api.model
    def _unmapped(self, kind, code, connection, day, label=None):
        try:
            self.env["finance.mapping"]._resolve(connection, kind, code, date=day, label=label)
        except MalformedError as error:
            return error
        # its mapping leads to what this company cannot use
        return MalformedError(self.env._("%s is not of this company.", code), reason="booking_malformed")

    @api.model
    def _partners(self, parties, connection, day, faults):
        """:return: dict party -> partner, by its name in the interface, its reference, a mapping, number or VAT"""
        parties = list(dict.fromkeys(party for party in parties if party))
        partners = self.env["res.partner"].with_company(connection.company_id)
        company = partners._check_company_domain(connection.company_id)
        ids = {party: party.external_id or party.vat or party.name for party in parties}
        references = self.env["finance.external.reference"]._find(connection, "partner", set(ids.values()))
        names = self.env["finance.api"]._names()
        found, left = {}, {}
        for party, code in ids.items():
            number = names.read("counterparty", code)
            if number is None and code in references:
                number = references[code][1]
            partner = partners.search([("id", "=", number), *company]) if number else partners
            if partner:
                found[party] = partner.with_env(self.env)
            else:
                left[party] = code
        missing = []
        numbers = {code.replace(" ", "").upper(): code for code in left.values()}
        by_vat = partners.search([("vat", "in", [*numbers, *left.values()]), ("parent_id", "=", False), *company])
        matching = by_vat.grouped(lambda partner: partner.vat.replace(" ", "").upper())
        for party, code in left.items():
            many = matching.get((party.vat or code).replace(" ", "").upper(), partners)
            if len(many) == 1:
                found[party] = many.with_env(self.env)
            else:
                missing.append((party, code))
        coded = self._found("partner", [code for _party, code in missing], connection, day, faults)
        return found | {party: coded[code] for party, code in missing if code in coded}
