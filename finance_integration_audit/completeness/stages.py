"""Expected, received, posted, accepted: each stage is compared with the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

Amounts = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Counts of one flow and day. ``expected`` is None where nobody said how many there should be."""

    expected: int | None
    received: int
    refused: int
    posted: int
    accepted: int
    open: int
    lost: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``code``: ``lost``, ``missing``, ``fewer``, ``more``, ``unposted``, ``unaccepted`` or ``amount``."""

    code: str
    count: int = 0
    currency: str = ""
    amount: Decimal = Decimal(0)


def findings(day: Day, *, expected: Amounts | None = None, posted: Amounts | None = None) -> list[Finding]:
    """:return: every difference between two stages, the worst first; none: the day is complete"""
    found = []
    if day.lost:
        found.append(Finding(code="lost", count=day.lost))
    if day.missing:
        found.append(Finding(code="missing", count=day.missing))
    real = day.received - day.refused
    if day.expected is not None and day.expected != real:
        found.append(Finding(code="fewer" if day.expected > real else "more", count=abs(day.expected - real)))
    if real - day.lost > day.posted:
        found.append(Finding(code="unposted", count=real - day.lost - day.posted))
    if day.posted > day.accepted:
        found.append(Finding(code="unaccepted", count=day.posted - day.accepted))
    for currency in sorted(expected or {}):
        amount = (posted or {}).get(currency, Decimal(0)) - (expected or {})[currency]
        if amount:
            found.append(Finding(code="amount", currency=currency, amount=amount))
    return found


def is_lost(found: list[Finding]) -> bool:
    """:return: something is missing that no waiting brings"""
    return any(one.code in ("lost", "missing", "fewer", "more", "amount") for one in found)
