"""How alike two names are, from 0 to 100, without regard to case, accents, order and legal forms."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

#: words that say nothing about which company it is
_EMPTY = frozenset("ag bv co corp gmbh inc kg limited llc ltd nv oy plc sa sarl se spa srl the und and".split())


def likeness(one: str, other: str) -> int:
    """Compare two names: pairs of letters that both have, word by word."""
    return _likeness(_pairs(one), _pairs(other))


def best(name: str, candidates: Iterable[tuple[int, str]], *, least: int = 40, limit: int = 5) -> list[tuple[int, int]]:
    """Give (key, likeness) of the candidates that are most alike, the best first."""
    mine = _pairs(name)
    scored = ((key, _likeness(mine, _pairs(other))) for key, other in candidates)
    ranked = sorted((item for item in scored if item[1] >= least), key=lambda item: (-item[1], item[0]))
    return ranked[:limit]


def words(name: str) -> list[str]:
    """Give the words of a name in one form: lower case, no accents, no legal form."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    found = re.findall(r"\w+", "".join(character for character in plain if not unicodedata.combining(character)))
    return [word for word in found if word not in _EMPTY] or found


def _pairs(name: str) -> Counter[str]:
    pairs: Counter[str] = Counter()
    for word in words(name):
        padded = f" {word} "
        pairs.update(padded[place : place + 2] for place in range(len(padded) - 1))
    return pairs


def _likeness(one: Counter[str], other: Counter[str]) -> int:
    total = one.total() + other.total()
    return round(200 * (one & other).total() / total) if total else 0
