"""When two feeds say the same about one transaction, and where they differ (B-51).

Pure: two contents in, the places that differ out. Numbers are compared as numbers, within a tolerance;
everything else letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from ..engine.difference import fingerprint
from ..matching.duplicates import as_amount, value_at

#: with leading zeros it is a code and no number
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


class PathsUnreadable(ValueError):
    """A line that names no places of both contents."""


class Difference(NamedTuple):
    """A place that differs; ``amount`` is new minus old where both are numbers."""

    path: str
    old: str | None
    new: str | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is compared.

    :param pairs: places of the old and of the new content; empty: every place of either
    :param ignored: places, with all below them, that do not count where every place is compared
    :param tolerance: numbers may differ by so much
    """

    pairs: Sequence[tuple[str, str]] = ()
    ignored: frozenset[str] = frozenset()
    tolerance: Decimal = Decimal(0)

    def digest(self, content: Mapping[str, Any], side: int) -> str:
        """:param side: 0 old, 1 new
        :return: the same text for contents without any difference, tolerances aside
        """
        if self.pairs:
            return fingerprint([_plain(value_at(content, pair[side])) for pair in self.pairs])
        return fingerprint(dict(self._leaves(content)))

    def differences(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
        """:return: every place that differs by more than the tolerance"""
        if self.pairs:
            found = [
                (a if a == b else f"{a} = {b}", _plain(value_at(old, a)), _plain(value_at(new, b)))
                for a, b in self.pairs
            ]
        else:
            before, after = dict(self._leaves(old)), dict(self._leaves(new))
            found = [(path, before.get(path), after.get(path)) for path in sorted(before.keys() | after.keys())]
        return [Difference(path, a, b, _distance(a, b)) for path, a, b in found if a != b and not self._is_close(a, b)]

    def _is_close(self, old: str | None, new: str | None) -> bool:
        distance = _distance(old, new)
        return distance is not None and abs(distance) <= self.tolerance

    def _leaves(self, content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for path, value in _walk(content, ""):
            parts = path.split(".")
            if not any(".".join(parts[:count]) in self.ignored for count in range(1, len(parts) + 1)):
                text = _plain(value)
                if text is not None:
                    yield path, text


def pair(line: str) -> tuple[str, str]:
    """Read ``path``, or ``old path = new path`` where the two feeds call it differently.

    :raise PathsUnreadable: it is neither
    """
    parts = [part.strip() for part in line.split("=")]
    if len(parts) > 2 or not all(parts) or any(" " in part for part in parts):
        raise PathsUnreadable(line)
    return parts[0], parts[-1]


def lines(text: str | None) -> list[str]:
    """:return: the lines of a text that are not empty"""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name in value:
            yield from _walk(value[name], f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _walk(item, f"{path}.{number}")
    else:
        yield path, value


def _plain(value: Any) -> str | None:
    """:return: the value as text, a number without needless zeros; None where there is nothing"""
    if value is None or value is False or value == "":
        return None
    if isinstance(value, Mapping | list):
        return fingerprint(value)
    text = str(value).strip()
    if value is True or not _NUMBER.fullmatch(text):
        return text or None
    number = format(Decimal(text), "f")
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return "0" if number in ("-0", "") else number


def _distance(old: str | None, new: str | None) -> Decimal | None:
    """:return: new minus old; None unless both are numbers, nothing counting for none"""
    if old is None or new is None or not (_NUMBER.fullmatch(old) and _NUMBER.fullmatch(new)):
        return None
    before, after = as_amount(old), as_amount(new)
    return None if before is None or after is None else after - before
