"""From the currency of a company to that of the group (C-11).

Balances are translated at the closing rate, results at the average one, equity at the rates of its days (IAS 21 and the
like). The books come to zero in their own currency and do not in the other: what is missing is the **translation
difference**, and it can be told exactly where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CLOSING, AVERAGE, HISTORICAL = "closing", "average", "historical"
#: rates are kept to so many decimals, more than any central bank publishes
RATE_PLACES = Decimal("1e-12")


def average(rates: Sequence[tuple[date, Decimal]], first: date, last: date) -> Decimal:
    """Give the mean of daily rates, each counting for the days it was in force.

    :param rates: (first day, rate) by day; the earliest must be in force on the first day
    :raise ValueError: a day without a rate, or no day at all
    """
    if first > last:
        raise ValueError("the period ends before it begins")
    ordered = sorted(rates)
    if not ordered or ordered[0][0] > first:
        raise ValueError(f"no rate for {first}")
    total = Decimal(0)
    for number, (begins, rate) in enumerate(ordered):
        ends = ordered[number + 1][0] - timedelta(days=1) if number + 1 < len(ordered) else last
        days = (min(ends, last) - max(begins, first)).days + 1
        if days > 0:
            total += rate * days
    return (total / ((last - first).days + 1)).quantize(RATE_PLACES, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """The balances of one kind of rate.

    :param kind: closing, average or historical
    :param local: their sum in the currency of the company
    :param group: their sum in the currency of the group, as delivered (rounded row by row)
    """

    kind: str
    local: Decimal
    group: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Where a translation difference comes from.

    :param total: the difference: what makes the translated books come to zero
    :param parts: kind of rate -> what translating at it instead of the closing rate makes of it
    :param rounding: what rounding row by row makes of it
    """

    total: Decimal
    parts: Mapping[str, Decimal]
    rounding: Decimal


def explain(sums: Iterable[Translated], closing: Decimal, decimals: int) -> Explained:
    """Tell a translation difference apart.

    Local balances come to zero, so at one single rate they would in the other currency too: each kind of rate adds its
    balances times how far its rate is from the closing one.

    :param closing: group currency for one unit of the local one, on the last day
    :param decimals: of the group currency
    :raise ValueError: the local balances do not come to zero, so that there is no difference to speak of
    """
    found = list(sums)
    local = sum((row.local for row in found), Decimal(0))
    if local:
        raise ValueError(f"local balances come to {local}")
    total = -sum((row.group for row in found), Decimal(0))
    smallest = Decimal(1).scaleb(-decimals)
    parts: dict[str, Decimal] = {}
    for row in found:
        if row.kind != CLOSING:
            part = (row.local * closing - row.group).quantize(smallest, ROUND_HALF_UP)
            parts[row.kind] = parts.get(row.kind, Decimal(0)) + part
    return Explained(total=total, parts=parts, rounding=total - sum(parts.values(), Decimal(0)))
