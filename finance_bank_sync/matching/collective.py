"""One booking for many payments that left together: which of them it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from .facts import Decision, OpenItem, Suggestion

#: the bank names the order, the group or its payments
NAMED = ("group", 60)
#: nobody names it, but the sum is that of one order alone
SUM = ("order_sum", 60)
AMOUNT = ("amount", 35)
#: the bank left one payment out, as the amount says
LESS = ("less", 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The payments of a booking.

    :param missing: the one that is not in it
    """

    items: tuple[OpenItem, ...]
    missing: OpenItem | None = None


def choose(amount: Decimal, items: Collection[OpenItem], count: int | None = None) -> Chosen | None:
    """Which payments on their way a collective booking is about.

    :param amount: of the booking, signed
    :param items: what waits for the bank, signed alike
    :param count: how many payments the bank says, where it does
    :return: all of them, or all but the only one whose amount is too much; None: a person has to look
    """
    if not items or len({(item.account_id, item.currency) for item in items}) > 1:
        return None
    total = sum((item.residual for item in items), Decimal(0))
    if total == amount and count in (None, 0, len(items)):
        return Chosen(items=tuple(items))
    left_out = [item for item in items if item.residual == total - amount]
    if len(left_out) == 1 and len(items) > 1 and count in (None, 0, len(items) - 1):
        return Chosen(items=tuple(item for item in items if item is not left_out[0]), missing=left_out[0])
    return None


def answer(chosen: Chosen, *, is_named: bool) -> Decision:
    """Taken without asking where the bank says whose it is and the sum is right; else one proposal."""
    # a sum says the amount already
    parts: tuple[tuple[str, int], ...] = (NAMED, LESS if chosen.missing else AMOUNT) if is_named else (SUM,)
    score = sum(points for _code, points in parts)
    proposal = Suggestion(item_ids=ids_of(chosen.items), score=score, parts=parts)
    if chosen.missing or not is_named:
        return Decision(suggestions=(proposal,), score=score, parts=parts)
    return Decision(items=chosen.items, rule="group", suggestions=(proposal,), score=score, parts=parts)


def ids_of(items: Iterable[OpenItem]) -> tuple[int, ...]:
    return tuple(item.id for item in items)
