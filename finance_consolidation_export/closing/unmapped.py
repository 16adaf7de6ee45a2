"""Accounts that no rule of a mapping speaks of (C-04)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date

from odoo.addons.finance_connector_base.engine import ranking

from ..balances.assignment import Key, Part


def sort_out(parts: Iterable[Part], keys: Iterable[Key], day: date) -> tuple[set[Hashable], set[Hashable]]:
    """Tell accounts that nothing is said of from those that something is said of under conditions.

    :param keys: what is known of each account without reading its items
    :return: values of the keys without any rule, values of those with rules under conditions only: whether all of
        their balance is mapped only a package can tell
    """
    rules = [part.rule for part in parts]
    plain = [rule for rule in rules if not rule.conditions]
    others = [rule for rule in rules if rule.conditions]
    without: set[Hashable] = set()
    doubtful: set[Hashable] = set()
    for key in keys:
        if any(ranking.applies(rule, key.code, key.facts, day) for rule in (*plain, *others)):
            continue
        maybe = any(ranking.applies(replace(rule, conditions=()), key.code, key.facts, day) for rule in others)
        (doubtful if maybe else without).add(key.value)
    return without, doubtful


def neighbour(code: str, mapped: Mapping[str, int]) -> int | None:
    """Find a group account that suggests itself: where the account with the most similar code goes.

    :param mapped: code of an account -> group account
    :return: group account, or None: no code begins the same way
    """
    best: tuple[int, str] | None = None
    for other in mapped:
        same = next(
            (place for place, (a, b) in enumerate(zip(code, other, strict=False)) if a != b), min(len(code), len(other))
        )
        if same and (best is None or (-same, other) < best):
            best = (-same, other)
    return mapped[best[1]] if best else None
