"""Why a statement does not add up: the smallest explanation that fits the difference (K-05).

One line too many, one line with the wrong sign, one line too few. More than one fault at once is not
searched: with enough lines, some of them always add up to any difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .balance import EXACT

#: entries that are looked at: what is larger is explained by the amount alone
MOST_ENTRIES = 100_000
#: entries that are named
_MOST_NAMED = 5

DOUBLED = "doubled"
FLIPPED = "flipped"
EXTRA = "extra"
MISSING_LINE = "missing_line"
MISSING_AMOUNT = "missing_amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What one change would make the statement add up.

    ``kind`` is fixed: ``missing_line`` (the bank's own numbers leave one out), ``doubled`` (the same
    line stands there again), ``flipped`` (a line has the wrong sign), ``extra`` (a line is one too
    many), ``missing_amount`` (one booking of ``amount`` is not there).
    """

    kind: str
    #: of the booking that is missing, or of the line that is named
    amount: Decimal
    #: positions of the lines it may be, at most five
    positions: tuple[int, ...] = ()
    #: numbers that the bank's own numbering leaves out
    numbers: tuple[int, ...] = ()


def explain(
    difference: Decimal, entries: Iterable[tuple[int, Decimal, str]], numbers: Iterable[int] = ()
) -> Explanation:
    """Find the smallest explanation of a difference.

    :param difference: closing - (opening + entries), not zero
    :param entries: ``(position, signed amount, content)`` of the booked entries; two with the same
        content say the same thing
    :param numbers: the bank's own numbers of the entries, where it counts them
    """
    too_many = difference.copy_negate()
    half = EXACT.divide(too_many, Decimal(2))
    seen: set[str] = set()
    doubled: list[int] = []
    flipped: list[int] = []
    extra: list[int] = []
    for count, (position, amount, content) in enumerate(entries):
        if count >= MOST_ENTRIES:
            break
        if amount == too_many:
            (doubled if content in seen else extra).append(position)
            seen.add(content)
        elif amount == half:
            flipped.append(position)
    left_out = _left_out(numbers)
    if len(left_out) == 1:
        return Explanation(kind=MISSING_LINE, amount=difference, numbers=left_out)
    for kind, positions, amount in ((DOUBLED, doubled, too_many), (FLIPPED, flipped, half), (EXTRA, extra, too_many)):
        if positions:
            return Explanation(kind=kind, amount=amount, positions=tuple(positions[:_MOST_NAMED]))
    return Explanation(kind=MISSING_AMOUNT, amount=difference)


def _left_out(numbers: Iterable[int]) -> tuple[int, ...]:
    """Say which numbers a rising count leaves out; nothing when it is no count."""
    left: list[int] = []
    before: int | None = None
    for number in numbers:
        if before is not None:
            if number <= before or number - before > _MOST_NAMED:
                return ()
            left += range(before + 1, number)
            if len(left) > _MOST_NAMED:
                return ()
        before = number
    return tuple(left)
