"""Documents of SAP Concur's Financial Integration Service v4 (specs/expense_platforms.md, section 2).

Fields are read by name: their order is no part of the contract. What was paid by whom say the journals: payer and
payee of each, for the company's side of it. An entry that is paid in two ways (with offsets: partly to the employee,
partly to the card) becomes two lines; so does one that a cash advance covers in part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from odoo.addons.finance_connector_base.engine.errors import MalformedError
from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError

from ..canonical import Allocation, ExpenseLine, ExpenseReport, Money, Person, Receipt, TaxShare
from . import concur_advance, dimensions
from .dimensions import Fields
from .parts import shares, split
from .reading import Node, loads, make

#: of the account, in place of the type of expense, where the fields of a connection say so
CATEGORY = "category"
#: a receipt that is the image of the whole report
WHOLE_REPORT = "report:"
#: payee of a journal -> how it was paid; everybody else is somebody whom the company pays itself
_PAYEES = {"EMPL": "own", "CBCP": "company_card", "IBCP": "personal_card"}
#: code of the way of payment, where there is no journal
_PAYMENTS = {"CASH": "own", "IBIP": "own", "CBCP": "company_card", "IBCP": "personal_card"}
_COMPANY = "COMP"
#: way of reimbursement: Concur pays the employee itself
_EXPENSE_PAY = "CNQRPAY"
#: cash advance in use, and not one that is issued or carried over
_APPLIED = 2
#: percentages are written with so much of a difference
_TOLERANCE = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class _Row:
    """A journal: so much of an allocation is paid to somebody."""

    allocation: int
    payee: str
    amount: Decimal
    taxes: tuple[str, ...]
    card_transaction: str | None


@dataclass(slots=True)
class _Tax:
    """A tax of an allocation, and the journals that it is in."""

    code: str | None
    amount: Decimal
    reclaimable: Decimal | None
    guid: str | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry with what stands around it."""

    node: Node
    report: Node
    employee: Node
    fields: Fields
    allocations: list[Node] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)
    taxes: list[_Tax] = field(default_factory=list)

    def ask(self, allocation: int | None = None) -> Callable[[str], str | None]:
        """:return: says what a field says, from the allocation up to the report"""
        places = [self.node, self.report, self.employee]
        return _asking(([self.allocations[allocation]] if allocation is not None else []) + places)


def document(data: bytes) -> tuple[Node, Node]:
    """:return: (what surrounds it, the document itself, also where that was sent as text)"""
    outer = loads(data, "document")
    inner = outer.get("document")
    if isinstance(inner, str):
        try:
            inner = strict_json.loads(inner.encode())
        except SafetyError as error:
            raise MalformedError(f"document.document: {error}") from error
    return outer, Node(inner, "document")


def read(data: bytes, fields: Fields | None = None) -> ExpenseReport:
    """Read a document of the type ``expense``, or ``cashadvance``.

    :param data: what :class:`~.concur.ConcurClient` hands out
    :param fields: which fields say what, see :mod:`.dimensions`
    :raise MalformedError: naming the place
    """
    fields = fields or {}
    outer, inner = document(data)
    if outer.text("docType") == concur_advance.KIND:
        return concur_advance.read(outer, inner)
    report, employee = inner.node("report"), inner.node("employee")
    if report is None or employee is None:
        raise MalformedError("document: report or employee is missing")
    currency = report.needed("employeeCurrencyAlphaCode")
    lines, approved = [], Decimal(0)
    for node in inner.nodes("expenseEntry"):
        entry = _entry(node, report, employee, fields)
        approved += _needed(node, "entryApprovedAmount")
        lines += _lines(entry, currency)
    total = report.amount("totalApprovedAmount")
    if total is not None and total != approved:
        raise MalformedError("document.report: the entries do not come to the approved total")
    lines, returned = _with_advances(lines, inner, report)
    ask = _asking([report, employee])
    number = report.text("reportNumber") or report.text("reportKey")
    pays = employee.text("employeeReimbursementMethodCode") == _EXPENSE_PAY
    return make(
        ExpenseReport,
        "document",
        external_id=report.needed("reportId"),
        number=number,
        handle=outer.text("id"),
        revision=report.number("revisionNumber") or 0,
        name=report.text("reportName", most=500),
        employee=_person(employee),
        entity=dimensions.entity(fields, ask),
        country=report.text("homeCountryCode"),
        # it is handed out after the last approval only
        state="approved",
        is_test=report.yes("isTest") or False,
        submitted=report.moment("reportSubmitDate"),
        approved=report.moment("reportPaymentProcessingDate"),
        approver=report.text("lastApproverId", most=254),
        currency=currency,
        total=sum((line.amount for line in lines), Decimal(0)),
        is_reimbursed=pays,
        advance_returned=returned,
        dimensions=dimensions.values(_without_category(fields), ask),
        lines=tuple(lines),
    )


