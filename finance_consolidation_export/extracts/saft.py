"""SAF-T Financial: the ledger of a company for a period, as tax authorities ask for it.

Written as a stream; what a schema would check is checked while it is written: lengths and forms of every text, that
what a line names is in the master files (keys and their references), that every entry balances and the totals are
those of the lines. A name that is too long is shortened, an identifier that is too long is an error: it would no longer
identify.

Source: Norwegian SAF-T Financial schema 1.30 and its example (github.com/Skatteetaten/saf-t), based on OECD SAF-T 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO

from lxml import etree

SHORT, MIDDLE1, MIDDLE2, LONG, CODE = 18, 35, 70, 256, 9
#: digits of an amount, two of them decimals
MONEY = 18
_CENT = Decimal("0.01")
#: what XML 1.0 cannot hold
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SaftError(ValueError):
    """Something cannot be written as the schema wants it; says what and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a country has made of SAF-T.

    :param tax: type of tax and what it is called in the tax table
    :param grouping: accounts have a category and code of a list; otherwise a standard account
    :param standard_tax: form of standard tax codes
    """

    code: str
    name: str
    namespace: str
    version: str
    country: str
    tax: tuple[str, str]
    grouping: bool
    standard_tax: str
    unmapped_tax: str


NORWAY = Profile(
    code="no_130",
    name="SAF-T Financial, Norway 1.30",
    namespace="urn:StandardAuditFile-Taxation-Financial:NO",
    version="1.30",
    country="NO",
    tax=("MVA", "Merverdiavgift"),
    grouping=True,
    standard_tax="[0-9anAN]{1,2}",
    unmapped_tax="NA",
)
PROFILES = {profile.code: profile for profile in (NORWAY,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The company itself, a customer or a supplier.

    :param balances: account -> opening and closing balance
    """

    id: str = ""
    name: str
    registration: str = ""
    vat: str = ""
    street: str = ""
    city: str = ""
    zip: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    balances: tuple[tuple[str, Decimal, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """:param category: with ``code`` what the list of the country groups it under"""

    id: str
    name: str
    category: str
    code: str
    created: date | None
    opening: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    id: str
    name: str
    percent: Decimal | None
    country: str
    standard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    type: str
    type_name: str
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxInfo:
    """:param amount: signed, debit positive"""

    code: str
    percent: Decimal | None
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """:param amount: signed, debit positive
    :param analyses: type, id, signed amount
    """

    id: str
    account: str
    description: str
    amount: Decimal
    customer: str = ""
    supplier: str = ""
    currency: str = ""
    currency_amount: Decimal | None = None
    analyses: tuple[tuple[str, str, Decimal], ...] = ()
    taxes: tuple[TaxInfo, ...] = ()
    reference: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    id: str
    system_id: str
    day: date
    period: int
    year: int
    description: str
    voucher: str
    entered: date
    modified: date | None
    source: str
    kind: str = "Normal"
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the file is about."""

    company: Party
    currency: str
    first: date
    last: date
    created: date
    software: tuple[str, str, str]
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Masters:
    accounts: tuple[Account, ...]
    customers: tuple[Party, ...] = ()
    suppliers: tuple[Party, ...] = ()
    taxes: tuple[Tax, ...] = ()
    analyses: tuple[Analysis, ...] = ()


@dataclass(slots=True)
class Totals:
    """Of a file, as it says itself; counted beforehand, because it says so before the entries."""

    entries: int = 0
    lines: int = 0
    debit: Decimal = field(default_factory=Decimal)
    credit: Decimal = field(default_factory=Decimal)


def write(
    profile: Profile,
    head: Head,
    masters: Masters,
    totals: Totals,
    entries: Iterable[tuple[Journal, Entry]],
    stream: BinaryIO,
) -> None:
    """Write one file.

    :param totals: what ``entries`` will come to
    :param entries: ordered by journal
    :raise SaftError: see the module; what was written then is no file
    """
    _Writer(profile, head, masters).write(totals, entries, stream)


class _Writer:
    def __init__(self, profile: Profile, head: Head, masters: Masters) -> None:
        self._profile, self._head, self._masters = profile, head, masters
        # without a prefix
        self._names: Any = {None: profile.namespace}
        self._accounts = _keys("account", [account.id for account in masters.accounts])
        self._customers = _keys("customer", [party.id for party in masters.customers])
        self._suppliers = _keys("supplier", [party.id for party in masters.suppliers])
        self._taxes = _keys("tax code", [tax.id for tax in masters.taxes])
        self._analyses = _keys("analysis", [(one.type, one.id) for one in masters.analyses])

    def write(self, totals: Totals, entries: Iterable[tuple[Journal, Entry]], stream: BinaryIO) -> None:
        counted = Totals()
        with etree.xmlfile(stream, encoding="UTF-8") as file:
            file.write_declaration()
            with file.element(self._tag("AuditFile"), nsmap=self._names):
                file.write(self._header())
                with file.element(self._tag("MasterFiles")):
                    for element in self._master_files():
                        file.write(element)
                with file.element(self._tag("GeneralLedgerEntries")):
                    for name, text in (
                        ("NumberOfEntries", str(totals.entries)),
                        ("TotalDebit", _money(totals.debit, "TotalDebit")),
                        ("TotalCredit", _money(totals.credit, "TotalCredit")),
                    ):
                        file.write(_filled(self._tag(name), text))
                    self._journals(file, entries, counted)
        if counted != totals:
            raise SaftError(f"The entries are not those that were counted: {counted} and {totals}.")

    def _tag(self, name: str) -> str:
        return f"{{{self._profile.namespace}}}{name}"

    def _put(self, parent: Any, name: str, text: str) -> None:
        etree.SubElement(parent, self._tag(name)).text = text

    # -- header and master files ---------------------------------------------------------------

    def _header(self) -> Any:
        head, root = self._head, etree.Element(self._tag("Header"), nsmap=self._names)
        self._put(root, "AuditFileVersion", self._profile.version)
        self._put(root, "AuditFileCountry", self._profile.country)
        self._put(root, "AuditFileDateCreated", head.created.isoformat())
        maker, software, version = head.software
        self._put(root, "SoftwareCompanyName", _name(maker, MIDDLE2))
        self._put(root, "SoftwareID", _name(software, LONG))
        self._put(root, "SoftwareVersion", _name(version, SHORT))
        company = etree.SubElement(root, self._tag("Company"))
        if not head.company.registration:
            raise SaftError("The company has no registration number. Enter it as its Company ID.")
        self._party(company, head.company, is_company=True)
        self._put(root, "DefaultCurrencyCode", head.currency)
        selection = etree.SubElement(root, self._tag("SelectionCriteria"))
        self._put(selection, "SelectionStartDate", head.first.isoformat())
        self._put(selection, "SelectionEndDate", head.last.isoformat())
        self._put(root, "TaxAccountingBasis", "A")
        self._put(root, "UserID", _name(head.user, LONG))
        return root

    def _party(self, parent: Any, party: Party, *, is_company: bool = False) -> None:
        if party.registration:
            self._put(parent, "RegistrationNumber", _id(party.registration, MIDDLE1, "RegistrationNumber"))
        self._put(parent, "Name", _name(party.name, LONG))
        address = etree.SubElement(parent, self._tag("Address"))
        for name, text, length in (
            ("StreetName", party.street, LONG),
            ("City", party.city, LONG),
            ("PostalCode", party.zip, MIDDLE2),
            ("Country", party.country, 2),
        ):
            if text:
                self._put(address, name, _name(text, length))
        if is_company:
            contact = etree.SubElement(parent, self._tag("Contact"))
            person = etree.SubElement(contact, self._tag("ContactPerson"))
            self._put(person, "FirstName", _name(party.first_name or "NotUsed", MIDDLE1))
            self._put(person, "LastName", _name(party.last_name or "NotUsed", MIDDLE2))
            if party.phone:
                self._put(contact, "Telephone", _name(party.phone, SHORT))
            if party.email:
                self._put(contact, "Email", _name(party.email, MIDDLE2))
        if party.vat:
            registration = etree.SubElement(parent, self._tag("TaxRegistration"))
            self._put(registration, "TaxRegistrationNumber", _id(party.vat, MIDDLE1, "TaxRegistrationNumber"))

    def _sides(self, parent: Any, moment: str, amount: Decimal, where: str) -> None:
        side = "Debit" if amount >= 0 else "Credit"
        self._put(parent, f"{moment}{side}Balance", _money(abs(amount), where))

    def _master_files(self) -> Iterator[Any]:
        yield from self._account_files()
        yield from self._party_files("Customer", self._masters.customers)
        yield from self._party_files("Supplier", self._masters.suppliers)
        yield from self._tax_files()
        yield from self._analysis_files()

    def _account_files(self) -> Iterator[Any]:
        accounts = self._masters.accounts
        if not accounts:
            raise SaftError("There is no account.")
        root = etree.Element(self._tag("GeneralLedgerAccounts"))
        for account in accounts:
            one = etree.SubElement(root, self._tag("Account"))
            self._put(one, "AccountID", _id(account.id, MIDDLE2, "AccountID"))
            self._put(one, "AccountDescription", _name(account.name, LONG))
            if not account.code or (self._profile.grouping and not account.category):
                raise SaftError(f"Account {account.id} belongs to no group of the list. Enter it under Groupings.")
            if self._profile.grouping:
                self._put(one, "GroupingCategory", _id(account.category, LONG, "GroupingCategory"))
                self._put(one, "GroupingCode", _id(account.code, MIDDLE1, "GroupingCode"))
            else:
                self._put(one, "StandardAccountID", _id(account.code, MIDDLE1, "StandardAccountID"))
            self._put(one, "AccountType", "GL")
            if account.created:
                self._put(one, "AccountCreationDate", account.created.isoformat())
            self._sides(one, "Opening", account.opening, account.id)
            self._sides(one, "Closing", account.closing, account.id)
        yield root

    def _party_files(self, kind: str, parties: Iterable[Party]) -> Iterator[Any]:
        root = etree.Element(self._tag(f"{kind}s"))
        for party in parties:
            one = etree.SubElement(root, self._tag(kind))
            self._party(one, party)
            self._put(one, f"{kind}ID", _id(party.id, MIDDLE1, f"{kind}ID"))
            for account, opening, closing in party.balances:
                self._refer(account, self._accounts, "account", f"{kind} {party.id}")
                balance = etree.SubElement(one, self._tag("BalanceAccount"))
                self._put(balance, "AccountID", account)
                self._sides(balance, "Opening", opening, party.id)
                self._sides(balance, "Closing", closing, party.id)
        if len(root):
            yield root

    def _tax_files(self) -> Iterator[Any]:
        if not self._masters.taxes:
            return
        root = etree.Element(self._tag("TaxTable"))
        entry = etree.SubElement(root, self._tag("TaxTableEntry"))
        self._put(entry, "TaxType", self._profile.tax[0])
        self._put(entry, "Description", self._profile.tax[1])
        for tax in self._masters.taxes:
            one = etree.SubElement(entry, self._tag("TaxCodeDetails"))
            self._put(one, "TaxCode", _id(tax.id, MIDDLE2, "TaxCode"))
            self._put(one, "Description", _name(tax.name, LONG))
            if tax.percent is not None:
                self._put(one, "TaxPercentage", _decimal(tax.percent))
            self._put(one, "Country", tax.country)
            standard = tax.standard or self._profile.unmapped_tax
            if not re.fullmatch(self._profile.standard_tax, standard):
                raise SaftError(f"Tax {tax.id}: {standard} is no standard tax code.")
            self._put(one, "StandardTaxCode", standard)
            self._put(one, "BaseRate", "100")
        yield root

    def _analysis_files(self) -> Iterator[Any]:
        root = etree.Element(self._tag("AnalysisTypeTable"))
        for analysis in self._masters.analyses:
            one = etree.SubElement(root, self._tag("AnalysisTypeTableEntry"))
            self._put(one, "AnalysisType", _id(analysis.type, CODE, "AnalysisType"))
            self._put(one, "AnalysisTypeDescription", _name(analysis.type_name, LONG))
            self._put(one, "AnalysisID", _id(analysis.id, MIDDLE1, "AnalysisID"))
            self._put(one, "AnalysisIDDescription", _name(analysis.name, LONG))
        if len(root):
            yield root

    # -- entries -------------------------------------------------------------------------------

    def _journals(self, file: Any, entries: Iterable[tuple[Journal, Entry]], counted: Totals) -> None:
        waiting = iter(entries)
        pending = next(waiting, None)
        seen: set[str] = set()
        while pending is not None:
            journal = pending[0]
            if journal.id in seen:
                raise SaftError(f"Entries of journal {journal.id} are not together.")
            seen.add(journal.id)
            with file.element(self._tag("Journal")):
                file.write(_filled(self._tag("JournalID"), _id(journal.id, SHORT, "JournalID")))
                file.write(_filled(self._tag("Description"), _name(journal.name, LONG)))
                file.write(_filled(self._tag("Type"), _id(journal.kind, CODE, "Type")))
                while pending is not None and pending[0].id == journal.id:
                    file.write(self._entry(pending[1], counted))
                    pending = next(waiting, None)

    def _entry(self, entry: Entry, counted: Totals) -> Any:
        root = etree.Element(self._tag("Transaction"))
        self._put(root, "TransactionID", _id(entry.id, MIDDLE2, "TransactionID"))
        self._put(root, "Period", str(entry.period))
        self._put(root, "PeriodYear", str(entry.year))
        if not self._head.first <= entry.day <= self._head.last:
            raise SaftError(f"Entry {entry.id} of {entry.day} is not in the period.")
        self._put(root, "TransactionDate", entry.day.isoformat())
        if entry.source:
            self._put(root, "SourceID", _name(entry.source, MIDDLE1))
        self._put(root, "VoucherType", _name(entry.voucher, MIDDLE2))
        self._put(root, "TransactionType", _name(entry.kind, SHORT))
        self._put(root, "Description", _name(entry.description or entry.id, LONG))
        self._put(root, "SystemEntryDate", entry.entered.isoformat())
        self._put(root, "GLPostingDate", entry.day.isoformat())
        if entry.modified:
            self._put(root, "ModificationDate", entry.modified.isoformat())
        self._put(root, "SystemID", _id(entry.system_id, SHORT, "SystemID"))
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
        root = etree.SubElement(parent, self._tag("Line"))
        self._put(root, "RecordID", _id(line.id, SHORT, "RecordID"))
        self._refer(line.account, self._accounts, "account", where)
        self._put(root, "AccountID", line.account)
        for kind, member, amount in line.analyses:
            self._refer((kind, member), self._analyses, "analysis", where)
            analysis = etree.SubElement(root, self._tag("Analysis"))
            self._put(analysis, "AnalysisType", kind)
            self._put(analysis, "AnalysisID", member)
            self._amount(analysis, "AnalysisAmount", amount, where)
        if line.customer and line.supplier:
            raise SaftError(f"{where}: it is of a customer and of a supplier.")
        if line.customer:
            self._refer(line.customer, self._customers, "customer", where)
            self._put(root, "CustomerID", line.customer)
        if line.supplier:
            self._refer(line.supplier, self._suppliers, "supplier", where)
            self._put(root, "SupplierID", line.supplier)
        self._put(root, "Description", _name(line.description or entry.description or entry.id, LONG))
        self._amount(root, "Amount", line.amount, where, line)
        for tax in line.taxes:
            self._tax(root, tax, where)
        if line.reference:
            self._put(root, "ReferenceNumber", _name(line.reference, MIDDLE1))
        if line.due:
            self._put(root, "DueDate", line.due.isoformat())
        counted.lines += 1
        counted.debit += max(line.amount, Decimal(0))
        counted.credit += max(-line.amount, Decimal(0))

    def _amount(self, parent: Any, name: str, amount: Decimal, where: str, line: Line | None = None) -> None:
        side = "Debit" if amount >= 0 else "Credit"
        one = etree.SubElement(parent, self._tag(side + name))
        self._put(one, "Amount", _money(abs(amount), where))
        if line is not None and line.currency and line.currency != self._head.currency and line.currency_amount:
            self._put(one, "CurrencyCode", line.currency)
            self._put(one, "CurrencyAmount", _money(abs(line.currency_amount), where))
            rate = (abs(amount) / abs(line.currency_amount)).quantize(Decimal(1).scaleb(-8))
            self._put(one, "ExchangeRate", _decimal(rate))

    def _tax(self, parent: Any, tax: TaxInfo, where: str) -> None:
        self._refer(tax.code, self._taxes, "tax code", where)
        one = etree.SubElement(parent, self._tag("TaxInformation"))
        self._put(one, "TaxType", self._profile.tax[0])
        self._put(one, "TaxCode", tax.code)
        if tax.percent is not None:
            self._put(one, "TaxPercentage", _decimal(tax.percent))
        self._put(one, "Country", self._profile.country)
        self._put(one, "TaxBase", _money(abs(tax.base), where))
        self._amount(one, "TaxAmount", tax.amount, where)

    def _refer(self, key: Any, keys: set[Any], what: str, where: str) -> None:
        if key not in keys:
            raise SaftError(f"{where}: {what} {key} is not in the master files.")


def _keys(what: str, found: list[Any]) -> set[Any]:
    """:raise SaftError: two have one identifier"""
    keys = set(found)
    if len(keys) < len(found):
        twice = next(key for key in found if found.count(key) > 1)
        raise SaftError(f"Two of one identifier: {what} {twice}.")
    return keys


def _filled(tag: str, text: str) -> Any:
    element = etree.Element(tag)
    element.text = text
    return element


def _name(text: str, length: int) -> str:
    """:return: a text that fits; shortened, and without what XML cannot hold"""
    return _FORBIDDEN.sub("", text)[:length].strip() or "-"


def _id(text: str, length: int, what: str) -> str:
    """:raise SaftError: an identifier that is empty, too long, or cannot be written"""
    if not text or len(text) > length or _FORBIDDEN.search(text):
        raise SaftError(f"{what} {text[:80]!r}: between 1 and {length} characters.")
    return text


def _money(amount: Decimal, where: str) -> str:
    """:raise SaftError: more than two decimals or 18 digits"""
    exact = amount.quantize(_CENT)
    if exact != amount or len(exact.as_tuple().digits) > MONEY:
        raise SaftError(f"{where}: {amount} has more than two decimals or {MONEY} digits.")
    return format(exact, "f")


def _decimal(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
