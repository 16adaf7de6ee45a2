"""Expenses and payments of Payhawk as canonical documents (specs/expense_platforms.md, section 5).

An expense is a report of its own, in the base currency of the account; each of its line items is a line.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from odoo.addons.finance_connector_base.engine.errors import MalformedError

from ..canonical import CardTransaction, ExpenseLine, ExpenseReport, Money, Person, Receipt, TaxShare
from . import dimensions
from .parts import person
from .payhawk_client import revision
from .reading import Node, digits, loads, make

#: what the custom fields of Payhawk mean, where nobody has said it otherwise
FIELDS = dimensions.read_fields("cost_center = cost_center, Cost center, Cost centre\nproject = project, Project")
#: stands for an account where nobody has chosen one
UNCODED = "uncoded"
_PAYMENT = {
    "card": "company_card",
    "reimbursable": "own",
    "mileage": "own",
    "perDiem": "own",
    "cashInAdvance": "advance",
    "cash": "company",
    "bank": "company",
}
_KIND = {"mileage": "mileage", "perDiem": "per_diem"}
_UNITS = {"Kilometers": "km", "Miles": "mi"}
State: TypeAlias = Literal["draft", "submitted", "approved", "paid", "rejected", "recalled", "deleted"]
_APPROVAL: dict[str, State] = {
    "approved": "approved",
    "rejected": "rejected",
    "cancelled": "recalled",
    "draft": "submitted",
    "pending": "submitted",
}
_CARD = {
    "pending": "pending",
    "settled": "settled",
    "failed": "declined",
    "reverted": "reversed",
    "expired": "reversed",
}


def read_report(content: bytes, fields: dimensions.Fields = FIELDS) -> ExpenseReport:
    """Read an expense.

    :raise MalformedError: naming the place that does not fit
    """
    node = loads(content, "expense")
    key, kind = node.needed("id"), node.needed("type")
    if kind not in _PAYMENT:
        raise MalformedError("expense.type is not known")
    whole = _Amounts(_reconciliation(node))
    workflow = node.node("workflow")
    approver = workflow.node("approvedBy") if workflow else None
    return make(
        ExpenseReport,
        "expense",
        external_id=key,
        revision=revision(node),
        name=node.text("title", most=500),
        employee=_person(node),
        entity=dimensions.entity(fields, _asked(whole.node)),
        state=_state(node, workflow),
        submitted=node.moment("createdAt"),
        approved=(workflow.moment("approvedAt") if workflow else None) or node.moment("reviewedAt"),
        approver=approver.text("email", most=254) if approver else None,
        currency=whole.currency,
        total=whole.total,
        lines=_lines(node, kind, whole, fields),
    )


def read_card(content: bytes) -> CardTransaction:
    """Read a payment by card.

    :raise MalformedError: naming the place that does not fit
    """
    node = loads(content, "document")
    payment, expense = node.node("payment"), node.node("expense")
    if payment is None or expense is None:
        raise MalformedError("document has no payment, or no expense")
    state = _CARD.get(payment.needed("status"))
    if state is None:
        raise MalformedError("payment.status is not known")
    day = payment.day("date")
    supplier = expense.node("supplier")
    fees = payment.node("fees")
    charged = _money(payment, "amount", "currency")
    spent = _money(payment, "originalAmount", "originalCurrency") if payment.get("originalAmount") is not None else None
    claims = payment.get("expenseIds")
    return make(
        CardTransaction,
        "payment",
        external_id=payment.needed("id"),
        state=state,
        program=payment.text("fundAccountId"),
        card=(payment.text("cardLastDigits") or payment.needed("cardId"))[:40],
        holder=_person(expense),
        date=day,
        settled=day if state == "settled" else None,
        charged=charged,
        spent=spent if spent and spent.currency != charged.currency else None,
        fees=sum((fees.amount(name) or Decimal(0) for name in ("fx", "pos", "bank")), Decimal(0)) if fees else None,
        merchant=payment.text("description", most=200) or (supplier.text("name", most=200) if supplier else None),
        country=_country(supplier),
        report=str(claims[0]) if isinstance(claims, list) and claims else expense.needed("id"),
    )


# -- reports ---------------------------------------------------------------------------------


class _Amounts:
    """What an expense or one of its items comes to, in the base currency, and what was paid in another one."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.currency = node.needed("baseCurrency").upper()
        paid = (node.text("currency") or self.currency).upper()
        total, tax = node.amount("baseTotalAmount"), node.amount("baseTaxAmount")
        if paid == self.currency:
            total = total if total is not None else node.amount("totalAmount")
            tax = tax if tax is not None else node.amount("taxAmount")
        if total is None:
            raise MalformedError(f"{node.place}.baseTotalAmount is missing")
        self.total, self.tax = total, tax
        self.spent: Money | None = None
        self.rate: Decimal | None = None
        if paid != self.currency and node.get("totalAmount") is not None:
            self.spent = _money(node, "totalAmount", "currency")
            rate = node.amount("fxRate")
            self.rate = rate if rate and rate > 0 else None


def _lines(node: Node, kind: str, whole: _Amounts, fields: dimensions.Fields) -> list[ExpenseLine]:
    common = _common(node, kind)
    items = node.nodes("lineItems")
    if not items:
        return [_line(node, "1", whole, whole.total, fields, common)]
    amounts = [_Amounts(_reconciliation(item)) for item in items]
    if any(one.currency != whole.currency for one in amounts):
        raise MalformedError("expense.lineItems are not in the currency of the whole")
    totals = [one.total for one in amounts]
    missing = whole.total - sum(totals, Decimal(0))
    # each item was converted and rounded for itself
    if whole.spent and abs(missing) <= len(items) * Decimal(1).scaleb(-digits(whole.currency)):
        totals[-1] += missing
    elif missing:
        raise MalformedError("expense.lineItems do not come to the amount of the whole")
    return [
        _line(item, item.needed("id"), own, total, fields, common, whole)
        for item, own, total in zip(items, amounts, totals, strict=True)
    ]


