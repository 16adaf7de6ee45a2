"""Objects of Ramp as canonical documents (specs/expense_platforms.md, section 3).

A transaction or reimbursement is a report of its own. It has one line, or one for each account it was split
to; splits to one account are allocations of its line. The amounts of objects are decimals of old, those of their
parts whole numbers of the smallest unit. Ramp says which tax code was chosen, but no amount of tax: none is read.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from odoo.addons.finance_connector_base.engine.errors import MalformedError

from ..canonical import (
    Allocation,
    Attendee,
    CardTransaction,
    ExpenseLine,
    ExpenseReport,
    Money,
    Person,
    Receipt,
    Violation,
)
from . import dimensions
from .parts import person
from .reading import Node, digits, loads, make, minor

#: what the fields of Ramp mean, where nobody has said it otherwise
FIELDS = dimensions.read_fields("cost_center = COST_CENTER\nproject = PROJECT")
#: code of all cards of Ramp; their currency says the rest
PROGRAM = "ramp"
#: stands for an account where nobody has chosen one
UNCODED = "uncoded"

State: TypeAlias = Literal["draft", "submitted", "approved", "paid", "rejected", "recalled", "deleted"]
CardState: TypeAlias = Literal["pending", "settled", "declined"]
_REIMBURSEMENT: dict[str, State] = {
    **dict.fromkeys(("DRAFT", "INIT"), "draft"),
    **dict.fromkeys(("PENDING", "MISSING_ACH"), "submitted"),
    **dict.fromkeys(
        (
            "APPROVED",
            "AWAITING_EXPORT",
            "AWAITING_PAYMENT",
            "AWAITING_PUSH_PAYMENT",
            "EXPORTED",
            "EXPORT_FAILED",
            "EXPORT_INITIATED",
            "EXPORT_SUCCESSFUL",
            "FAILED_REIMBURSEMENT",
            "PROCESSING",
            "PUSH_PAYMENT_FAILED",
            "PUSH_PAYMENT_INITIATED",
        ),
        "approved",
    ),
    **dict.fromkeys(("REIMBURSED", "MANUALLY_REIMBURSED", "REIMBURSED_VIA_PUSH"), "paid"),
    "REJECTED": "rejected",
    **dict.fromkeys(("CANCELED", "DELETED"), "deleted"),
}
#: somebody else than Ramp pays the employee
_NOT_PAID_BY_RAMP = frozenset(
    {"AWAITING_EXPORT", "EXPORTED", "EXPORT_FAILED", "EXPORT_INITIATED", "EXPORT_SUCCESSFUL", "MANUALLY_REIMBURSED"}
)
_CARD: dict[str, CardState] = {
    **dict.fromkeys(("PENDING", "PENDING_INITIATION"), "pending"),
    **dict.fromkeys(("CLEARED", "COMPLETION"), "settled"),
    **dict.fromkeys(("DECLINED", "ERROR"), "declined"),
}


def read_report(content: bytes, fields: dimensions.Fields = FIELDS) -> ExpenseReport:
    """Read a transaction or reimbursement.

    :raise MalformedError: naming the place that does not fit
    """
    node = loads(content, "document")
    return _reimbursement(node, fields) if node.get("direction") is not None else _transaction(node, fields)


def read_card(content: bytes) -> CardTransaction:
    """Read a card transaction.

    :raise MalformedError: naming the place that does not fit
    """
    node = loads(content, "transaction")
    state = _CARD.get(node.needed("state"))
    if state is None:
        raise MalformedError("transaction.state is not known")
    charged = _money(_needed(node, "amount"), node.needed("currency_code"))
    location = node.node("merchant_location")
    return make(
        CardTransaction,
        "transaction",
        external_id=node.needed("id"),
        state=state,
        program=PROGRAM,
        card=node.needed("card_id"),
        holder=_holder(node),
        entity=node.text("entity_id"),
        date=node.day("user_transaction_time") or node.day("settlement_date"),
        settled=node.day("settlement_date") if state == "settled" else None,
        charged=charged,
        spent=_small_money(node, "original_transaction_amount"),
        merchant=node.text("merchant_name", most=200) or node.text("merchant_descriptor", most=200),
        merchant_id=node.text("merchant_id"),
        merchant_category=node.text("merchant_category_code") or node.text("sk_category_id"),
        country=_country(location.text("country") if location else None),
        statement=node.text("statement_id"),
        receipts=_receipts(node),
        report=f"transactions/{node.needed('id')}",
    )


# -- reports ---------------------------------------------------------------------------------


def _transaction(node: Node, fields: dimensions.Fields) -> ExpenseReport:
    key, code = node.needed("id"), node.needed("currency_code")
    card = _CARD.get(node.needed("state"))
    total = _needed(node, "amount")
    day = node.day("accounting_date") or node.day("user_transaction_time")
    holder = _holder(node)
    location = node.node("merchant_location")
    common = {
        "date": day,
        "description": node.text("memo", most=2000),
        "merchant": node.text("merchant_name", most=200),
        "merchant_id": node.text("merchant_id"),
        "country": _country(location.text("country") if location else None),
        "payment": "company_card",
        "payment_code": PROGRAM,
        "card_transaction": key,
        "spent": _small_money(node, "original_transaction_amount"),
        **_evidence(node),
    }
    return make(
        ExpenseReport,
        "transaction",
        external_id=f"transactions/{key}",
        name=_name(common),
        employee=holder,
        entity=node.text("entity_id"),
        state=_transaction_state(node, card),
        currency=code.upper(),
        total=total,
        lines=_lines(_parts(node, total, code, fields), code.upper(), common),
    )


def _transaction_state(node: Node, card: CardState | None) -> State:
    if card == "declined":
        return "deleted"
    is_ready = node.text("sync_status") in ("SYNC_READY", "SYNCED")
    return "approved" if card == "settled" and is_ready else "submitted"


def _reimbursement(node: Node, fields: dimensions.Fields) -> ExpenseReport:
    key, code = node.needed("id"), node.needed("currency")
    kind, said = node.needed("type"), node.needed("state")
    state = _REIMBURSEMENT.get(said)
    if state is None:
        raise MalformedError("reimbursement.state is not known")
    if state in ("approved", "paid") and node.text("sync_status") not in ("SYNC_READY", "SYNCED"):
        state = "submitted"
    is_payback = node.needed("direction") == "USER_TO_BUSINESS"
    total = _needed(node, "amount")
    # whatever the sign over there: what an employee pays back is owed by him
    sign = -1 if is_payback and total > 0 else 1
    distance = node.amount("distance") if kind == "MILEAGE" else None
    common = {
        "date": node.day("accounting_date") or node.day("transaction_date"),
        "kind": {"MILEAGE": "mileage", "PER_DIEM": "per_diem"}.get(kind, "expense"),
        "description": node.text("memo", most=2000),
        "merchant": node.text("merchant", most=200),
        "merchant_id": node.text("merchant_id"),
        "payment": "own",
        "payment_code": kind,
        "quantity": distance,
        "distance_unit": "mi" if distance is not None else None,
        "spent": _small_money(node, "original_reimbursement_amount"),
        **_evidence(node),
    }
    if is_payback or kind in ("MILEAGE", "PER_DIEM"):
        common["is_receipt_missing"] = False
    return make(
        ExpenseReport,
        "reimbursement",
        external_id=f"reimbursements/{key}",
        name=_name(common),
        employee=make(
            Person,
            "reimbursement",
            external_id=node.needed("user_id"),
            name=node.text("user_full_name", most=200),
            email=node.text("user_email"),
            number=node.text("employee_id"),
        ),
        entity=node.text("entity_id"),
        state=state,
        submitted=node.moment("submitted_at"),
        approved=node.moment("approved_at"),
        currency=code.upper(),
        total=sign * total,
        is_reimbursed=said not in _NOT_PAID_BY_RAMP,
        lines=_lines(_parts(node, total, code, fields), code.upper(), common, sign=sign),
    )


# -- lines -----------------------------------------------------------------------------------


class _Part:
    """A share of an object, with what it was coded to."""

    def __init__(
        self, key: str, amount: Decimal, selections: list[Node], fields: dimensions.Fields, owner: Node
    ) -> None:
        self.key = key
        self.amount = amount
        account = _selection(selections, "GL_ACCOUNT")
        chosen = dimensions.category(fields, _asked(selections, owner))
        self.category = chosen or (account.needed("external_id") if account else UNCODED)
        self.category_name = _called(account)
        self.dimensions = dimensions.values(fields, _asked(selections, owner))
        self.entity = dimensions.entity(fields, _asked(selections, owner))


def _parts(node: Node, total: Decimal, code: str, fields: dimensions.Fields) -> list[_Part]:
    """:return: the parts an object was split to, or the object itself
    :raise MalformedError: they do not come to its amount
    """
    own = node.nodes("accounting_field_selections")
    items = node.nodes("line_items")
    if not items:
        return [_Part("1", total, own, fields, node)]
    found = []
    for number, item in enumerate(items, 1):
        converted = item.node("converted_amount") or item.node("amount")
        if converted is None or converted.needed("currency_code").upper() != code.upper():
            raise MalformedError(f"{item.place}.amount is not in the currency of the whole")
        amount = _small(converted)
        # what is said of the whole counts where the part says nothing of its own
        chosen = item.nodes("accounting_field_selections")
        named = {_kind(one) for one in chosen}
        inherited = [one for one in own if _kind(one) not in named]
        found.append(_Part(str(number), amount, chosen + inherited, fields, node))
    if sum((part.amount for part in found), Decimal(0)) != total:
        raise MalformedError(f"{node.place}.line_items do not come to the amount of the whole")
    return found


def _lines(parts: list[_Part], code: str, common: dict[str, Any], *, sign: int = 1) -> list[ExpenseLine]:
    groups: dict[str, list[_Part]] = {}
    for part in parts:
        groups.setdefault(part.category, []).append(part)
    lines = []
    for number, members in enumerate(groups.values(), 1):
        amount = sum((part.amount for part in members), Decimal(0)) * sign
        values = {
            **common,
            "external_id": str(number),
            "category": members[0].category,
            "category_name": members[0].category_name,
            "amount": amount,
            # what was spent elsewhere is said of the whole alone
            "spent": _signed(common["spent"], sign, code) if len(groups) == 1 else None,
            # the card is charged in the currency of the report
            "billed": _money(amount, code) if common["payment"] == "company_card" else None,
            "dimensions": members[0].dimensions if len(members) == 1 else {},
            "allocations": _allocations(members, sign),
        }
        lines.append(make(ExpenseLine, "line", **{name: value for name, value in values.items() if value is not None}))
    return lines


def _allocations(parts: list[_Part], sign: int) -> list[Allocation]:
    if len(parts) == 1 and not parts[0].entity:
        return []
    return [
        make(
            Allocation,
            "allocation",
            external_id=part.key,
            amount=part.amount * sign,
            entity=part.entity,
            dimensions=part.dimensions,
        )
        for part in parts
    ]


def _selection(selections: list[Node], kind: str) -> Node | None:
    return next((one for one in selections if _kind(one) == kind), None)


def _kind(selection: Node) -> str:
    """:return: what kind of field was chosen from, with its own name where the kind says nothing"""
    info = selection.node("category_info")
    kind = (info.text("type") if info else None) or selection.text("type") or "OTHER"
    return kind if kind != "OTHER" or info is None else info.text("external_id") or kind


def _asked(selections: list[Node], owner: Node) -> Callable[[str], str | None]:
    """Ask for a field by its kind, its id or its name; ``department_id`` and ``location_id`` are the employee's."""

    def ask(name: str) -> str | None:
        for selection in selections:
            info = selection.node("category_info")
            names = {_kind(selection)}
            if info:
                names |= {word for field in ("type", "external_id", "name") if (word := info.text(field))}
            if name in names:
                return selection.text("external_id") or selection.text("id")
        holder = owner.node("card_holder")
        return (holder.text(name) if holder else None) if name in ("department_id", "location_id") else None

    return ask


