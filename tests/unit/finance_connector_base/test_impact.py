"""What a change of rules would do to codes that were translated before."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine import impact, ranking
from odoo.addons.finance_connector_base.engine.ranking import Rule, make_rule

TODAY = date(2026, 3, 15)
CODES = ("A1", "A2", "B1")


def rule(number: int, operand: str = "A1", operation: str = "equals", **values: object) -> Rule:
    return make_rule(id=number, operation=operation, operand=operand, **values)


def test_a_replaced_rule_ends_where_its_successor_begins() -> None:
    old, new = rule(1), rule(2, valid_from=date(2026, 3, 1))
    changed = impact.change([old], [new], {1: date(2026, 3, 1)}, TODAY)
    assert impact.compare(changed, ["A1"], {}, date(2026, 2, 28)) == {}
    assert impact.compare(changed, ["A1"], {}, date(2026, 3, 1)) == {"A1": (1, 2)}


def test_what_begins_later_is_looked_at_as_if_it_counted() -> None:
    later = date(2026, 4, 1)
    changed = impact.change([rule(1)], [rule(2, valid_from=later)], {1: later}, TODAY)
    assert impact.compare(changed, ["A1"], {}, TODAY) == {"A1": (1, 2)}


def test_what_leaves_without_successor_leaves_the_code_unmapped() -> None:
    changed = impact.change([rule(1)], [], {1: date.min}, TODAY)
    assert impact.compare(changed, ["A1"], {}, TODAY) == {"A1": (1, None)}
    assert impact.guess(changed, "A1", 1, TODAY) is None


def test_a_guess_takes_conditions_to_hold_and_keeps_what_is_closer() -> None:
    used = rule(1)
    assert impact.guess(impact.change([used], [rule(2, qualifier="country = DE")], {}, TODAY), "A1", 1, TODAY) == 2
    assert impact.guess(impact.change([used], [rule(2, "A", "prefix")], {}, TODAY), "A1", 1, TODAY) == 1
    assert impact.guess(impact.change([], [rule(2)], {}, TODAY), "A1", 1, TODAY) == 1, "was replaced before"


RULES = st.lists(
    st.builds(
        lambda operand, days: (operand, days),
        st.sampled_from([("equals", "A1"), ("equals", "B1"), ("prefix", "A"), ("default", "*")]),
        st.tuples(st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 30)), st.none()),
    ),
    max_size=5,
)


@given(now=RULES, new=RULES, leaves=st.sets(st.integers(0, 4)), day=st.dates(date(2026, 1, 1), TODAY))
def test_what_is_not_named_stays_as_it_is(
    now: list[tuple[tuple[str, str], tuple[date | None, None]]],
    new: list[tuple[tuple[str, str], tuple[date | None, None]]],
    leaves: set[int],
    day: date,
) -> None:
    in_use = [rule(n, operand, operation, valid_from=first) for n, ((operation, operand), (first, _)) in enumerate(now)]
    brought = [
        rule(100 + n, operand, operation, valid_from=first) for n, ((operation, operand), (first, _)) in enumerate(new)
    ]
    changed = impact.change(in_use, brought, dict.fromkeys(leaves, date.min), TODAY)
    found = impact.compare(changed, CODES, {}, day)
    before = ranking.choose(in_use, CODES, {}, day)
    for code in CODES:
        was, then = found.get(code, (None, None))
        if code not in found:
            # same rule, and it does not leave
            assert code not in before or before[code].id not in leaves
            continue
        assert was == (before[code].id if code in before else None)
        assert then is None or then >= 100 or was in leaves
