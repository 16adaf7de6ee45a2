"""Does a statement follow the last one, and are all its pages there? (K-05, fault 42)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from ..formats.model import Money
from .balance import EXACT

#: missing pages that are told
_MOST_MISSING = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuity:
    """How a statement continues the one before it.

    ``reason`` is fixed: ``continuous``, ``gap`` (something moved ``difference`` in between),
    ``currency_differs``, ``previous_missing`` (nothing came before) or ``opening_missing``.
    """

    reason: str
    difference: Decimal | None = None

    @property
    def is_gap(self) -> bool:
        """Whether a statement is missing, doubled or out of order."""
        return self.reason in ("gap", "currency_differs")


def continuity(previous_closing: Money | None, opening: Money | None) -> Continuity:
    """closing(n) = opening(n+1), exactly."""
    if previous_closing is None:
        return Continuity(reason="previous_missing")
    if opening is None:
        return Continuity(reason="opening_missing")
    if previous_closing.currency != opening.currency:
        return Continuity(reason="currency_differs")
    difference = EXACT.subtract(opening.amount, previous_closing.amount)
    return Continuity(reason="gap" if difference else "continuous", difference=difference)


def missing_numbers(previous: str | None, current: str | None) -> int:
    """How many statements are missing between two sequence numbers.

    0 when nothing is missing or the numbers tell nothing: no numbers, the same one again, or a
    smaller one, since a sequence may start again each year.
    """
    if not previous or not current or not (previous.isdecimal() and current.isdecimal()):
        return 0
    return max(int(current) - int(previous) - 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages of one statement that have arrived."""

    #: the first of them
    missing: tuple[int, ...] = ()
    #: the page marked as the last has arrived
    has_last: bool = True

    @property
    def complete(self) -> bool:
        """Whether the statement can be proved and posted."""
        return self.has_last and not self.missing


def pages(arrived: Iterable[tuple[int | None, bool | None]]) -> Pages:
    """Say which pages of a statement are missing.

    :param arrived: ``(page_number, is_last_page)`` of every page with the same account and
        sequence or identification; a statement without pages is ``(None, None)``
    """
    numbers: set[int] = set()
    has_last = False
    for number, is_last in arrived:
        # without LastPgInd a page is the last as far as anyone can know
        has_last = has_last or is_last is not False
        numbers.add(number or 1)
    missing = (number for number in range(1, max(numbers, default=0) + 1) if number not in numbers)
    # a silly page number must not cost anything
    return Pages(missing=tuple(islice(missing, _MOST_MISSING)), has_last=has_last)
