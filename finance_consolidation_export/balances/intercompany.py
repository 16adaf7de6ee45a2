"""Both sides of what companies of a group have with each other, compared (C-03, C-19).

What one company has with another, the other has with the opposite sign: receivables and payables, revenue and cost. A
pair of kinds of accounts agrees when both sides together come to zero, within a tolerance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

AGREES, DIFFERS, MISSING = "agrees", "differs", "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two companies and what each says of the other.

    :param one: id of the company with the smaller id
    :param amount_one: what it has with the other, debit positive; None: it has delivered nothing at all
    :param verdict: ``agrees``, ``differs`` or ``missing`` (a side that did not deliver)
    """

    one: int
    other: int
    amount_one: Decimal | None
    amount_other: Decimal | None
    difference: Decimal
    verdict: str


def compare(amounts: Mapping[tuple[int, int], Decimal], delivered: Iterable[int], tolerance: Decimal) -> list[Compared]:
    """Compare what companies say of each other.

    :param amounts: (company, company it is with) -> amount in the currency of the group, debit positive
    :param delivered: companies whose balances are there; of the others nothing is known
    :param tolerance: how far from zero both sides together may be
    :return: every two of which one says something of the other, the largest difference first
    """
    known = set(delivered)
    pairs = {(min(pair), max(pair)) for pair, amount in amounts.items() if amount and pair[0] != pair[1]}
    found = []
    for one, other in pairs:
        left = amounts.get((one, other), Decimal(0)) if one in known else None
        right = amounts.get((other, one), Decimal(0)) if other in known else None
        difference = (left or Decimal(0)) + (right or Decimal(0))
        if left is None or right is None:
            verdict = MISSING
        else:
            verdict = AGREES if abs(difference) <= tolerance else DIFFERS
        found.append(
            Compared(one=one, other=other, amount_one=left, amount_other=right, difference=difference, verdict=verdict)
        )
    return sorted(found, key=lambda row: (-abs(row.difference), row.one, row.other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One journal item that is with the other company.

    :param amount: in the currency of the transaction, debit positive
    :param reference: what both sides may have in common: number of the invoice, reference
    """

    id: int
    currency: str
    amount: Decimal
    reference: str = ""


def alone(ones: Sequence[Item], others: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Name the items that have no counterpart on the other side.

    An item's counterpart has the opposite amount in the same currency; of several, one with the same reference. Each is
    the counterpart of one item only.

    :return: items of the one side, of the other, in the order given
    """
    waiting: dict[tuple[str, Decimal], list[Item]] = defaultdict(list)
    for item in others:
        waiting[item.currency, -item.amount].append(item)
    taken: set[int] = set()
    left: list[Item] = []
    # those with a common reference choose first, so that nobody takes their counterpart
    for same in (True, False):
        for item in ones if same else list(left):
            candidates = [one for one in waiting[item.currency, item.amount] if one.id not in taken]
            found = next((one for one in candidates if one.reference and one.reference == item.reference), None)
            if not same and found is None:
                found = candidates[0] if candidates else None
            if found is not None:
                taken.add(found.id)
                if not same:
                    left.remove(item)
            elif same:
                left.append(item)
    return left, [item for item in others if item.id not in taken]
