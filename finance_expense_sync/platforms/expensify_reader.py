"""Reports of Expensify, as our template writes them (specs/expense_platforms.md, section 4).

Amounts are whole hundredths whatever the currency. What somebody has changed stands beside what was read from the
receipt (``modified...``) and counts. The amount in the currency of the report is the converted one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime as Moment
from decimal import Decimal
from typing import TypeVar

from odoo.addons.finance_connector_base.engine.errors import MalformedError

from ..canonical import Attendee, ExpenseLine, ExpenseReport, Money, Person, Receipt, TaxShare
from . import dimensions
from .dimensions import Fields
from .reading import Node, loads, make, minor

#: in place of the name of the category, where the fields of a connection say so
CATEGORY = "category"
#: decimal places of every amount
CENTS = 2
#: an expense that nobody has put into a category
UNCATEGORISED = "Uncategorized"
_STATES = {
    "open": "draft",
    "processing": "submitted",
    "submitted": "submitted",
    "approved": "approved",
    "reimbursed": "paid",
}
_TAG = re.compile(r"(?<!\\):")
_LEVEL = re.compile(r"tag([1-9])")
_RATE = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?)\s*%?\s*")
_UNITS = {"km": "km", "kilometers": "km", "kilometres": "km", "mi": "mi", "miles": "mi"}
T = TypeVar("T")
_EPOCH = Moment(1970, 1, 1)


def revision(report: Node) -> int:
    """:return: minutes since 1970 of the approval: Expensify counts nothing"""
    approved = report.moment("approved")
    return max(int((approved - _EPOCH).total_seconds() // 60), 0) if approved else 0


def read(data: bytes, fields: Fields | None = None) -> ExpenseReport:
    """Read one report of an export.

    :param fields: which fields say what, see :mod:`.dimensions`: ``tag``, ``tag2`` (second level), ``tagGlCode``,
        ``categoryGlCode``, ``policyID``, ``customField.Name`` ...
    :raise MalformedError: naming the place
    """
    fields = fields or {}
    report = loads(data, "report")
    currency = report.needed("currency").upper()
    lines = [_line(node, report, currency, fields) for node in report.nodes("transactionList")]
    total = sum((line.amount for line in lines), Decimal(0))
    told = _cents(report, "total")
    # whether what the company has paid counts is not documented
    own = sum((line.amount for line in lines if line.payment == "own"), Decimal(0))
    if told is not None and told not in (total, own):
        raise MalformedError("report.total: the expenses do not come to it")
    ask = _asking(report, None)
    return make(
        ExpenseReport,
        "report",
        external_id=report.needed("reportID"),
        revision=revision(report),
        name=report.text("reportName", most=500),
        employee=make(
            Person,
            "report",
            external_id=report.needed("accountEmail"),
            email=report.needed("accountEmail"),
            number=report.text("submitterUserID") or report.text("accountID"),
        ),
        entity=dimensions.entity(fields, ask),
        # what is not known is not approved
        state=_STATES.get((report.text("status") or "").lower(), "submitted"),
        submitted=report.moment("submitted"),
        approved=report.moment("approved"),
        approver=report.text("managerEmail", most=254),
        currency=currency,
        total=total,
        is_reimbursed=report.yes("isACHReimbursed") or False,
        dimensions=_values(fields, ask),
        lines=tuple(lines),
    )


def _line(node: Node, report: Node, currency: str, fields: Fields) -> ExpenseLine:
    spent_in = (node.text("modifiedCurrency") or node.text("currency") or currency).upper()
    spent = _either(node, "Amount", _cents)
    converted = _cents(node, "convertedAmount")
    amount = converted if converted is not None else spent if spent_in == currency else None
    if spent is None or amount is None:
        raise MalformedError(f"{node.place}: there is no amount in the currency of the report")
    ask = _asking(report, node)
    distance, unit = _distance(node)
    is_own = node.yes("reimbursable")
    return make(
        ExpenseLine,
        node.place,
        external_id=node.needed("transactionID"),
        date=_either(node, "Created", Node.day),
        category=next(filter(None, map(ask, fields.get(CATEGORY, ()))), None) or node.text("category") or UNCATEGORISED,
        category_name=node.text("category", most=200),
        kind="mileage" if distance is not None else "expense",
        description=node.text("comment", most=2000),
        merchant=_merchant(node),
        amount=amount,
        spent=make(Money, node.place, amount=spent, currency=spent_in),
        rate=(amount / spent).quantize(Decimal("1e-12")) if spent_in != currency and spent and amount else None,
        rate_source="expensify" if spent_in != currency else None,
        payment="own" if is_own is not False else "company_card" if _has_card(node) else "company",
        payment_code=node.text("bank"),
        is_billable=node.yes("billable") or False,
        quantity=distance,
        distance_unit=unit,
        **dimensions.service(fields, ask),
        taxes=_taxes(node, amount, spent),
        dimensions=_values(fields, ask),
        receipts=_receipts(node),
        is_receipt_missing=not _receipts(node) and distance is None,
        attendees=tuple(
            make(Attendee, one.place, name=one.text("displayName", most=200) or one.needed("email"))
            for one in node.nodes("attendees")
            if one.text("displayName") or one.text("email")
        ),
    )


def _cents(node: Node, name: str) -> Decimal | None:
    found = node.number(name)
    return None if found is None else minor(found, CENTS)


def _either(node: Node, name: str, read: Callable[[Node, str], T | None]) -> T | None:
    """What somebody has corrected, before what was there first."""
    changed = read(node, f"modified{name}")
    # no amount at all is written as 0 by some versions of the template's variables
    return changed if changed else read(node, name[0].lower() + name[1:])


def _merchant(node: Node) -> str | None:
    return node.text("modifiedMerchant", most=200) or node.text("merchant", most=200)


def _has_card(node: Node) -> bool:
    managed = node.text("managedCard") if not isinstance(node.get("managedCard"), bool) else None
    return bool(managed and managed.lower() != "false") or node.get("managedCard") is True or bool(node.text("cardID"))


def _distance(node: Node) -> tuple[Decimal | None, str | None]:
    count = node.amount("units.count")
    unit = _UNITS.get((node.text("units.unit") or "").lower())
    return (count, unit) if count and unit else (None, None)


def _taxes(node: Node, amount: Decimal, spent: Decimal) -> tuple[TaxShare, ...]:
    """Tax is told in the currency that was spent."""
    told = _either(node, "TaxAmount", _cents)
    code = node.text("taxCode") or node.text("taxRateName") or node.text("taxName")
    if not told or node.yes("hasTax") is False:
        return ()
    share = told if amount == spent or not spent else (told * amount / spent).quantize(Decimal("0.01"))
    match = _RATE.fullmatch(node.text("taxRate") or "")
    rate = Decimal(match[1].replace(",", ".")) if match else None
    return (make(TaxShare, node.place, code=code, rate=rate, base=amount - share, amount=share),)


def _receipts(node: Node) -> tuple[Receipt, ...]:
    url = node.text("receiptObject.url")
    if not url or not url.startswith("http"):
        return ()
    name, kind = node.text("receiptFilename", most=200), node.text("receiptObject.type")
    content = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}.get((kind or "").lower())
    return (make(Receipt, node.place, external_id=node.text("receiptID"), url=url, name=name, content_type=content),)


def _values(fields: Fields, ask: Callable[[str], str | None]) -> dict[str, str]:
    return dimensions.values({name: asked for name, asked in fields.items() if name != CATEGORY}, ask)


def _asking(report: Node, expense: Node | None) -> Callable[[str], str | None]:
    def ask(name: str) -> str | None:
        if expense is not None:
            level = _LEVEL.fullmatch(name)
            if level:
                parts = _TAG.split(expense.text("tag") or "")
                number = int(level[1]) - 1
                return parts[number].replace("\\:", ":").strip() or None if number < len(parts) else None
            if found := expense.text(name):
                return found
        return report.text(name)

    return ask