def _common(node: Node, kind: str) -> dict[str, Any]:
    document, supplier = node.node("document"), node.node("supplier")
    files = document.nodes("files") if document else []
    trip = node.node("mileage") if kind == "mileage" else None
    journey = node.node("perDiem") if kind == "perDiem" else None
    distance = (trip.amount("editedDistance") or trip.amount("distance")) if trip else None
    days = len(journey.nodes("days")) if journey else 0
    category = node.node("category")
    return {
        "date": (document.day("documentDate") if document else None) or node.day("settledAt") or node.day("createdAt"),
        "kind": _KIND.get(kind, "expense"),
        "description": node.text("note", most=2000),
        "merchant": supplier.text("name", most=200) if supplier else None,
        "merchant_tax_id": (supplier.text("vat", most=32) or supplier.text("taxId", most=32)) if supplier else None,
        "merchant_id": (supplier.text("externalId") or supplier.text("id")) if supplier else None,
        "country": _country(supplier),
        "payment": _PAYMENT[kind],
        "payment_code": kind,
        "quantity": distance if trip else Decimal(days) if days else None,
        "distance_unit": _UNITS.get(trip.text("distanceUnit") or "") if trip else None,
        "receipts": [
            make(
                Receipt,
                one.place,
                external_id=f"{node.needed('id')}/{one.needed('id')}",
                content_type=one.text("contentType", most=100),
            )
            for one in files
        ],
        "is_receipt_missing": not files and kind not in _KIND,
        "category": category.needed("id") if category else None,
        "category_name": (category.text("fullName", most=200) or category.text("name", most=200)) if category else None,
    }


def _line(
    node: Node,
    key: str,
    own: _Amounts,
    total: Decimal,
    fields: dimensions.Fields,
    common: dict[str, Any],
    whole: _Amounts | None = None,
) -> ExpenseLine:
    """:param whole: of the expense, whose account and custom fields count where the item has none of its own"""
    chosen = dimensions.category(fields, _asked(own.node))
    account = chosen or own.node.text("accountCode") or (whole.node.text("accountCode") if whole else None)
    category = node.text("categoryId") if whole else None
    named = dimensions.values(fields, _asked(whole.node)) if whole else {}
    values = {
        **common,
        "external_id": key,
        "category": account or category or common["category"] or UNCODED,
        "category_name": (node.text("category", most=200) if category else None) or common["category_name"],
        "description": (node.text("note", most=2000) if whole else None) or common["description"],
        "amount": total,
        "spent": own.spent,
        "rate": own.rate,
        "rate_source": "payhawk" if own.rate else None,
        "billed": None,
        "taxes": _taxes(node, own, total),
        "dimensions": {**named, **dimensions.values(fields, _asked(own.node))},
        **(dimensions.service(fields, _asked(whole.node)) if whole else {}),
        **dimensions.service(fields, _asked(own.node)),
    }
    return make(ExpenseLine, "line", **{name: value for name, value in values.items() if value is not None})


def _taxes(node: Node, own: _Amounts, total: Decimal) -> list[TaxShare]:
    rate = node.node("taxRate")
    amount = own.tax
    if amount is None and rate and rate.amount("rate") == 0:
        amount = Decimal(0)
    if amount is None or (rate is None and not amount):
        return []
    return [
        make(
            TaxShare,
            f"{node.place}.taxRate",
            code=rate.text("code") if rate else None,
            rate=rate.amount("rate") if rate else None,
            base=total - amount,
            amount=amount,
        )
    ]


def _state(node: Node, workflow: Node | None) -> State:
    status = node.needed("status")
    if status in ("archived", "deleted"):
        return "deleted"
    if status != "ready":
        return "draft"
    return _APPROVAL.get((workflow.text("approvalStatus") if workflow else None) or "", "submitted")


def _reconciliation(node: Node) -> Node:
    found = node.node("reconciliation")
    if found is None:
        raise MalformedError(f"{node.place}.reconciliation is missing")
    return found


def _asked(reconciliation: Node) -> Callable[[str], str | None]:
    """Ask for a custom field by the id that we gave it, by its label or by its own id."""
    custom = reconciliation.nodes("customFields")

    def ask(name: str) -> str | None:
        for field in custom:
            if name in (field.text("externalId"), field.text("label"), field.text("id")):
                for value in field.nodes("selectedValues"):
                    return value.text("externalId") or value.text("id")
                return field.text("value", most=128)
        return None

    return ask


def _person(node: Node) -> Person:
    names = ("firstName", "lastName")
    return person(node, "createdBy", identity="id", names=names, email="email", number="externalId")


def _money(node: Node, amount: str, currency: str) -> Money:
    found = node.amount(amount)
    if found is None:
        raise MalformedError(f"{node.place}.{amount} is missing")
    return make(Money, f"{node.place}.{amount}", amount=found, currency=node.needed(currency).upper())


def _country(supplier: Node | None) -> str | None:
    code = supplier.text("countryCode") if supplier else None
    return code.upper() if code and len(code) == 2 and code.isascii() and code.isalpha() else None