def _person(employee: Node) -> Person:
    names = filter(None, (employee.text("employeeFirstName"), employee.text("employeeLastName")))
    login = next((one for one in map(employee.text, ("loginId", "employeeId")) if one and "@" in one), None)
    return make(
        Person,
        employee.place,
        external_id=employee.needed("employeeId"),
        name=" ".join(names)[:200] or None,
        email=login,
        number=employee.text("employeeId"),
    )


# -- entries -------------------------------------------------------------------------------


def _entry(node: Node, report: Node, employee: Node, fields: Fields) -> _Entry:
    entry = _Entry(node, report, employee, fields, allocations=node.nodes("allocation"))
    for number, allocation in enumerate(entry.allocations):
        for journal in allocation.nodes("journal"):
            payee, payer = journal.text("journalPayee") or "", journal.text("journalPayer") or ""
            entry.rows.append(
                _Row(
                    allocation=number,
                    # money that comes back is told from the other side
                    payee=payer if payee == _COMPANY else payee,
                    amount=_needed(journal, "amountGross"),
                    taxes=tuple(str(guid) for guid in journal.get("taxGuid") or ()),
                    card_transaction=journal.text("cardTransactionReferenceNumber"),
                )
            )
        for tax in allocation.nodes("tax"):
            entry.taxes.append(
                _Tax(
                    code=tax.text("taxCode") or tax.text("taxReclaimCode") or tax.text("taxAuthorityLabel"),
                    amount=_needed(tax, "amountTax"),
                    reclaimable=tax.amount("amountReclaim"),
                    guid=tax.text("taxGuid"),
                )
            )
    return entry


def _lines(entry: _Entry, currency: str) -> list[ExpenseLine]:
    """The lines that an entry makes: one for each way in which it is paid."""
    node = entry.node
    approved = _needed(node, "entryApprovedAmount")
    if not entry.rows:
        payment = _PAYMENTS.get(node.text("reportEntryPatKey") or "", "company")
        return [_line(entry, node.needed("entryId"), approved, payment, [], Decimal(1), currency)]
    if sum((row.amount for row in entry.rows), Decimal(0)) != approved:
        raise MalformedError(f"{node.place}: the journals do not come to the approved amount")
    personal = node.yes("entryIsPersonal") or False
    # what the company pays for something private, and not that the employee owes it
    rows = [row for row in entry.rows if row.payee != "EMPL"] if personal else entry.rows
    payees = list(dict.fromkeys(row.payee for row in rows))
    lines = []
    for number, payee in enumerate(payees):
        own = [row for row in rows if row.payee == payee]
        amount = sum((row.amount for row in own), Decimal(0))
        if not amount and len(payees) > 1 and not any(row.taxes for row in own):
            continue
        identity = node.needed("entryId") + (f"/{payee}" if number else "")
        whole = sum((abs(row.amount) for row in rows), Decimal(0))
        part = sum((abs(row.amount) for row in own), Decimal(0)) / whole if len(payees) > 1 and whole else Decimal(1)
        lines.append(_line(entry, identity, amount, _PAYEES.get(payee, "company"), own, part, currency))
    if len(lines) > 1:
        _divide_receipts(lines)
    return lines


def _divide_receipts(lines: list[ExpenseLine]) -> None:
    lines[1:] = [line.model_copy(update={"receipts": ()}) for line in lines[1:]]


