"""Amounts divided so that the parts come to the whole, whatever the decimals of the currency (E-24)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal


def unit(decimals: int) -> Decimal:
    """:return: smallest amount of a currency with so many decimals"""
    return Decimal(1).scaleb(-decimals)


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """:return: amount in whole units of the currency, halves away from zero as Odoo rounds them"""
    return amount.quantize(unit(decimals), ROUND_HALF_UP)


def divide(amount: Decimal, weights: Sequence[Decimal], decimals: int) -> tuple[Decimal, ...]:
    """Divide an amount by weights; the units that are left go to the parts that lost most by rounding.

    :param amount: in whole units of the currency
    :param weights: none negative; all zero: the first part gets everything
    :return: parts of the same sign, in whole units, that come exactly to the amount
    :raise ValueError: no weights, or a negative one
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights: at least one, none negative")
    whole = sum(weights, Decimal(0))
    if not whole:
        return (amount, *(amount - amount for _weight in weights[1:]))
    smallest = unit(decimals)
    exact = [amount * weight / whole for weight in weights]
    parts = [part.quantize(smallest, ROUND_DOWN) for part in exact]
    left = amount - sum(parts, Decimal(0))
    step = smallest if left > 0 else -smallest
    order = sorted(range(len(parts)), key=lambda number: (-abs(exact[number] - parts[number]), number))
    number = 0
    while left:
        # weights of zero get nothing
        place = order[number % len(order)]
        if weights[place]:
            # less than one unit is left only where the amount itself had more decimals
            taken = step if abs(left) >= smallest else left
            parts[place] += taken
            left -= taken
        number += 1
    return tuple(parts)


def spread(parts: Sequence[Decimal], whole: Decimal) -> tuple[Decimal, ...]:
    """:return: the parts, the largest corrected so that they come to the whole"""
    found = list(parts)
    left = whole - sum(found, Decimal(0))
    if left and found:
        largest = max(range(len(found)), key=lambda number: abs(found[number]))
        found[largest] += left
    return tuple(found)
