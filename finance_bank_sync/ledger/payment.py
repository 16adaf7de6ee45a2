"""Payments that pay whole documents, as the rows that Odoo's payments, entries and reconciliations are stored in.

The rules are those of Odoo's ``account.payment``, ``account.move`` and ``account.move.line._reconcile_plan`` for the
usual payment: one currency, that of the company; one entry of two items, the outstanding account and the account of
what is paid; documents that are open in full and paid in full. Everything else is Odoo's own business.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from odoo.addons.finance_connector_base.engine.series import Number

from .row import PartnerFacts
from .shape import Traits


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An open item with its document, as it is stored before it is paid.

    :param amount: open, signed, in the currency of the company
    :param paid: what the payment says it pays of it, positive
    :param untouched: posted, open in full, in the currency of the company, and nothing but its own document hangs on it
    """

    id: int
    move_id: int
    move_type: str
    account_id: int
    date: date
    amount: Decimal
    paid: Decimal
    untouched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPlan:
    """A payment that is to be booked.

    :param amount: positive, in the currency of the company
    :param account_id: of what is paid
    :param label: of the journal items
    """

    line_id: int
    outbound: bool
    partner_type: str
    partner_id: int
    partner_bank_id: int | None
    date: date
    amount: Decimal
    memo: str | None
    reference: str | None
    label: str
    account_id: int
    items: tuple[OpenItem, ...] = ()

    @property
    def sign(self) -> int:
        """Of the item that pays."""
        return 1 if self.outbound else -1

    @property
    def is_usual(self) -> bool:
        """What it pays is paid in full by it and by nothing else."""
        return all(
            item.untouched and item.paid == abs(item.amount) and item.amount * self.sign < 0 for item in self.items
        ) and (not self.items or self.amount == sum(item.paid for item in self.items))

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """What may change columns that no rule knows."""
        kinds = tuple(sorted({item.move_type for item in self.items}))
        return (self.outbound, self.partner_type, self.account_id, kinds)

    def traits(self, series: Hashable) -> Traits:
        """What a control payment must have for another one to rely on it."""
        return (
            ("account", self.partner_bank_id is not None),
            ("memo", bool(self.memo)),
            ("reference", bool(self.reference)),
            ("several", len(self.items) > 1),
            ("later", any(item.date > self.date for item in self.items)),
            ("series", series),
        )


class Pays(Protocol):
    """Something that pays items."""

    @property
    def items(self) -> tuple[OpenItem, ...]: ...


def shared_items(plans: Iterable[Pays]) -> set[int]:
    """Items, and documents, that more than one item of the plans is about: Odoo looks at them together."""
    seen: set[tuple[str, int]] = set()
    twice: set[tuple[str, int]] = set()
    for plan in plans:
        for item in plan.items:
            for key in (("item", item.id), ("move", item.move_id)):
                (twice if key in seen else seen).add(key)
    return {
        item.id
        for plan in plans
        for item in plan.items
        if ("item", item.id) in twice or ("move", item.move_id) in twice
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentIds:
    """Ids of the rows of one payment.

    :param liquidity: journal item on the outstanding account
    :param counterpart: journal item that pays
    :param full: of the reconciliation; None: the payment pays nothing that is in the ledger
    :param partials: item that is paid -> id
    """

    payment: int
    move: int
    liquidity: int
    counterpart: int
    full: int | None
    partials: Mapping[int, int]


def payment_row(
    plan: PaymentPlan, *, ids: PaymentIds, number: Number, partner: PartnerFacts, digits: int, keeps_residual: bool
) -> dict[str, Any]:
    """The varying columns of a payment and of its entry.

    :param digits: decimal places of the currency
    :param keeps_residual: the outstanding account is reconciled with the bank's booking
    """
    amount = plan.amount.quantize(Decimal(1).scaleb(-digits))
    signed = amount * plan.sign
    is_open = not plan.items
    return {
        "payment_id": ids.payment,
        "move_id": ids.move,
        "liquidity_id": ids.liquidity,
        "counterpart_id": ids.counterpart,
        "full_id": ids.full,
        "matching": str(ids.full) if ids.full else None,
        "name": number.name,
        "sequence_prefix": number.prefix,
        "sequence_number": number.number,
        "made_sequence_gap": number.made_gap,
        "date": plan.date,
        "memo": plan.memo,
        "reference": plan.reference,
        "label": plan.label,
        "partner_id": plan.partner_id,
        "partner_bank_id": plan.partner_bank_id,
        "commercial_partner_id": partner.commercial_partner_id,
        "fiscal_position_id": partner.fiscal_position_id,
        "payment_method_line_id": partner.payment_method_line_id,
        "partner_display_name": partner.display_name,
        "amount": amount,
        **_item("liquidity", -signed, keeps_residual),
        **_item("counterpart", signed, is_open),
    }


def _item(side: str, amount: Decimal, is_open: bool) -> dict[str, Any]:
    return {
        f"{side}_amount": amount,
        f"{side}_debit": max(amount, Decimal(0)),
        f"{side}_credit": max(-amount, Decimal(0)),
        f"{side}_residual": amount if is_open else Decimal(0),
    }


def partial_rows(plan: PaymentPlan, *, ids: PaymentIds) -> list[dict[str, Any]]:
    """The varying columns of the reconciliations of a payment."""
    return [
        partial_row(
            item,
            partial=ids.partials[item.id],
            full=ids.full,
            payer=ids.counterpart,
            is_debit=plan.outbound,
            day=plan.date,
        )
        for item in plan.items
    ]


def partial_row(
    item: OpenItem, *, partial: int, full: int | None, payer: int, is_debit: bool, day: date
) -> dict[str, Any]:
    """The varying columns of the reconciliation of an item with what pays it in full.

    :param partial: id of the row
    :param payer: id of the journal item that pays; ``is_debit``: it is the debit of the two
    :param day: of the payer
    """
    return {
        "partial_id": partial,
        "debit_id": payer if is_debit else item.id,
        "credit_id": item.id if is_debit else payer,
        "paid": item.paid,
        "max_date": max(day, item.date),
        "full_id": full,
    }


def paid_item(full: int) -> dict[str, Any]:
    """Columns of an item that was paid in full."""
    return {
        "amount_residual": Decimal(0),
        "amount_residual_currency": Decimal(0),
        "reconciled": True,
        "full_reconcile_id": full,
        "matching_number": str(full),
    }


def paid_document(payment_state: str) -> dict[str, Any]:
    """Columns of a document whose only item was paid in full."""
    return {"amount_residual": Decimal(0), "amount_residual_signed": Decimal(0), "payment_state": payment_state}


#: changed by whatever is written
MAGIC = frozenset({"write_uid", "write_date"})


def unexplained(before: Mapping[str, Any], after: Mapping[str, Any], rules: Mapping[str, Any]) -> set[str]:
    """:return: columns whose change no rule explains"""
    return {
        column
        for column, value in after.items()
        if column not in MAGIC and value != rules.get(column, before.get(column))
    }
