"""Rules that people write: what a booking must look like, and what to do with it.

There are no regular expressions: a pattern that a person types runs over what a bank's customer
types, and must end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

MAX_TEXT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The conditions of one rule; each that is set must hold.

    :param mode: ``contains``, ``not_contains``, ``words`` (all of them) or ``pattern`` (``*`` is any text)
    :param direction: 1 for money in, -1 for money out, 0 for both
    :param least: smallest amount without its sign
    :param codes: beginnings of bank transaction codes
    :param partners: partners of whom the booking must be known to be
    """

    id: int
    mode: str = "contains"
    label: str = ""
    direction: int = 0
    least: Decimal | None = None
    most: Decimal | None = None
    codes: tuple[str, ...] = ()
    partners: frozenset[int] = frozenset()
    journals: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a rule looks at.

    :param text: label, remittance and name of the counterparty
    """

    text: str
    amount: Decimal
    journal_id: int
    code: str = ""
    partner_id: int | None = None


def fold(text: str) -> str:
    """Case and runs of blanks say nothing."""
    return " ".join(text[:MAX_TEXT].casefold().split())


def first(rules: Sequence[Rule], booking: Text) -> Rule | None:
    """The first rule, in the order of the person, that holds."""
    text = fold(booking.text)
    return next((rule for rule in rules if holds(rule, booking, text)), None)


def holds(rule: Rule, booking: Text, text: str) -> bool:
    """:param text: :func:`fold` of the booking's text"""
    size = abs(booking.amount)
    return (
        (not rule.direction or (booking.amount > 0) == (rule.direction > 0))
        and (rule.least is None or size >= rule.least)
        and (rule.most is None or size <= rule.most)
        and (not rule.journals or booking.journal_id in rule.journals)
        and (not rule.partners or booking.partner_id in rule.partners)
        and (not rule.codes or any(booking.code.startswith(code) for code in rule.codes))
        and (not rule.label or says(rule.mode, rule.label, text))
    )


def says(mode: str, label: str, text: str) -> bool:
    wanted = fold(label)
    if mode == "contains":
        return wanted in text
    if mode == "not_contains":
        return wanted not in text
    if mode == "words":
        return set(_words(wanted)) <= set(_words(text))
    return fits(wanted, text)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def fits(pattern: str, text: str) -> bool:
    """``*`` is any text; the work is bounded by the product of both lengths.

    >>> fits("fee * account", "fee for your account"), fits("fee", "a fee")
    (True, False)
    """
    place = mark = 0
    star = -1
    at = 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, mark = place, at
            place += 1
        elif place < len(pattern) and pattern[place] == text[at]:
            place += 1
            at += 1
        elif star >= 0:
            place = star + 1
            mark += 1
            at = mark
        else:
            return False
    return all(character == "*" for character in pattern[place:])
