"""What somebody owes set off against what the same person is owed, item by item (E-06).

Amounts of one currency meet in that currency: what both are worth in the currency of the company may differ, because
each keeps the rate it was booked with, and what lies between is a gain or a loss of exchange. Against what is owed in
the currency of the company an item in another one is worth what it was booked with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An open item.

    :param amount: what is open of it, above zero, in its currency
    :param own: the same in the currency of the company, at the rate it was booked with
    """

    key: int
    currency: str
    amount: Decimal
    own: Decimal


class Part(NamedTuple):
    """What of an item is set off."""

    key: int
    amount: Decimal
    own: Decimal


class SetOff(NamedTuple):
    """:param debts: parts of what is owed by the person; ``credits`` of what the person is owed
    :param gain: what the company wins by exchange; negative: loses
    """

    debts: list[Part]
    credits: list[Part]
    gain: Decimal


class _Rest:
    """What is left of an item."""

    def __init__(self, item: Open) -> None:
        self.item, self.amount, self.own = item, item.amount, item.own
        self.taken = self.taken_own = Decimal(0)

    def worth(self, amount: Decimal, unit: Decimal) -> Decimal:
        """:return: what of the own amount belongs to an amount; all of it to all of it"""
        if amount == self.amount:
            return self.own
        return (amount * self.own / self.amount).quantize(unit, ROUND_HALF_UP)

    def take(self, amount: Decimal, own: Decimal) -> None:
        self.amount, self.own = self.amount - amount, self.own - own
        self.taken, self.taken_own = self.taken + amount, self.taken_own + own


def set_off(
    debts: Sequence[Open], credits: Sequence[Open], *, most: Decimal, own: str, units: tuple[Decimal, Decimal]
) -> SetOff:
    """Set off as far as it goes, oldest first.

    :param debts: of one currency
    :param most: of that currency
    :param own: currency of the company
    :param units: smallest units of the currency of the debts and of the company
    """
    unit, own_unit = units
    mine, theirs = [_Rest(item) for item in debts], [_Rest(item) for item in credits]
    for debt in mine:
        for credit in sorted(theirs, key=lambda one: one.item.currency != debt.item.currency):
            amount = min(debt.amount, most)
            if amount <= 0:
                break
            if credit.amount <= 0 or credit.own <= 0:
                continue
            if credit.item.currency == debt.item.currency:
                amount = min(amount, credit.amount)
                worth, taken, taken_own = debt.worth(amount, own_unit), amount, credit.worth(amount, own_unit)
            elif credit.item.currency == own:
                worth = debt.worth(amount, own_unit)
                if worth > credit.own:
                    worth = credit.own
                    amount = min((worth * debt.amount / debt.own).quantize(unit, ROUND_HALF_UP), amount - unit)
                taken = taken_own = worth
            else:
                continue
            if amount <= 0 or worth <= 0:
                continue
            debt.take(amount, worth)
            credit.take(taken, taken_own)
            most -= amount
    parts = [[Part(one.item.key, one.taken, one.taken_own) for one in side if one.taken] for side in (mine, theirs)]
    gain = sum((one.own for one in parts[1]), Decimal(0)) - sum((one.own for one in parts[0]), Decimal(0))
    return SetOff(parts[0], parts[1], gain)
