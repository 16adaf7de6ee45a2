"""What is fed to a risk system: open items by counterparty and currency, all of them or what has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

#: counterparty, currency, side (receivable or payable)
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Item:
    counterparty: str
    currency: str
    side: str
    amount: Decimal


def total(items: Iterable[Item]) -> dict[Key, Decimal]:
    """:return: sum of the open items of each counterparty, currency and side; what comes to nothing is not there"""
    found: dict[Key, Decimal] = {}
    for item in items:
        key = (item.counterparty, item.currency, item.side)
        found[key] = found.get(key, Decimal(0)) + item.amount
    return {key: amount for key, amount in found.items() if amount}


def delta(before: Mapping[Key, Decimal], now: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """:return: the new amount of everything that has changed; nought for what is gone"""
    changed = {key: amount for key, amount in now.items() if before.get(key) != amount}
    return changed | {key: Decimal(0) for key in before.keys() - now.keys()}


def apply(known: Mapping[Key, Decimal], changed: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """:return: what a risk system knows after a delta"""
    return {key: amount for key, amount in {**known, **changed}.items() if amount}