def _called(account: Node | None) -> str | None:
    if account is None:
        return None
    words = (account.text("external_code"), account.text("name"))
    return " ".join(word for word in words if word)[:200] or None


def _evidence(node: Node) -> dict[str, Any]:
    receipts = _receipts(node)
    return {
        "receipts": receipts,
        "is_receipt_missing": not receipts,
        "attendees": [
            make(Attendee, one.place, name=one.needed("name")[:200], is_employee=one.get("user_id") is not None)
            for one in node.nodes("attendees")
        ],
        "violations": [
            *(
                make(Violation, one.place, code=one.text("type") or "policy", text=one.text("memo", most=2000))
                for one in node.nodes("policy_violations")
            ),
            *(
                make(Violation, one.place, code="dispute", text=one.text("memo", most=2000), is_blocking=False)
                for one in node.nodes("disputes")
            ),
        ],
    }


def _receipts(node: Node) -> list[Receipt]:
    found = node.get("receipts")
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise MalformedError(f"{node.place}.receipts is no list of ids")
    return [make(Receipt, f"{node.place}.receipts", external_id=one) for one in dict.fromkeys(found)]


def _holder(node: Node) -> Person:
    return person(node, "card_holder", identity="user_id", names=("first_name", "last_name"), number="employee_id")


def _name(common: dict[str, Any]) -> str | None:
    name = common["merchant"] or common["description"]
    return name[:500] if name else None


def _needed(node: Node, name: str) -> Decimal:
    found = node.amount(name)
    if found is None:
        raise MalformedError(f"{node.place}.{name} is missing")
    return found


def _small(node: Node) -> Decimal:
    units = node.number("amount")
    if units is None:
        raise MalformedError(f"{node.place}.amount is missing")
    return minor(units, digits(node.needed("currency_code")))


def _small_money(node: Node, name: str) -> Money | None:
    found = node.node(name)
    return None if found is None else _money(_small(found), found.needed("currency_code"))


def _money(amount: Decimal, code: str) -> Money:
    return make(Money, "amount", amount=amount, currency=code.upper())


def _signed(spent: Money | None, sign: int, code: str) -> Money | None:
    """:return: what was spent in another currency than that of the report"""
    if spent is None or spent.currency == code:
        return None
    return spent if sign == 1 else _money(-abs(spent.amount), spent.currency)


def _country(code: str | None) -> str | None:
    """:return: two letters; Ramp writes three letters, too, which the suite has no table of"""
    return code.upper() if code and len(code) == 2 and code.isascii() and code.isalpha() else None
