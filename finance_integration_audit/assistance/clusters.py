"""Exceptions that are alike, and which to look at first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

#: what differs between texts that say the same: ids, dates, amounts, quoted names
_PARTS = (
    (re.compile(r"[\"'«»„“”‘’].*?[\"'«»„“”‘’]"), "…"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27,}\b", re.IGNORECASE), "#"),
    (re.compile(r"\S*\d\S*"), "#"),
    (re.compile(r"(?:#[\s,;/]*)+"), "# "),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    number: int
    text: str
    reason: str
    connection: str
    opened: datetime
    money: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    reason: str
    connection: str
    text: str
    numbers: tuple[int, ...]
    money: Decimal
    oldest: datetime
    score: float


def normal(text: str) -> str:
    """:return: what a text says without the names and numbers in it; the same of its own result"""
    for pattern, word in _PARTS:
        text = pattern.sub(word, text)
    return text.strip().lower()


def clusters(troubles: Iterable[Trouble], now: datetime) -> list[Cluster]:
    """:return: groups of what is alike, the one to look at first in front

    The rank grows with the money that waits, with the days the oldest waits and, less, with how many there are; it
    depends on nothing else, so that it can be explained.
    """
    found: dict[tuple[str, str, str], list[Trouble]] = {}
    for trouble in troubles:
        found.setdefault((trouble.reason, trouble.connection, normal(trouble.text)), []).append(trouble)
    made = [_cluster(key, members, now) for key, members in found.items()]
    return sorted(made, key=lambda one: (-one.score, one.oldest, one.numbers))


def _cluster(key: tuple[str, str, str], members: list[Trouble], now: datetime) -> Cluster:
    money = sum((abs(one.money) for one in members), Decimal(0))
    oldest = min(one.opened for one in members)
    days = max((now - oldest).total_seconds() / 86400, 0.0)
    return Cluster(
        reason=key[0],
        connection=key[1],
        text=key[2],
        numbers=tuple(sorted(one.number for one in members)),
        money=money,
        oldest=oldest,
        score=score(float(money), days, len(members)),
    )


def score(money: float, days: float, count: int) -> float:
    """:return: rank: each tenfold of money is worth as much as a week of age or a tenfold of cases"""
    return round(len(str(int(money))) * 10 + days * 10 / 7 + len(str(count)) * 10, 3)
