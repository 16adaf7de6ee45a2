"""Which of several mapping rules counts for a code: one order, the same everywhere.

Of the rules that apply (code, conditions, day), the one counts that is first in this order:

1. how it names the code: exactly, in a list, by prefix (the longer the earlier), by range, by
   pattern, and last the default for every code;
2. of the connection before shared by all connections;
3. of the company before shared by all companies;
4. the more conditions the earlier;
5. where only one of several plain words can count: the one the caller names first;
6. the later first day;
7. the older record, so that the order never depends on chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from . import conditions
from .pattern import Pattern, PatternError

EQUALS, IN, PREFIX, RANGE, MATCHES, DEFAULT = "equals", "in", "prefix", "range", "matches", "default"
#: how close an operation names a code; the order of the list is the order of the rules
CLOSENESS = (EQUALS, IN, PREFIX, RANGE, MATCHES, DEFAULT)


class RuleError(ValueError):
    """An operand that its operation cannot use; the text is a code for the words of the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What ranking has to know of a mapping.

    :param words: position of plain words is decided by the caller's order
    """

    id: int
    operation: str
    operand: str
    has_connection: bool = False
    has_company: bool = False
    conditions: tuple[conditions.Condition, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    items: frozenset[str] = field(default=frozenset())


def make_rule(*, operation: str, operand: str, qualifier: str | None = None, **values: Any) -> Rule:
    """Read a rule as it is stored.

    :raise RuleError: the operand does not fit its operation
    :raise conditions.ConditionError: the conditions cannot be read
    """
    check_operand(operation, operand)
    items = frozenset(split_list(operand)) if operation == IN else frozenset()
    return Rule(operation=operation, operand=operand, conditions=conditions.parse(qualifier), items=items, **values)


def check_operand(operation: str, operand: str) -> None:
    """:raise RuleError: the operand does not fit its operation"""
    if operation not in CLOSENESS:
        raise RuleError("operation")
    if operation != DEFAULT and not operand.strip():
        raise RuleError("empty")
    if operation == IN and not all(split_list(operand)):
        raise RuleError("list")
    if operation == RANGE:
        low, high = split_range(operand)
        if not low or not high or len(low) != len(high) or low > high:
            raise RuleError("range")
    if operation == MATCHES:
        try:
            Pattern.of(operand)
        except PatternError as error:
            raise RuleError("pattern") from error


def split_list(operand: str) -> list[str]:
    """Give the codes of a list, written with commas."""
    return [item.strip() for item in operand.split(",")]


def split_range(operand: str) -> tuple[str, str]:
    """Give first and last code of a range, written with two dots: ``4000..4999``."""
    low, _dots, high = operand.partition("..")
    return low.strip(), high.strip()


def names(rule: Rule, code: str) -> bool:
    """Say whether a rule speaks of this code."""
    match rule.operation:
        case "equals":
            return code == rule.operand
        case "in":
            return code in rule.items
        case "prefix":
            return code.startswith(rule.operand)
        case "range":
            low, high = split_range(rule.operand)
            return len(code) == len(low) and low <= code <= high
        case "matches":
            return Pattern.of(rule.operand).matches(code)
    return rule.operation == DEFAULT


def applies(rule: Rule, code: str, facts: Mapping[str, Any], day: date) -> bool:
    """Say whether a rule counts for this code, these facts and this day."""
    if rule.valid_from and day < rule.valid_from:
        return False
    if rule.valid_to and day > rule.valid_to:
        return False
    return names(rule, code) and conditions.all_hold(rule.conditions, facts)


def rank(rule: Rule, words: Sequence[str] = ()) -> tuple[Any, ...]:
    """Give the place of a rule among those that apply: the smallest counts."""
    plain = [words.index(c.operands[0]) for c in rule.conditions if not c.path and c.operands[0] in words]
    return (
        CLOSENESS.index(rule.operation),
        -len(rule.operand) if rule.operation == PREFIX else 0,
        not rule.has_connection,
        not rule.has_company,
        -len(rule.conditions),
        min(plain, default=len(words)),
        -(rule.valid_from.toordinal() if rule.valid_from else 0),
        rule.id,
    )


def choose(
    rules: Iterable[Rule], codes: Iterable[str], facts: Mapping[str, Any], day: date, words: Sequence[str] = ()
) -> dict[str, Rule]:
    """Give the rule of each code; a code that no rule speaks of is left out."""
    exact: dict[str, list[Rule]] = {}
    others: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: rank(rule, words)):
        if rule.operation == EQUALS:
            exact.setdefault(rule.operand, []).append(rule)
        else:
            others.append(rule)
    found: dict[str, Rule] = {}
    for code in codes:
        for rule in (*exact.get(code, ()), *others):
            if applies(rule, code, facts, day):
                found[code] = rule
                break
    return found


def explain(rule: Rule) -> list[str]:
    """Say in codes why a rule stands where it stands; the screen has the words."""
    why = [rule.operation]
    if rule.has_connection:
        why.append("connection")
    if rule.has_company:
        why.append("company")
    if rule.conditions:
        why.append(f"conditions:{len(rule.conditions)}")
    return why


def as_facts(qualifiers: Mapping[str, Any] | Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read what a caller knows: named facts, or plain words with the most specific first.

    :return: facts, words
    """
    if isinstance(qualifiers, Mapping):
        return dict(qualifiers), ()
    words = tuple(qualifiers)
    return {"words": words}, words
