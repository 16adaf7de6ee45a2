"""SAF-T, the ledger of a company for a period as tax authorities ask for it: what the files of all countries share.

Written as a stream; what a schema would check is checked while it is written: lengths and forms of every text, that
what a line names is in the master files (keys and their references), that every entry balances and the totals are
those of the lines. A name that is too long is shortened, an identifier that is too long is an error: it would no longer
identify.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Hashable, Iterable
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO, ClassVar

from lxml import etree

from .saft_facts import Account, Analysis, Entry, Head, Journal, Line, Masters, Party, SaftError, Tax, TaxInfo, Totals
from .saft_text import (
    CODE,
    LONG,
    MIDDLE1,
    MIDDLE2,
    SHORT,
    filled,
    identifier,
    money,
    named,
    number,
    put,
    send,
    side,
    within,
)


class Writer:
    """Files of one extract: each is whole, with header, master files and so many entries.

    A country is a subclass: what it calls itself, and what it has beside, or in the place of, the elements here.

    :param spool: takes the master files, which are read once and are in each file
    :param namespace: instead of that of the schema, for who has made a schema of an own from it
    :raise SaftError: see the module; what was written then is no file
    """

    #: of the lists that accounts and taxes are grouped by
    code: ClassVar[str]
    name: ClassVar[str]
    namespace: ClassVar[str]
    version: ClassVar[str]
    #: what the names of files begin with
    label: ClassVar[str] = "SAF-T"
    #: type of tax and what it is called in the tax table
    tax: ClassVar[tuple[str, str]]
    tax_code: ClassVar[int]
    #: letters of the name of a company or person, a street, a city and a postal code
    lengths: ClassVar[tuple[int, int, int, int]]

    def __init__(self, head: Head, masters: Masters, spool: BinaryIO, namespace: str = "") -> None:
        self._head, self._spool, self._namespace = head, spool, namespace or self.namespace
        #: kind -> identifiers of that kind in the master files
        self._keys: dict[str, set[Hashable]] = {}
        self._master_files(masters)

    def write(self, totals: Totals, entries: Iterable[tuple[Journal, Entry]], stream: BinaryIO) -> None:
        """Write one file.

        :param totals: what ``entries`` will come to
        :param entries: ordered by journal
        """
        counted = Totals()
        stream.write(b"<?xml version='1.0' encoding='UTF-8'?>\n")
        # all elements are in the namespace of the first
        with within(stream, _start(self._namespace)):
            send(stream, self._header())
            with within(stream, "MasterFiles"):
                self._spool.seek(0)
                shutil.copyfileobj(self._spool, stream)
            with within(stream, "GeneralLedgerEntries"):
                send(stream, filled("NumberOfEntries", str(totals.entries)))
                send(stream, filled("TotalDebit", money(totals.debit, "TotalDebit")))
                send(stream, filled("TotalCredit", money(totals.credit, "TotalCredit")))
                self._journals(stream, entries, counted)
        if counted != totals:
            raise SaftError(f"The entries are not those that were counted: {counted} and {totals}.")

    # -- what a country has of its own ---------------------------------------------------------

    def _country(self) -> str:
        return self._head.country

    def _header_end(self, root: Any) -> None:
        """OVERRIDE: how taxes are accounted for, and what the header has after it"""
        raise NotImplementedError

    def _account_kind(self, one: Any, account: Account) -> None:
        """OVERRIDE: of which group and type an account is"""
        raise NotImplementedError

    def _party_end(self, one: Any, party: Party) -> None:
        """OVERRIDE: accounts and balances of a customer or supplier"""
        raise NotImplementedError

    def _tax_end(self, one: Any, tax: Tax) -> None:
        """What the details of a tax code end with."""

    def _entry_kind(self, root: Any, entry: Entry) -> None:
        """OVERRIDE: of which kind an entry is"""
        raise NotImplementedError

    def _entry_dates(self, root: Any, entry: Entry) -> None:
        """Dates of an entry after that of its posting."""

    def _line_source(self, root: Any, line: Line) -> None:
        """What a line says of its document, before its party."""

    def _line_end(self, root: Any, line: Line) -> None:
        """What a line ends with, after its taxes."""

    def _share(self, parent: Any, amount: Decimal, line: Line, where: str) -> None:
        """OVERRIDE: amount of an analysis"""
        raise NotImplementedError

    def _tax_country(self, one: Any) -> None:
        """Whose tax it is."""

    def _tax_amount(self, parent: Any, tax: TaxInfo, line: Line, where: str) -> None:
        """OVERRIDE: amount of a tax"""
        raise NotImplementedError

    # -- header and master files ---------------------------------------------------------------

    def _header(self) -> Any:
        head, root = self._head, etree.Element("Header")
        put(root, "AuditFileVersion", self.version)
        if not re.fullmatch("[A-Z]{2}", self._country()):
            raise SaftError("The company has no country. Enter it in its address.")
        put(root, "AuditFileCountry", self._country())
        put(root, "AuditFileDateCreated", head.created.isoformat())
        maker, software, version = head.software
        put(root, "SoftwareCompanyName", named(maker, MIDDLE2))
        put(root, "SoftwareID", named(software, LONG))
        put(root, "SoftwareVersion", named(version, SHORT))
        if not head.company.registration:
            raise SaftError("The company has no registration number. Enter it as its Company ID.")
        company = etree.SubElement(root, "Company")
        self._party(company, head.company, is_company=True)
        put(root, "DefaultCurrencyCode", head.currency)
        selection = etree.SubElement(root, "SelectionCriteria")
        put(selection, "SelectionStartDate", head.first.isoformat())
        put(selection, "SelectionEndDate", head.last.isoformat())
        self._header_end(root)
        return root

    def _party(self, parent: Any, party: Party, *, is_company: bool = False) -> None:
        name, street, city, postal = self.lengths
        if party.registration:
            put(parent, "RegistrationNumber", identifier(party.registration, MIDDLE1, "RegistrationNumber"))
        put(parent, "Name", named(party.name, name))
        address = etree.SubElement(parent, "Address")
        self._maybe(address, "StreetName", party.street, street)
        self._maybe(address, "City", party.city, city)
        self._maybe(address, "PostalCode", party.zip, postal)
        self._maybe(address, "Country", party.country, 2)
        if is_company:
            contact = etree.SubElement(parent, "Contact")
            person = etree.SubElement(contact, "ContactPerson")
            put(person, "FirstName", named(party.first_name or "NotUsed", MIDDLE1))
            put(person, "LastName", named(party.last_name or "NotUsed", MIDDLE2))
            self._maybe(contact, "Telephone", party.phone, SHORT)
            self._maybe(contact, "Email", party.email, MIDDLE2)
        if party.vat:
            registration = etree.SubElement(parent, "TaxRegistration")
            put(registration, "TaxRegistrationNumber", identifier(party.vat, MIDDLE1, "TaxRegistrationNumber"))

    #: elements that are there even when nothing is known
    needed: ClassVar[frozenset[str]] = frozenset()

    def _maybe(self, parent: Any, name: str, text: str, length: int) -> None:
        if text or name in self.needed:
            put(parent, name, named(text, length))

    def _sides(self, parent: Any, moment: str, amount: Decimal, where: str) -> None:
        put(parent, f"{moment}{side(amount)}Balance", money(abs(amount), where))

    def _master_files(self, masters: Masters) -> None:
        self._pieces(("GeneralLedgerAccounts",), map(self._account, masters.accounts))
        if not self._keys.get("account"):
            raise SaftError("There is no account.")
        self._pieces(("Customers",), (self._partner("Customer", party) for party in masters.customers))
        self._pieces(("Suppliers",), (self._partner("Supplier", party) for party in masters.suppliers))
        kind = (filled("TaxType", self.tax[0]), filled("Description", self.tax[1]))
        self._pieces(("TaxTable", "TaxTableEntry"), map(self._tax_details, masters.taxes), kind)
        self._pieces(("AnalysisTypeTable",), map(self._analysis, masters.analyses))

    def _pieces(self, names: tuple[str, ...], pieces: Iterable[Any], before: tuple[Any, ...] = ()) -> None:
        """Write a list piece by piece; an empty one is not there."""
        waiting = iter(pieces)
        first = next(waiting, None)
        if first is not None:
            with within(self._spool, *names):
                for piece in chain(before, (first,), waiting):
                    send(self._spool, piece)

    def _account(self, account: Account) -> Any:
        self._note("account", account.id)
        one = etree.Element("Account")
        put(one, "AccountID", identifier(account.id, MIDDLE2, "AccountID"))
        put(one, "AccountDescription", named(account.name, LONG))
        self._account_kind(one, account)
        if account.created:
            put(one, "AccountCreationDate", account.created.isoformat())
        self._sides(one, "Opening", account.opening, account.id)
        self._sides(one, "Closing", account.closing, account.id)
        return one

    def _partner(self, kind: str, party: Party) -> Any:
        self._note(kind.lower(), party.id)
        one = etree.Element(kind)
        self._party(one, party)
        put(one, f"{kind}ID", identifier(party.id, MIDDLE1, f"{kind}ID"))
        for account, _opening, _closing in party.balances:
            self._refer("account", account, f"{kind} {party.id}")
        self._party_end(one, party)
        return one

    def _tax_details(self, tax: Tax) -> Any:
        self._note("tax code", tax.id)
        one = etree.Element("TaxCodeDetails")
        put(one, "TaxCode", identifier(tax.id, self.tax_code, "TaxCode"))
        put(one, "Description", named(tax.name, LONG))
        if tax.percent is not None:
            put(one, "TaxPercentage", number(tax.percent))
        put(one, "Country", tax.country or self._country())
        self._tax_end(one, tax)
        return one

    def _analysis(self, analysis: Analysis) -> Any:
        self._note("analysis", (analysis.type, analysis.id))
        one = etree.Element("AnalysisTypeTableEntry")
        put(one, "AnalysisType", identifier(analysis.type, CODE, "AnalysisType"))
        put(one, "AnalysisTypeDescription", named(analysis.type_name, LONG))
        put(one, "AnalysisID", identifier(analysis.id, MIDDLE1, "AnalysisID"))
        put(one, "AnalysisIDDescription", named(analysis.name, LONG))
        return one

    def _note(self, what: str, key: Hashable) -> None:
        """:raise SaftError: two have one identifier"""
        keys = self._keys.setdefault(what, set())
        if key in keys:
            raise SaftError(f"Two of one identifier: {what} {key}.")
        keys.add(key)

    def _refer(self, what: str, key: Hashable, where: str) -> None:
        if key not in self._keys.get(what, ()):
            raise SaftError(f"{where}: {what} {key} is not in the master files.")

    # -- entries -------------------------------------------------------------------------------

    def _journals(self, stream: BinaryIO, entries: Iterable[tuple[Journal, Entry]], counted: Totals) -> None:
        waiting = iter(entries)
        pending = next(waiting, None)
        seen: set[str] = set()
        while pending is not None:
            journal = pending[0]
            if journal.id in seen:
                raise SaftError(f"Entries of journal {journal.id} are not together.")
            seen.add(journal.id)
            with within(stream, "Journal"):
                send(stream, filled("JournalID", identifier(journal.id, SHORT, "JournalID")))
                send(stream, filled("Description", named(journal.name, LONG)))
                send(stream, filled("Type", identifier(journal.kind, CODE, "Type")))
                while pending is not None and pending[0].id == journal.id:
                    send(stream, self._entry(pending[1], counted))
                    pending = next(waiting, None)

    def _entry(self, entry: Entry, counted: Totals) -> Any:
        root = etree.Element("Transaction")
        put(root, "TransactionID", identifier(entry.id, MIDDLE2, "TransactionID"))
        put(root, "Period", str(entry.period))
        put(root, "PeriodYear", str(entry.year))
        if not self._head.first <= entry.day <= self._head.last:
            raise SaftError(f"Entry {entry.id} of {entry.day} is not in the period.")
        put(root, "TransactionDate", entry.day.isoformat())
        if entry.source:
            put(root, "SourceID", named(entry.source, MIDDLE1))
        self._entry_kind(root, entry)
        put(root, "Description", named(entry.description or entry.id, LONG))
        put(root, "SystemEntryDate", entry.entered.isoformat())
        put(root, "GLPostingDate", entry.day.isoformat())
        self._entry_dates(root, entry)
        put(root, "SystemID", identifier(entry.system_id, SHORT, "SystemID"))
        if not entry.lines:
            raise SaftError(f"Entry {entry.id} has no line.")
        if sum(line.amount for line in entry.lines):
            raise SaftError(f"Entry {entry.id} does not balance.")
        for line in entry.lines:
            self._line(root, entry, line, counted)
        counted.entries += 1
        return root

    def _line(self, parent: Any, entry: Entry, line: Line, counted: Totals) -> None:
        where = f"entry {entry.id}, line {line.id}"
        root = etree.SubElement(parent, "Line")
        put(root, "RecordID", identifier(line.id, SHORT, "RecordID"))
        self._refer("account", line.account, where)
        put(root, "AccountID", line.account)
        for kind, member, amount in line.analyses:
            self._refer("analysis", (kind, member), where)
            analysis = etree.SubElement(root, "Analysis")
            put(analysis, "AnalysisType", kind)
            put(analysis, "AnalysisID", member)
            self._share(analysis, amount, line, where)
        self._line_source(root, line)
        if line.customer and line.supplier:
            raise SaftError(f"{where}: it is of a customer and of a supplier.")
        if line.customer:
            self._refer("customer", line.customer, where)
            put(root, "CustomerID", line.customer)
        if line.supplier:
            self._refer("supplier", line.supplier, where)
            put(root, "SupplierID", line.supplier)
        put(root, "Description", named(line.description or entry.description or entry.id, LONG))
        self._sum(root, f"{side(line.amount)}Amount", abs(line.amount), where, line)
        for tax in line.taxes:
            self._tax(root, tax, line, where)
        self._line_end(root, line)
        counted.lines += 1
        counted.debit += max(line.amount, Decimal(0))
        counted.credit += max(-line.amount, Decimal(0))

    def _sum(self, parent: Any, name: str, amount: Decimal, where: str, line: Line | None = None) -> None:
        """:param line: whose amount it is, for its currency"""
        one = etree.SubElement(parent, name)
        put(one, "Amount", money(amount, where))
        if line is not None and line.currency and line.currency != self._head.currency and line.currency_amount:
            put(one, "CurrencyCode", line.currency)
            put(one, "CurrencyAmount", money(abs(line.currency_amount), where))
            rate = (abs(amount) / abs(line.currency_amount)).quantize(Decimal(1).scaleb(-8))
            put(one, "ExchangeRate", number(rate))

    def _tax(self, parent: Any, tax: TaxInfo, line: Line, where: str) -> None:
        self._refer("tax code", tax.code, where)
        one = etree.SubElement(parent, "TaxInformation")
        put(one, "TaxType", self.tax[0])
        put(one, "TaxCode", tax.code)
        if tax.percent is not None:
            put(one, "TaxPercentage", number(tax.percent))
        self._tax_country(one)
        put(one, "TaxBase", money(abs(tax.base), where))
        self._tax_amount(one, tax, line, where)


def _start(namespace: str) -> str:
    """:return: the start of the first element, which says the namespace of all of them"""
    try:
        element = etree.Element(f"{{{namespace}}}AuditFile", nsmap={None: namespace})  # type: ignore[dict-item]
    except ValueError as error:
        raise SaftError(f"{namespace!r} cannot be a namespace.") from error
    return etree.tostring(element, encoding="unicode").removeprefix("<").removesuffix("/>")
