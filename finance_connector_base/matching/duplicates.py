"""What makes two messages look like one business fact sent twice (B-14).

A rule names the values that must be the same (a digest, found by one index), an amount that may
differ by a tolerance, and a day that may lie a number of days away. Pure: values in, numbers out;
the lookup itself is one query (``finance_message_duplicate.py``).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from .likeness import words

#: how a value is made comparable: by its letters and digits, as a name, or as it is
REFERENCE, NAME, EXACT = "reference", "name", "exact"
#: larger numbers are no amounts, and do not fit the column
LARGEST = Decimal(10) ** 15

_RUN = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which values of a message are compared.

    :param scope: everything the comparison is limited to, e.g. company and rule with its revision
    :param same: pairs of (path, :data:`REFERENCE` | :data:`NAME` | :data:`EXACT`); a path is written
        with dots, e.g. ``total.amount`` or ``lines.0.account``
    :param amount: path of the amount, None: amounts are not compared
    :param day: path of the date, None: the day of receipt
    """

    scope: tuple[Any, ...]
    same: tuple[tuple[str, str], ...]
    amount: str | None = None
    day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is kept of a message for one rule.

    :param key: digest of what must be the same
    """

    key: str
    amount: Decimal | None
    day: date


def facts(rule: Rule, data: Mapping[str, Any], received: date) -> Facts | None:
    """:return: what the rule compares of a message, or None when it lacks one of the values

    :param received: calendar day of receipt, used where the rule names no date
    """
    values = []
    for path, how in rule.same:
        value = normalise(value_at(data, path), how)
        if not value:
            return None
        values.append(value)
    amount = as_amount(value_at(data, rule.amount)) if rule.amount else None
    day = as_day(value_at(data, rule.day)) if rule.day else received
    if day is None or (rule.amount and amount is None):
        return None
    return Facts(key=digest(*rule.scope, *values), amount=amount, day=day)


def digest(*parts: Any) -> str:
    """:return: 64 hexadecimal digits; parts cannot run into each other"""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def value_at(data: Any, path: str) -> Any:
    """:return: the value at a dotted path, None where there is none"""
    for name in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(name)
        elif isinstance(data, list) and name.isdecimal() and int(name) < len(data):
            data = data[int(name)]
        else:
            return None
    return data


def normalise(value: Any, how: str) -> str:
    """Write what people write differently the same way; empty where there is nothing to compare."""
    if value is None or value is False or isinstance(value, (dict, list)):
        return ""
    text = str(value).strip()
    if how == REFERENCE:
        return reference(text)
    return " ".join(words(text)) if how == NAME else text


def reference(text: str) -> str:
    """Keep letters and digits: ``RE-2024/0042``, ``re 2024 42`` and ``Re.2024.042`` are one reference.

    Leading zeros of a number say nothing: systems pad them.
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    runs = _RUN.findall(plain)
    kept = "".join(run.lstrip("0") if run.isdecimal() and run.isascii() else run for run in runs)
    # nothing but zeros is still a reference
    return kept or ("0" if runs else "")


def as_amount(value: Any) -> Decimal | None:
    """:return: the amount, None for what is none; a float is taken as it is written, not as it is stored"""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < LARGEST else None


def as_day(value: Any) -> date | None:
    """:return: the calendar day of an ISO date or time as it is written, never moved by a time zone"""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None


def close(one: Decimal, other: Decimal, tolerance: Decimal, percent: Decimal) -> bool:
    """:return: whether two amounts differ by no more than the tolerance, or the percentage of the larger"""
    return abs(one - other) <= max(tolerance, percent / 100 * max(abs(one), abs(other)))


def bounds(amount: Decimal, tolerance: Decimal, percent: Decimal) -> tuple[Decimal, Decimal]:
    """:return: (lowest, highest) amount that may be :func:`close`, for a range of the index

    :param percent: below 100
    """
    share = percent / 100
    reach = max(tolerance, share / (1 - share) * abs(amount))
    # rounding of the division must not shut out the last one
    reach += abs(reach) / 10**9
    return amount - reach, amount + reach


def leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """:return: (dotted path, value) of every value, in the order they are written"""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from leaves(value, f"{path}.{number}" if path else str(number))
    elif path:
        yield path, data
