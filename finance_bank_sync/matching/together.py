"""Several bookings that pay one document between them, though each is no amount of anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from .facts import BookingFacts, OpenItem, Suggestion
from .score import part, total
from .subset import MAX_ITEMS, only_subset


def instalments(bookings: Sequence[BookingFacts], items: Iterable[OpenItem]) -> dict[int, Suggestion]:
    """Bookings of one partner that add up to one of its open items, when only one choice does.

    :param bookings: open bookings of one known partner, in one currency
    :return: booking id to what is proposed; a booking that could pay two items is left out
    """
    found: dict[int, list[Suggestion]] = {}
    if not 2 <= len(bookings) <= MAX_ITEMS:
        return {}
    for item in items:
        mine = [one for one in bookings if one.currency == item.currency and _fits(one.amount, item.residual)]
        chosen = only_subset([one.amount for one in mine], item.residual) if len(mine) > 1 else None
        for position in chosen or ():
            booking = mine[position]
            parts = (part("together"), part(booking.partner_by))
            answer = Suggestion(item_ids=(item.id,), score=total(list(parts)), parts=parts)
            found.setdefault(booking.id, []).append(answer)
    return {booking: answers[0] for booking, answers in found.items() if len(answers) == 1}


def _fits(amount: Decimal, residual: Decimal) -> bool:
    return (amount > 0) == (residual > 0) and abs(amount) < abs(residual)
