"""Which parties may be one and the same: by number, by account, by name.

Pairs are found by index, never by comparing everybody with everybody.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

#: words that say what kind of company it is, not which
_FORMS = frozenset(
    "ab ag aps as asa bv bvba cie co company corp corporation eg eirl ek gmbh gbr inc kg kgaa limited llc llp ltd nv oy"
    " plc sa sarl sas se sl snc spa spol spzoo sprl srl srls the ug und and et".split()
)
_WORD = re.compile(r"[^\W_]+")
#: names at least this alike are proposed
ALIKE = 0.7
#: an index entry of more parties than this says nothing
CROWD = 50

SCORES = {"vat": 95, "account": 90, "name": 80, "similar": 60}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    id: int
    name: str
    country: str | None = None
    vat: str | None = None
    accounts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pair:
    """``first`` < ``second``; the reasons are codes of :data:`SCORES`."""

    first: int
    second: int
    reasons: tuple[str, ...]
    score: int


def words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it from others, without accents, case and legal form."""
    plain = name.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    found = _WORD.findall(plain.replace(".", ""))
    return tuple(word for word in found if word not in _FORMS) or tuple(found)


def trigrams(name: str) -> frozenset[str]:
    padded = f"  {' '.join(words(name))} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """:return: share of the trigrams two names have in common, 0 to 1"""
    return len(one & other) / len(one | other) if one or other else 0.0


def pairs(parties: Iterable[Party], *, only: frozenset[int] | None = None) -> list[Pair]:
    """Give the pairs that may be one party.

    :param only: pairs with at least one of these ids; None: all
    """
    known = {party.id: party for party in parties}
    reasons: dict[tuple[int, int], set[str]] = defaultdict(set)
    for reason, first, second in _candidates(known):
        if only is None or first in only or second in only:
            reasons[first, second].add(reason)
    return [
        Pair(first, second, tuple(sorted(found, key=lambda r: -SCORES[r])), _score(found))
        for (first, second), found in sorted(reasons.items())
    ]


def _score(reasons: set[str]) -> int:
    return min(100, max(SCORES[reason] for reason in reasons) + 3 * (len(reasons) - 1))


def _candidates(known: dict[int, Party]) -> Iterator[tuple[str, int, int]]:
    index: dict[tuple[str, str], list[int]] = defaultdict(list)
    grams = {party.id: trigrams(party.name) for party in known.values()}
    for party in known.values():
        if party.vat:
            index["vat", party.vat].append(party.id)
        for account in party.accounts:
            index["account", account].append(party.id)
        index["name", f"{party.country or ''}:{' '.join(words(party.name))}"].append(party.id)
        for word in set(words(party.name)):
            index["similar", word[:4]].append(party.id)
    for (reason, _key), ids in index.items():
        if len(ids) > CROWD:
            continue
        for first, second in combinations(sorted(ids), 2):
            if reason != "similar":
                yield reason, first, second
            elif _near(known[first], known[second]) and similarity(grams[first], grams[second]) >= ALIKE:
                yield reason, first, second


def _near(one: Party, other: Party) -> bool:
    return not (one.country and other.country) or one.country == other.country
