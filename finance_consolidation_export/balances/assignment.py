"""From accounts of a company to accounts of the group: which rule counts, and how it divides (C-04).

Rules are ranked as those of mappings are (``finance_connector_base.engine.ranking``): how closely they name
the account,
a company's before the shared ones, the more conditions the earlier. Rules that say the same of the same accounts under
the same conditions are one **division**: their percentages come to one hundred.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from odoo.addons.finance_connector_base.engine import ranking

HUNDRED = Decimal(100)


class DivisionError(ValueError):
    """Percentages of one division do not come to one hundred.

    :param rules: ids of its rules
    :param total: what they come to
    """

    def __init__(self, rules: Sequence[int], total: Decimal) -> None:
        super().__init__(f"rules {', '.join(map(str, rules))}: {total} per cent")
        self.rules = tuple(rules)
        self.total = total


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One row of a mapping.

    :param rule: which accounts, under which conditions
    :param account: id of the group account
    :param per_cent: how much of the balance goes there
    :param sign: 1, or -1 where the group shows it with the other sign
    :param movement: what a change of the balance is called, empty: by its sign
    """

    rule: ranking.Rule
    account: int
    per_cent: Decimal = HUNDRED
    sign: int = 1
    movement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a rule is asked about: an account with what else is known of the amounts.

    :param value: how the caller finds it again
    """

    value: Hashable
    code: str
    facts: Mapping[str, Any]


def divisions(parts: Iterable[Part]) -> list[tuple[Part, ...]]:
    """Put rows together that divide the same balances.

    :raise DivisionError: of the first one that does not come to one hundred
    """
    groups: dict[Hashable, list[Part]] = {}
    for part in parts:
        rule = part.rule
        same = (rule.operation, rule.operand, rule.conditions, rule.has_company, rule.valid_from, rule.valid_to)
        groups.setdefault(same, []).append(part)
    for group in groups.values():
        total = sum((part.per_cent for part in group), Decimal(0))
        if total != HUNDRED:
            raise DivisionError([part.rule.id for part in group], total)
    return [tuple(group) for group in groups.values()]


def assign(parts: Iterable[Part], keys: Iterable[Key], day: date) -> dict[Hashable, tuple[Part, ...]]:
    """Find for each key where its balance goes; a key that no rule speaks of is left out.

    :raise DivisionError: see :func:`divisions`
    """
    heads = {group[0].rule.id: group for group in divisions(parts)}
    ordered = sorted((group[0].rule for group in heads.values()), key=ranking.rank)
    exact: dict[str, list[ranking.Rule]] = {}
    others: list[ranking.Rule] = []
    for rule in ordered:
        (exact.setdefault(rule.operand, []) if rule.operation == ranking.EQUALS else others).append(rule)
    found: dict[Hashable, tuple[Part, ...]] = {}
    for key in keys:
        for rule in (*exact.get(key.code, ()), *others):
            if ranking.applies(rule, key.code, key.facts, day):
                found[key.value] = heads[rule.id]
                break
    return found


def asked(parts: Iterable[Part]) -> frozenset[str]:
    """:return: what the conditions ask for, the first word of each path; a cut must know it to be mapped the
    same way"""
    return frozenset(condition.path.split(".")[0] for part in parts for condition in part.rule.conditions)
