"""The same bookings told by two channels of a bank: an interface and its files, or an interface twice.

References often differ between channels, and some banks change the ids of their interface with every consent. But
both channels list whole days of one account. So a day has as many bookings of an amount in the one as in the other,
and what is left of a day after the known references are taken out can be paired by day and amount. A pair that also
shares a reference or the other side goes first; which of two equal bookings is paired with which makes no difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: comparisons for bookings of one day and amount; above it they are paired in their order
_MOST_COMPARED = 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """One booking of a channel as a whole, whether it is one line or several.

    :param number: what it is called here
    :param marks: references, end-to-end id, account and name of the other side; empty ones do not count
    """

    number: int
    day: date
    amount: Decimal
    currency: str
    marks: frozenset[str] = frozenset()


def pair(new: Iterable[Booked], known: Iterable[Booked]) -> dict[int, int]:
    """Say which new bookings are known.

    :param new: of one statement, which no key has recognised
    :param known: on the ledger, told by another channel and not recognised yet
    :return: number of a new booking -> number of the known one; each known one at most once
    """
    left: dict[tuple[date, Decimal, str], list[Booked]] = defaultdict(list)
    for booking in known:
        left[_place(booking)].append(booking)
    waiting: dict[tuple[date, Decimal, str], list[Booked]] = defaultdict(list)
    for booking in new:
        if _place(booking) in left:
            waiting[_place(booking)].append(booking)
    pairs: dict[int, int] = {}
    for place, candidates in waiting.items():
        others = left[place]
        if len(candidates) * len(others) > _MOST_COMPARED:
            pairs |= {one.number: other.number for one, other in zip(candidates, others, strict=False)}
            continue
        ranked = sorted(
            (-len(one.marks & other.marks), position, rank)
            for position, one in enumerate(candidates)
            for rank, other in enumerate(others)
        )
        used_new: set[int] = set()
        used_known: set[int] = set()
        for _likeness, position, rank in ranked:
            if position not in used_new and rank not in used_known:
                used_new.add(position)
                used_known.add(rank)
                pairs[candidates[position].number] = others[rank].number
    return pairs


def _place(booking: Booked) -> tuple[date, Decimal, str]:
    return booking.day, booking.amount.normalize(), booking.currency