def _line(
    entry: _Entry, identity: str, amount: Decimal, payment: str, rows: list[_Row], part: Decimal, currency: str
) -> ExpenseLine:
    """:param part: how much of the entry this line is, 0 to 1"""
    node, fields = entry.node, entry.fields
    single = 0 if len(entry.allocations) == 1 else None
    ask = entry.ask(single)
    category = next(filter(None, map(ask, fields.get(CATEGORY, ()))), None)
    mileage = node.node("mileage")
    distance = (mileage.amount("distance") or mileage.amount("totalDistance")) if mileage else None
    spent, spent_in = node.amount("reportEntryTransactionAmount"), node.text("entryCurrAlphaCode")
    posted, posted_in = node.amount("cardTransactionPostedAmount"), node.text("cardTransactionPostedCurrency")
    return make(
        ExpenseLine,
        node.place,
        external_id=identity,
        date=node.day("entryDate"),
        category=category or node.needed("expenseTypeCode"),
        category_name=node.text("expenseTypeName", most=200),
        kind="mileage" if mileage else "expense",
        description=node.text("entryDescription", most=2000),
        merchant=node.text("entryVendorDescription", most=200),
        merchant_id=node.text("entryVendorCode"),
        merchant_tax_id=node.text("merchantTaxId") or node.text("entrySupplierTaxID"),
        country=node.text("entryCountryCode"),
        amount=amount,
        spent=_money(spent, spent_in, part, node.place),
        rate=_rate(node),
        rate_source="concur" if spent_in and spent_in != currency else None,
        billed=_money(posted, posted_in, part, node.place),
        payment=payment,
        payment_code=node.text("reportEntryPatKey"),
        card_transaction=node.text("cardTransactionID") or next((row.card_transaction for row in rows), None),
        is_personal=node.yes("entryIsPersonal") or False,
        is_billable=node.yes("entryIsBillable") or False,
        quantity=distance,
        distance_unit=_unit(mileage) if mileage and distance is not None else None,
        **dimensions.service(fields, ask),
        taxes=_taxes(entry, rows),
        dimensions=dimensions.values(_without_category(fields), ask),
        allocations=_allocations(entry, rows) if single is None else (),
        receipts=_receipts(node, entry.report),
        is_receipt_missing=node.text("entryReceiptType") == "N" and mileage is None,
    )


def _money(amount: Decimal | None, currency: str | None, part: Decimal, place: str) -> Money | None:
    if amount is None or not currency:
        return None
    mine = amount if part == 1 else shares(amount, [part, 1 - part])[0]
    return make(Money, place, amount=mine, currency=currency)


def _rate(node: Node) -> Decimal | None:
    rate = node.amount("entryExchangeRate")
    if not rate or rate < 0:
        return None
    return (1 / rate).quantize(Decimal("1e-12")) if node.text("entryExchangeRateDirection") == "D" else rate


def _unit(mileage: Node) -> str | None:
    word = (mileage.text("distanceUnit") or mileage.text("unit") or "").lower()
    return "km" if word.startswith("k") else "mi" if word.startswith("mi") else None


def _receipts(node: Node, report: Node) -> tuple[Receipt, ...]:
    image = node.text("entryReceiptId")
    if image:
        return (Receipt(external_id=image),)
    if node.text("entryReceiptType") in ("T", "R") and not node.text("entryElectronicReceiptId"):
        # it was handed in with the report as a whole
        return (Receipt(external_id=f"{WHOLE_REPORT}{report.needed('reportId')}"),)
    return ()


def _taxes(entry: _Entry, rows: list[_Row]) -> tuple[TaxShare, ...]:
    """Taxes by code; one that is in journals of several payees is divided by their amounts."""
    found: dict[str | None, list[Decimal | None]] = {}
    for tax in entry.taxes:
        holding = [row for row in entry.rows if tax.guid and tax.guid in row.taxes] or entry.rows
        mine = [row for row in holding if row in rows]
        if holding and not mine:
            continue
        weights = [abs(row.amount) for row in holding]
        part = [tax.amount, tax.reclaimable]
        if len(mine) < len(holding) and any(weights):
            places = [number for number, row in enumerate(holding) if row in mine]
            part = [
                None if value is None else sum((shares(value, weights)[place] for place in places), Decimal(0))
                for value in part
            ]
        known = found.setdefault(tax.code, [Decimal(0), None])
        known[0] = (known[0] or Decimal(0)) + (part[0] or Decimal(0))
        if part[1] is not None:
            known[1] = (known[1] or Decimal(0)) + part[1]
    return tuple(
        make(TaxShare, entry.node.place, code=code, amount=amount, reclaimable=reclaimable)
        for code, (amount, reclaimable) in found.items()
    )


