"""Conditions on facts as data: typed operations that are read, shown and evaluated, never executed.

Written one beside the other, separated by semicolons or lines::

    country = DE; category in TRAVEL, MEALS; amount between 100 and 5000; bank.bic starts with DEUT

An operation compares text as text, and as numbers or dates where both sides are such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from .pattern import Pattern, PatternError

#: conditions in one rule, characters of one operand, depth of a path
MAX_CONDITIONS = 20
MAX_OPERAND = 500
MAX_DEPTH = 6

_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
#: how an operation is written: (word, operation), the longest first
_WORDS = (
    ("starts with", "prefix"),
    ("is not set", "missing"),
    ("between", "between"),
    ("matches", "matches"),
    ("is set", "present"),
    ("in", "in"),
    (">=", "at_least"),
    ("<=", "at_most"),
    ("!=", "differs"),
    ("=", "equals"),
)


class Operation(str, Enum):
    """What a condition asks of a value."""

    EQUALS = "equals"
    DIFFERS = "differs"
    IN = "in"
    PREFIX = "prefix"
    BETWEEN = "between"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MATCHES = "matches"
    PRESENT = "present"
    MISSING = "missing"


WORD = {Operation(name): word for word, name in _WORDS}


class ConditionError(ValueError):
    """A condition that cannot be read.

    :param code: what is wrong, for the words of the screen
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One question about one value.

    :param path: where the value lies, with dots; empty: any value of the facts (a bare word)
    """

    path: str
    operation: Operation
    operands: tuple[str, ...] = ()

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Say whether the facts meet it; a value that is not there meets nothing but ``is not set``."""
        if not self.path:
            return self.operands[0] in _words(facts)
        value = find(facts, self.path)
        if self.operation is Operation.MISSING:
            return _is_empty(value)
        if _is_empty(value):
            return False
        if isinstance(value, (list, tuple, set, frozenset)):
            return any(self._compare(item) for item in value)
        return self._compare(value)

    def _compare(self, value: Any) -> bool:
        match self.operation:
            case Operation.PRESENT:
                return True
            case Operation.EQUALS:
                return same(value, self.operands[0])
            case Operation.DIFFERS:
                return not same(value, self.operands[0])
            case Operation.IN:
                return any(same(value, operand) for operand in self.operands)
            case Operation.PREFIX:
                return as_text(value).startswith(self.operands[0])
            case Operation.MATCHES:
                return Pattern.of(self.operands[0]).matches(as_text(value))
            case Operation.AT_LEAST:
                return in_range(value, self.operands[0], None)
            case Operation.AT_MOST:
                return in_range(value, None, self.operands[0])
            case Operation.BETWEEN:
                return in_range(value, self.operands[0], self.operands[1])
        return False

    def __str__(self) -> str:
        if not self.path:
            return self.operands[0]
        word = WORD[self.operation]
        if self.operation in (Operation.PRESENT, Operation.MISSING):
            return f"{self.path} {word}"
        joint = " and " if self.operation is Operation.BETWEEN else ", "
        return f"{self.path} {word} {joint.join(self.operands)}"


def parse(text: str | None) -> tuple[Condition, ...]:
    """Read conditions.

    :raise ConditionError: naming the part that cannot be read
    """
    parts = [part.strip() for part in re.split(r"[;\n]", text or "")]
    conditions = tuple(_parse_one(part) for part in parts if part)
    if len(conditions) > MAX_CONDITIONS:
        raise ConditionError("too_many", text or "")
    return tuple(sorted(set(conditions), key=lambda condition: (condition.path, str(condition))))


def canonical(text: str | None) -> str:
    """Give conditions in the one way they are stored: what means the same is written the same."""
    return "; ".join(str(condition) for condition in parse(text))


def all_hold(conditions: Iterable[Condition], facts: Mapping[str, Any]) -> bool:
    """Say whether every condition is met; none means always."""
    return all(condition.holds(facts) for condition in conditions)


