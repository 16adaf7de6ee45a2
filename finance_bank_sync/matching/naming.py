"""Which open items a booking names, and how.

A booking is compared with dozens of open items of its payer, and names one of them or two: what most items
take is to see that they have nothing in common with the text.
"""

from __future__ import annotations

from collections.abc import Iterable

from .facts import BookingFacts, OpenItem
from .tokens import is_date, is_identifying

#: so many digits are nothing else by chance
LONG = 7
#: in a shorter number one wrong character makes another number of it
LEAST_TYPED = 7


def naming(booking: BookingFacts, items: Iterable[OpenItem]) -> dict[int, str]:
    """The strongest way in which a booking names each of the items.

    :return: item id to a code of :data:`.score.POINTS`; an item that is not named is left out
    """
    pieces = booking.tokens | booking.parts
    whole = pieces | booking.end_to_end | booking.references
    called = booking.called
    found = {}
    for item in items:
        if item.names.isdisjoint(whole) and item.digits.isdisjoint(pieces) and item.short.isdisjoint(called):
            continue
        name = _strongest(booking, item)
        if name:
            found[item.id] = name
    return found


def _strongest(booking: BookingFacts, item: OpenItem) -> str | None:
    if not item.names.isdisjoint(booking.end_to_end):
        return "end_to_end"
    if not item.names.isdisjoint(booking.references):
        return "reference"
    shared = item.names & booking.tokens
    if any(is_identifying(name) or len(name) > 5 and name in booking.meant for name in shared):
        return "number"
    if not item.short.isdisjoint(booking.called):
        return "called"
    weak = {*shared, *(item.digits & booking.tokens), *(booking.parts & (item.digits | item.names))}
    weak = {name for name in weak if name in booking.meant or not is_date(name)}
    if weak:
        is_clear = any(name in booking.meant or len(name) >= LONG or not name.isdigit() for name in weak)
        return "digits" if is_clear else "loose"
    return None


def mistyped(booking: BookingFacts, items: Iterable[OpenItem]) -> set[int]:
    """Items whose number is in the text with one character wrong, missing, added, or two exchanged."""
    near: dict[tuple[str, int], list[str]] = {}
    for token in booking.tokens:
        for length in (len(token) - 1, len(token), len(token) + 1):
            if length >= LEAST_TYPED:
                near.setdefault((token[0], length), []).append(token)
    if not near:
        return set()
    return {
        item.id
        for item in items
        if any(
            one_edit_apart(token, name) for name in item.names if name for token in near.get((name[0], len(name)), ())
        )
    }


def one_edit_apart(one: str, other: str) -> bool:
    if len(one) > len(other):
        one, other = other, one
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) == len(other):
        if one[start + 1 :] == other[start + 1 :]:
            return start < len(one)
        return one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
    return one[start:] == other[start + 1 :]
