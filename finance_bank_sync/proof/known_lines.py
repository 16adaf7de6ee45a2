"""Which bookings of a statement are bank lines already that no statement brought (pure Python, no ``odoo``).

Lines that somebody entered by hand, or that another import brought, have no key of a booking. What they have in
common with it is the amount and a day: that of booking or of value.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

#: days that are looked at to make room for one booking
MOST_DAYS = 200


class Booking(NamedTuple):
    """A booking of a statement.

    :param id: of its row, or of the first of its rows
    :param days: of booking and of value, the likelier first
    :param rows: ids of the payments of a collective booking, where each is a row of its own
    """

    id: int
    amount: Decimal
    days: tuple[date, ...]
    text: str
    rows: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """By which an answer about it is kept: its first payment alone is another booking than all of them."""
        return f"{self.id}+" if self.rows else str(self.id)


def whole(payments: Sequence[Booking]) -> Booking:
    """Return the collective booking that some payments are together."""
    first = payments[0]
    return Booking(
        id=first.id,
        amount=sum((payment.amount for payment in payments), Decimal(0)),
        days=first.days,
        text=" ".join(payment.text for payment in payments),
        rows=tuple(payment.id for payment in payments),
    )


class Line(NamedTuple):
    """A bank line that no statement brought."""

    id: int
    amount: Decimal
    day: date
    text: str


def pairs(bookings: Iterable[Booking], lines: Iterable[Line]) -> list[tuple[Booking, int]]:
    """Pair bookings with lines of the same amount and one of their days: as many as there are, each once.

    Among bookings of one amount and day, those whose text is the line's come first, then they follow their order.

    :return: (booking, id of the line), in the order of the bookings
    """
    of_amount: dict[Decimal, list[Line]] = defaultdict(list)
    for line in lines:
        of_amount[line.amount].append(line)
    wanted: dict[Decimal, list[Booking]] = defaultdict(list)
    order: dict[str, int] = {}
    for booking in bookings:
        if booking.amount in of_amount:
            order[booking.name] = len(order)
            wanted[booking.amount].append(booking)
    found = [pair for amount, some in wanted.items() for pair in _of_one_amount(some, of_amount[amount])]
    return sorted(found, key=lambda pair: order[pair[0].name])


def _of_one_amount(bookings: Sequence[Booking], lines: Sequence[Line]) -> list[tuple[Booking, int]]:
    of_day: dict[date, list[Line]] = defaultdict(list)
    for line in lines:
        of_day[line.day].append(line)
    days = {day: _Day(room=len(found)) for day, found in of_day.items()}
    # a booking whose text is that of a line goes first: it is the likelier one where there are fewer lines
    texts = {(line.day, plain(line.text)) for line in lines}
    told = [any((day, plain(booking.text)) in texts for day in booking.days) for booking in bookings]
    for is_told in (True, False):
        for booking, same in zip(bookings, told, strict=True):
            if same == is_told:
                _place(booking, days, set())
    return [pair for day, place in days.items() for pair in _by_text(place.taken, of_day[day])]


@dataclass(slots=True)
class _Day:
    """The lines of one amount and day: how many there are, and which bookings took them."""

    room: int
    taken: list[Booking] = field(default_factory=list)


def _place(booking: Booking, days: dict[date, _Day], tried: set[date]) -> bool:
    """Give the booking a line of one of its days; a booking that has another day makes room (an augmenting path)."""
    for name in booking.days:
        if name not in days or name in tried or len(tried) == MOST_DAYS:
            continue
        tried.add(name)
        day = days[name]
        if len(day.taken) < day.room:
            day.taken.append(booking)
            return True
        for position, other in enumerate(day.taken):
            if _place(other, days, tried):
                day.taken[position] = booking
                return True
    return False


def _by_text(bookings: Sequence[Booking], lines: Sequence[Line]) -> list[tuple[Booking, int]]:
    by_text: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_text[plain(line.text)].append(line)
    found, others = [], []
    for booking in bookings:
        alike = by_text.get(plain(booking.text))
        if alike:
            found.append((booking, alike.pop(0).id))
        else:
            others.append(booking)
    taken = {line for _booking, line in found}
    left = (line for line in lines if line.id not in taken)
    return found + [(booking, line.id) for booking, line in zip(others, left, strict=False)]


def plain(text: str) -> str:
    """:return: the letters and digits of a text, in small letters"""
    return re.sub(r"[\W_]+", "", text.casefold())
