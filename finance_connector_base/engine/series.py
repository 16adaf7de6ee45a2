"""Numbers of journal entries: a block of one series, counted on from the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .drafts import draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """The name of one entry, as it is stored.

    :param made_gap: the number before it is missing
    """

    name: str
    prefix: str
    number: int
    made_gap: bool = False


_new_number = draft(Number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Consecutive numbers whose first ones are taken by this transaction already.

    :param template: format string of the names, with ``seq`` left open
    :param values: the other values of the format
    :param split: finds the number in a name, its first group is the digits
    :param made_gap: the first number left a gap behind
    """

    template: str
    values: Mapping[str, Any]
    split: re.Pattern[str]
    first: int
    made_gap: bool

    def numbers(self, count: int) -> list[Number]:
        """The first ``count`` numbers of the block."""
        found = []
        for number in range(self.first, self.first + count):
            name = self.template.format(**self.values, seq=number)
            match = self.split.match(name)
            if match is None or int(match.group(1) or 0) != number:
                raise ValueError(f"{name} does not read as number {number}")
            found.append(
                _new_number(
                    name=name,
                    prefix=name[: match.start(1)],
                    number=number,
                    made_gap=self.made_gap and number == self.first,
                )
            )
        return found


def are_consecutive(numbers: Iterable[int]) -> bool:
    ordered = sorted(numbers)
    return bool(ordered) and ordered == list(range(ordered[0], ordered[0] + len(ordered)))
