"""Numbers that the sender gives to what it sends: one that is left out has been lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: numbers missing at once that are named one by one; a series that jumps further has begun anew
JUMP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """Numbers that did not come between two that did."""

    first: int
    last: int
    #: place of the item that came after the hole
    found_at: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def number_of(pattern: str, text: str) -> int | None:
    """:param pattern: regular expression whose first group is the number
    :return: the number in a text; None: the text belongs to no series
    """
    found = re.search(pattern, text or "")
    if not found or not found.groups() or not (found[1] or "").isdecimal():
        return None
    return int(found[1])


def holes(numbers: Iterable[int]) -> list[Hole]:
    """:param numbers: as they came; late, doubled and in any order
    :return: what is missing between the smallest and the largest, in order
    """
    first_seen: dict[int, int] = {}
    for place, number in enumerate(numbers):
        first_seen.setdefault(number, place)
    known = sorted(first_seen)
    return [
        Hole(first=before + 1, last=after - 1, found_at=first_seen[after])
        for before, after in zip(known, known[1:], strict=False)
        if 1 < after - before <= JUMP
    ]
