"""Ranking of mappings, decision tables, likeness of names, differences: pure, by property (B-06, B-38)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine import likeness, ranking, routing
from odoo.addons.finance_connector_base.engine.conditions import parse
from odoo.addons.finance_connector_base.engine.difference import as_text, difference, fingerprint
from odoo.addons.finance_connector_base.engine.ranking import CLOSENESS, Rule, RuleError, choose, make_rule

DAY = date(2026, 3, 15)
OPERANDS = {"equals": "AB", "in": "AB, CD", "prefix": "A", "range": "AA..AZ", "matches": "[A-Z]+", "default": ""}


def rule(number: int, operation: str = "equals", operand: str | None = None, **values: Any) -> Rule:
    return make_rule(
        id=number, operation=operation, operand=OPERANDS[operation] if operand is None else operand, **values
    )


def chosen(
    *rules: Rule, facts: dict[str, Any] | None = None, day: date = DAY, words: tuple[str, ...] = ()
) -> int | None:
    found = choose(rules, ["AB"], facts or {}, day, words)
    return found["AB"].id if found else None


def test_the_closest_naming_of_the_code_wins() -> None:
    rules = [rule(number, operation) for number, operation in enumerate(CLOSENESS)]
    while rules:
        assert chosen(*reversed(rules)) == rules[0].id
        rules.pop(0)
    assert chosen() is None


def test_specific_before_general() -> None:
    assert chosen(rule(1, "prefix", "A"), rule(2, "prefix", "AB")) == 2
    assert chosen(rule(1), rule(2, has_company=True), rule(3, has_connection=True)) == 3
    assert chosen(rule(1), rule(2, has_company=True)) == 2
    germany = {"country": "DE", "category": "x"}
    assert chosen(rule(1), rule(2, qualifier="country = DE"), facts=germany) == 2
    two = rule(3, qualifier="country = DE; category = x")
    assert chosen(rule(2, qualifier="country = DE"), two, facts=germany) == 3
    assert chosen(two, facts={"country": "DE"}) is None
    assert chosen(rule(1, valid_from=date(2026, 1, 1)), rule(2, valid_from=date(2026, 2, 1))) == 2
    assert chosen(rule(1), rule(2)) == 1, "the older record, never chance"
    assert chosen(rule(1, has_connection=True, operation="default"), rule(2)) == 2, "a default is what is left"


def test_validity_includes_both_days() -> None:
    dated = rule(1, valid_from=DAY, valid_to=DAY)
    assert [chosen(dated, day=DAY + timedelta(days=n)) for n in (-1, 0, 1)] == [None, 1, None]


def test_ranges_compare_codes_of_one_length() -> None:
    accounts = rule(1, "range", "4000..4999")
    assert set(choose([accounts], ["4000", "4500", "4999", "45", "45000", "5000"], {}, DAY)) == {"4000", "4500", "4999"}


@pytest.mark.parametrize(
    ("operation", "operand"),
    [
        ("equals", " "),
        ("in", "A,,B"),
        ("range", "1"),
        ("range", "5..10"),
        ("range", "9..1"),
        ("matches", "("),
        ("x", "A"),
    ],
)
def test_operands_that_do_not_fit_are_refused(operation: str, operand: str) -> None:
    with pytest.raises(RuleError):
        make_rule(id=1, operation=operation, operand=operand)


qualifiers = st.lists(st.sampled_from(["country = DE", "country = FR", "category = x", "DE"]), max_size=2).map(
    "; ".join
)
days = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def rules_of_one_table(draw: st.DrawFn) -> list[Rule]:
    return [
        rule(
            number,
            draw(st.sampled_from(CLOSENESS)),
            has_connection=draw(st.booleans()),
            has_company=draw(st.booleans()),
            qualifier=draw(qualifiers),
            valid_from=draw(days),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


@settings(deadline=None, max_examples=60)
@given(rules_of_one_table(), st.randoms(), st.sampled_from(["DE", "FR"]))
def test_the_choice_does_not_depend_on_the_order_of_rows(rules: list[Rule], random: Any, country: str) -> None:
    facts = {"country": country, "category": "x"}
    mixed = rules[:]
    random.shuffle(mixed)
    assert choose(rules, ["AB", "AX", "ZZ"], facts, DAY) == choose(mixed, ["AB", "AX", "ZZ"], facts, DAY)


@settings(deadline=None, max_examples=60)
@given(rules_of_one_table())
def test_what_is_chosen_applies_and_nothing_that_applies_is_before_it(rules: list[Rule]) -> None:
    facts = {"country": "DE", "category": "x"}
    found = choose(rules, ["AB"], facts, DAY)
    applying = [one for one in rules if ranking.applies(one, "AB", facts, DAY)]
    assert bool(found) == bool(applying)
    if found:
        assert ranking.rank(found["AB"]) == min(ranking.rank(one) for one in applying)


@settings(deadline=None, max_examples=60)
@given(rules_of_one_table())
def test_many_codes_at_once_are_each_code_alone(rules: list[Rule]) -> None:
    together = choose(rules, ["AB", "CD", "ZZ"], {}, DAY)
    alone: dict[str, Rule] = {}
    for code in ("AB", "CD", "ZZ"):
        alone |= choose(rules, [code], {}, DAY)
    assert together == alone


# -- decision tables -----------------------------------------------------------------------------


def row(number: int, text: str = "") -> routing.Row:
    return routing.Row(id=number, name=f"row {number}", conditions=parse(text), outcome=number)


def test_b38_each_row_and_the_default() -> None:
    table = [
        row(1, "currency = EUR; amount >= 1000"),
        row(2, "currency = EUR"),
        row(3, "bank.bic starts with DEUT"),
        row(4),
    ]
    routing.check(table)
    for facts, expected in (
        ({"currency": "EUR", "amount": 1000}, 1),
        ({"currency": "EUR", "amount": 999}, 2),
        ({"currency": "USD", "bank": {"bic": "DEUTDEFF"}}, 3),
        ({}, 4),
    ):
        assert routing.decide(table, facts).row.id == expected
    told = routing.decide(table, {"currency": "EUR", "amount": 999}).lines()
    assert told == ["row 1: not amount >= 1000", "row 2: currency = EUR"]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ([], "no_default"),
        ([row(1, "a = 1")], "no_default"),
        ([row(1), row(2)], "defaults"),
        ([row(1), row(2, "a = 1")], "default_first"),
    ],
)
def test_b38_a_table_without_its_default_is_refused(table: list[routing.Row], code: str) -> None:
    with pytest.raises(routing.TableError, match=code):
        routing.check(table)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from(["a = 1", "a = 2", "b = 1", "a = 1; b = 1"]), max_size=5),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_b38_a_table_with_default_always_decides_by_its_first_row_that_holds(texts: list[str], a: int, b: int) -> None:
    table = [row(number, text) for number, text in enumerate(texts)] + [row(99)]
    decision = routing.decide(table, {"a": a, "b": b})
    assert len(decision.passed) == table.index(decision.row)
    assert decision.row not in routing.unreachable(table)


# -- names ---------------------------------------------------------------------------------------


def test_names_are_alike_whatever_their_case_accents_order_and_form() -> None:
    assert likeness.likeness("Müller GmbH", "MULLER") == 100
    assert likeness.likeness("Hotel Adler Berlin", "Berlin Adler Hotel") == 100
    assert likeness.likeness("Lufthansa AG", "Deutsche Bahn AG") < 40
    assert likeness.likeness("", "x") == 0
    assert likeness.best("Adler Hotel", [(1, "Bahn"), (2, "Hotel Adler GmbH"), (3, "Hotel Alder")])[0] == (2, 100)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=20), st.text(max_size=20))
def test_likeness_is_symmetric_and_bounded(one: str, other: str) -> None:
    assert 0 <= likeness.likeness(one, other) <= 100
    assert likeness.likeness(one, other) == likeness.likeness(other, one)


# -- differences ---------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text(max_size=3), st.integers() | st.none(), max_size=5))
def test_nothing_changes_in_the_same_facts(facts: dict[str, Any]) -> None:
    assert difference(facts, dict(facts)) == []
    assert fingerprint(facts) == fingerprint(dict(reversed(facts.items())))


def test_differences_are_told() -> None:
    assert as_text(difference({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": None})) == "b: 2 → 3"