def first_unmet(conditions: Iterable[Condition], facts: Mapping[str, Any]) -> Condition | None:
    """Give the condition because of which a rule does not count."""
    return next((condition for condition in conditions if not condition.holds(facts)), None)


def find(facts: Mapping[str, Any], path: str) -> Any:
    """Give the value at a path; None where there is none. Reads mappings only, no attributes."""
    if path in facts:
        return facts[path]
    value: Any = facts
    for step in path.split("."):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            return None
    return value


def same(value: Any, operand: str) -> bool:
    """Compare as numbers where the value is one, as text otherwise: account 0100 is not 100."""
    if isinstance(value, bool):
        return operand.lower() == ("yes" if value else "no") or operand.lower() == str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        wanted = _number(operand)
        return wanted is not None and Decimal(str(value)) == wanted
    return as_text(value) == operand


def in_range(value: Any, low: str | None, high: str | None) -> bool:
    """Say whether a value lies in a range, bounds included.

    Numbers by size, dates by day. Text of digits by number if the bounds have as many digits as it
    has; other text by its letters.
    """
    given = _ordered(value)
    for bound, below in ((low, True), (high, False)):
        if bound is None:
            continue
        limit = _bound(bound, given, value)
        if limit is None:
            return False
        if (given < limit) if below else (given > limit):
            return False
    return True


def as_text(value: Any) -> str:
    """Write a value as operands are written."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def _ordered(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, (int, float, Decimal)):
        return Decimal(str(value))
    return value if isinstance(value, date) else str(value)


def _bound(text: str, given: Any, value: Any) -> Any:
    if isinstance(given, Decimal):
        return _number(text)
    if isinstance(given, date):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    if str(value).isdigit() and text.isdigit() and len(text) != len(str(value)):
        return None
    return text


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value == "" or value == [] or value == ()


def _words(facts: Mapping[str, Any]) -> set[str]:
    words: set[str] = set()
    for value in facts.values():
        if isinstance(value, (list, tuple, set, frozenset)):
            words.update(as_text(item) for item in value)
        elif not isinstance(value, Mapping) and not _is_empty(value):
            words.add(as_text(value))
    return words


def _parse_one(part: str) -> Condition:
    if len(part) > MAX_OPERAND:
        raise ConditionError("too_long", part[:40])
    path = _PATH.match(part)
    rest = part[path.end() :] if path else part
    for word, name in _WORDS:
        found = re.match(
            rf"\s*{re.escape(word)}(?:\s+|$)" if word.isascii() and word[0].isalpha() else rf"\s*{word}", rest
        )
        if not path or not found or (word[0].isalpha() and not rest[:1].isspace()):
            continue
        if path.group().count(".") >= MAX_DEPTH:
            raise ConditionError("too_deep", part)
        return _condition(path.group(), Operation(name), rest[found.end() :].strip(), part)
    if re.fullmatch(r"[^\W_][\w+/-]*", part):
        return Condition(path="", operation=Operation.EQUALS, operands=(part,))
    raise ConditionError("unreadable", part)


def _condition(path: str, operation: Operation, text: str, part: str) -> Condition:
    operands = _operands(operation, text)
    if operation in (Operation.PRESENT, Operation.MISSING):
        if text:
            raise ConditionError("unreadable", part)
    elif not operands or not all(operands):
        raise ConditionError("no_value", part)
    if operation is Operation.BETWEEN and len(operands) != 2:
        raise ConditionError("between", part)
    if operation is Operation.MATCHES:
        try:
            Pattern.of(text)
        except PatternError as error:
            raise ConditionError("pattern", part) from error
    return Condition(path=path, operation=operation, operands=operands)


def _operands(operation: Operation, text: str) -> tuple[str, ...]:
    if operation is Operation.IN:
        return tuple(sorted({operand.strip() for operand in text.split(",")}))
    if operation is Operation.BETWEEN:
        return tuple(operand.strip() for operand in re.split(r"\s+and\s+", text))
    return (text,) if text else ()