def _allocations(entry: _Entry, rows: list[_Row]) -> tuple[Allocation, ...]:
    if not entry.allocations:
        return ()
    amounts: list[Decimal] | None = None
    percentages = [node.amount("allocationPercentage") for node in entry.allocations]
    if rows:
        amounts = [Decimal(0)] * len(entry.allocations)
        for row in rows:
            amounts[row.allocation] += row.amount
    else:
        percentages = _percentages(entry)
    return tuple(
        make(
            Allocation,
            node.place,
            external_id=node.text("allocationId"),
            percentage=percentages[number],
            amount=amounts[number] if amounts is not None else None,
            entity=dimensions.entity(entry.fields, _asking([node])),
            dimensions=dimensions.values(_without_category(entry.fields), entry.ask(number)),
        )
        for number, node in enumerate(entry.allocations)
    )


def _percentages(entry: _Entry) -> list[Decimal | None]:
    """Percentages that come to 100, where they were rounded for the eye."""
    given = [_needed(node, "allocationPercentage") for node in entry.allocations]
    left = 100 - sum(given, Decimal(0))
    if abs(left) > _TOLERANCE:
        raise MalformedError(f"{entry.node.place}: the allocations do not come to 100 per cent")
    return [*given[:-1], given[-1] + left]


# -- cash advances -------------------------------------------------------------------------


def _with_advances(lines: list[ExpenseLine], inner: Node, report: Node) -> tuple[list[ExpenseLine], Decimal | None]:
    """Say which lines were paid out of an advance.

    Applications do not name their entries: one that has the amount of an entry is taken for it, and what is left goes
    over the entries in their order; the last one is divided.

    :return: (lines, what the employee has given back)
    """
    returned = report.amount("cashAdvanceReturnsAmount") or Decimal(0)
    applied = [
        -_needed(node, "cashAdvanceApplicationAmount")
        for node in inner.nodes("cashAdvanceApplication")
        if (node.number("cashAdvanceTransactionType") or _APPLIED) == _APPLIED
    ]
    left = sum(applied, Decimal(0)) - returned
    if left <= 0:
        return lines, returned or None
    if returned and returned in applied:
        applied.remove(returned)
    made: dict[int, list[ExpenseLine]] = {number: [line] for number, line in enumerate(lines)}
    own = [number for number, line in enumerate(lines) if line.payment == "own" and line.amount > 0]
    for amount in applied:
        number = next((n for n in own if lines[n].amount == amount and amount <= left), None)
        if number is not None:
            own.remove(number)
            left -= amount
            made[number] = [lines[number].model_copy(update={"payment": "advance"})]
    for number in own:
        line = lines[number]
        if left <= 0:
            break
        if line.amount <= left:
            made[number] = [line.model_copy(update={"payment": "advance"})]
            left -= line.amount
        else:
            made[number] = list(split(line, left, f"{line.external_id}/advance", payment="advance"))
            left = Decimal(0)
    if left > 0:
        raise MalformedError("document.cashAdvanceApplication: more was applied than the employee has paid")
    return [line for parts in made.values() for line in parts], returned or None


# -- fields --------------------------------------------------------------------------------


def _asking(places: list[Node]) -> Callable[[str], str | None]:
    def ask(name: str) -> str | None:
        return next(filter(None, (said for node in places for said in _said(node, name))), None)

    return ask


def _said(node: Node, name: str) -> Iterator[str | None]:
    """What a field says: its code before its text."""
    yield node.text(f"{name}Code")
    yield node.text(f"{name}Value")
    if not isinstance(node.value.get(name), list | Mapping):
        yield node.text(name)
    if name == "journalAccountCode":
        for journal in node.nodes("journal"):
            yield journal.text(name)


def _without_category(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name != CATEGORY}


def _needed(node: Node, name: str) -> Decimal:
    found: Any = node.amount(name)
    if found is None:
        raise MalformedError(f"{node.place}.{name} is missing")
    return Decimal(found)
