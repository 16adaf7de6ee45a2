"""Entries that are like others: which lines look alike, and what of them varies.

Lines of one shape have the same row in the ledger, but for what :func:`item_row` names; entries of one shape but for
what :func:`entry_row` names. Both are rules that have to explain every column of entries which Odoo has made before
others are written by them (docs/decisions/0020).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from .plan import Draft, Leg
from .shares import rounded
from .taxes import HUNDRED

#: entries of each shape that Odoo makes: one to copy from, and one that the rules have to explain besides it
CONTROLS = 2


class ItemShape(NamedTuple):
    """What decides every column of a line that no rule names.

    :param side: sign of the amount in the currency of the company
    """

    currency: str
    account: int
    base_of: tuple[int, ...]
    slice_of: tuple[int, int] | None
    tags: tuple[int, ...]
    side: int
    has_partner: bool


class EntryShape(NamedTuple):
    """The same for an entry.

    :param series: of its number
    :param has_term: something is owed to somebody, or by somebody
    """

    currency: str
    series: str
    has_tax: bool
    has_term: bool


Shape = ItemShape | EntryShape


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """Of an account.

    :param keeps_residual: what is open on it is counted
    :param is_term: it is of what is owed by or to others
    """

    keeps_residual: bool
    is_term: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A stored line to copy from, with what stays as it is where no rule of ours says it."""

    item: int
    base_amount: float | None


class Division(NamedTuple):
    """:param by_odoo: positions of entries that Odoo makes; ``copies`` of those that may be copied"""

    by_odoo: list[int]
    copies: list[int]


def shape_of(leg: Leg, currency: str) -> ItemShape:
    return ItemShape(
        currency=currency,
        account=leg.account,
        base_of=leg.base_of,
        slice_of=leg.slice_of,
        tags=leg.tags,
        side=(leg.balance > 0) - (leg.balance < 0),
        has_partner=leg.partner is not None,
    )


def shapes_of(draft: Draft, series: str, accounts: Mapping[int, AccountFacts]) -> frozenset[Shape]:
    """:return: shape of the entry and those of its lines"""
    return frozenset({entry_shape(draft, series, accounts), *(shape_of(leg, draft.currency) for leg in draft.legs)})


def entry_shape(draft: Draft, series: str, accounts: Mapping[int, AccountFacts]) -> EntryShape:
    return EntryShape(
        currency=draft.currency,
        series=series,
        has_tax=any(leg.base_of or leg.slice_of for leg in draft.legs),
        has_term=any(accounts[leg.account].is_term for leg in draft.legs),
    )


def divide_entries(shapes: Sequence[frozenset[Shape]], odd: AbstractSet[int]) -> Division:
    """Choose the entries that Odoo makes, so that every shape of the others is among them.

    :param shapes: of each entry
    :param odd: positions of what the rules do not cover
    """
    many = Counter(shape for place, found in enumerate(shapes) if place not in odd for shape in found)
    made: Counter[Shape] = Counter()
    by_odoo, copies = [], []
    for place, found in enumerate(shapes):
        # of what there is little nothing is copied
        is_alone = place in odd or any(many[shape] <= CONTROLS for shape in found)
        if is_alone or any(made[shape] < CONTROLS for shape in found):
            by_odoo.append(place)
            made.update(found)
        else:
            copies.append(place)
    return Division(by_odoo, copies)


def is_balanced(draft: Draft) -> bool:
    """Odoo refuses what is not."""
    return not sum(leg.balance for leg in draft.legs) and not sum(leg.amount for leg in draft.legs)


def entry_row(draft: Draft, reference: str | None) -> dict[str, Any]:
    """:return: what varies between entries of one shape, but for ids and numbers"""
    debits = [leg for leg in draft.legs if leg.balance > 0]
    total = sum((leg.amount for leg in debits), Decimal(0))
    return {
        "date": draft.day,
        "ref": reference or None,
        "total": total,
        "total_in_currency": abs(total),
        "total_signed": abs(sum((leg.balance for leg in debits), Decimal(0))),
    }


def item_row(
    leg: Leg, template: Template, account: AccountFacts, rates: Mapping[int, Decimal], decimals: int
) -> dict[str, Any]:
    """:return: what varies between lines of one shape, but for ids and what they have of their entry

    :param rates: per cent of the taxes that a line may be the base of
    """
    zero = Decimal(0)
    taxes = (rounded(leg.amount * rates[tax] / HUNDRED, decimals) for tax in leg.base_of)
    return {
        "label": leg.name or None,
        "partner_id": leg.partner,
        "amount": leg.amount,
        "balance": leg.balance,
        "debit": max(leg.balance, zero),
        "credit": max(-leg.balance, zero),
        "residual": leg.balance if account.keeps_residual else zero,
        "residual_currency": leg.amount if account.keeps_residual else zero,
        "base_amount": abs(leg.base_amount) if leg.slice_of else template.base_amount,
        "subtotal": leg.amount,
        "total": leg.amount + sum(taxes, zero),
        "analytic": {key: float(share) for key, share in leg.analytic} or None,
    }
