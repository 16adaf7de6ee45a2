"""What a change of mapping rules would do to codes that were translated before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from . import ranking
from .ranking import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The rules in use, and those in use once a change is approved.

    :param new: ids of the rules that the change brings
    :param leaving: ids of the rules that count no more, or end earlier
    """

    now: Sequence[Rule]
    after: Sequence[Rule]
    new: frozenset[int]
    leaving: frozenset[int]


def change(now: Iterable[Rule], new: Iterable[Rule], leaving: Mapping[int, date], today: date) -> Change:
    """Put together what is in use after a change.

    A rule that begins later is looked at as if it had counted all along: what it would have done is the question.

    :param leaving: rule id -> first day on which it does not count any more (``date.min``: none that it did)
    """
    begun = [replace(rule, valid_from=None) if _later(rule, today) else rule for rule in new]
    now = list(now)
    kept = []
    for rule in now:
        first = leaving.get(rule.id)
        if first is None:
            kept.append(rule)
        elif date.min < first <= today:
            kept.append(replace(rule, valid_to=min(rule.valid_to or date.max, first - timedelta(days=1))))
    return Change(
        now=now,
        after=[*kept, *begun],
        new=frozenset(rule.id for rule in begun),
        leaving=frozenset(leaving),
    )


def compare(
    changed: Change,
    codes: Sequence[str],
    facts: Mapping[str, Any],
    day: date,
    words: Sequence[str] = (),
) -> dict[str, tuple[int | None, int | None]]:
    """Give, for codes of a case that is known, the rule of now and the one after where they differ."""
    before = ranking.choose(changed.now, codes, facts, day, words)
    after = ranking.choose(changed.after, codes, facts, day, words)
    found = {}
    for code in codes:
        pair = (_id(before.get(code)), _id(after.get(code)))
        if pair[0] != pair[1]:
            found[code] = pair
    return found


def guess(changed: Change, code: str, used: int, day: date) -> int | None:
    """Give the rule after the change of a code of which nothing is known but the rule that was used.

    Whether conditions hold is not known: a new rule that is closer than the used one is taken to count.

    :param used: id of the rule that was used
    :return: id of the rule after the change; the used one where nothing changes
    """
    rules = [rule for rule in changed.after if rule.id in changed.new or rule.id == used]
    if used not in changed.leaving and not any(rule.id == used for rule in rules):
        return used  # replaced already, by something else
    for rule in sorted(rules, key=ranking.rank):
        ends = rule.valid_to is not None and day > rule.valid_to
        begins = rule.valid_from is not None and day < rule.valid_from
        if ranking.names(rule, code) and not ends and not begins:
            return rule.id
    return None


def _later(rule: Rule, today: date) -> bool:
    return rule.valid_from is not None and rule.valid_from > today


def _id(rule: Rule | None) -> int | None:
    return rule.id if rule else None
