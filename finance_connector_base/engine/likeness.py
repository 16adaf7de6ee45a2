"""How alike two names are, from 0 to 100, without regard to case, accents, order and legal forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ..matching.likeness import words


def likeness(one: str, other: str) -> int:
    """Compare two names: pairs of letters that both have, word by word."""
    return _likeness(_pairs(one), _pairs(other))


def best(name: str, candidates: Iterable[tuple[int, str]], *, least: int = 40, limit: int = 5) -> list[tuple[int, int]]:
    """Give (key, likeness) of the candidates that are most alike, the best first."""
    return Names(candidates).best(name, least=least, limit=limit)


class Names:
    """Names that others are compared with: prepared once, asked often.

    :param candidates: (key, name)
    """

    def __init__(self, candidates: Iterable[tuple[int, str]]) -> None:
        self._totals: dict[int, int] = {}
        self._having: dict[str, list[tuple[int, int]]] = {}
        for key, name in candidates:
            pairs = _pairs(name)
            self._totals[key] = pairs.total()
            for pair, count in pairs.items():
                self._having.setdefault(pair, []).append((key, count))

    def best(self, name: str, *, least: int = 40, limit: int = 5) -> list[tuple[int, int]]:
        """Give (key, likeness) of the names that are most alike, the best first."""
        mine = _pairs(name)
        shared: Counter[int] = Counter()
        for pair, count in mine.items():
            for key, other in self._having.get(pair, ()):
                shared[key] += min(count, other)
        total = mine.total()
        scored = ((key, round(200 * common / (total + self._totals[key]))) for key, common in shared.items())
        ranked = sorted((item for item in scored if item[1] >= least), key=lambda item: (-item[1], item[0]))
        return ranked[:limit]


def _pairs(name: str) -> Counter[str]:
    pairs: Counter[str] = Counter()
    for word in words(name):
        padded = f" {word} "
        pairs.update(padded[place : place + 2] for place in range(len(padded) - 1))
    return pairs


def _likeness(one: Counter[str], other: Counter[str]) -> int:
    total = one.total() + other.total()
    return round(200 * (one & other).total() / total) if total else 0
