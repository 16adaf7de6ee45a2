"""What makes two messages look alike (B-14): normalising, tolerances, places in the content; by property."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.matching import duplicates
from odoo.addons.finance_connector_base.matching.duplicates import Rule, as_amount, as_day, bounds, close, reference

DAY = date(2026, 3, 15)
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
percents = st.decimals(min_value=0, max_value=99, places=2)
tolerances = st.decimals(min_value=0, max_value=1000, places=2)
RULE = Rule(scope=("r", 1), same=(("who.name", "name"), ("number", "reference")), amount="total", day="date")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RE-2024/0042", "re 2024 42"),
        ("INV-0001", "Inv. 1"),
        ("Ä-7", "a7"),
        ("№ 12", "No 12"),
        ("000", "0"),
        ("Straße 5", "STRASSE 05"),
    ],
)
def test_b14_the_same_reference_written_differently(one: str, other: str) -> None:
    assert reference(one) == reference(other) != ""


@pytest.mark.parametrize(("one", "other"), [("RE-1", "RE-2"), ("INV-10", "INV-1"), ("A1", "B1"), ("", "0")])
def test_b14_other_references_stay_apart(one: str, other: str) -> None:
    assert reference(one) != reference(other)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert reference(reference(text)) == reference(text)


parts_of_references = st.lists(st.from_regex(r"[a-z]{1,4}|[1-9][0-9]{0,4}", fullmatch=True), min_size=1)


@given(parts_of_references, st.text("-/ ._#", min_size=1))
def test_punctuation_case_and_padding_say_nothing(parts: list[str], separator: str) -> None:
    padded = separator.join(part.zfill(len(part) + 2) if part.isdecimal() else part.upper() for part in parts)
    assert reference(padded) == reference("-".join(parts))


@given(amounts, amounts, tolerances, percents)
def test_closeness_is_symmetric_and_within_the_bounds(
    one: Decimal, other: Decimal, by: Decimal, share: Decimal
) -> None:
    """The range of the index shuts nothing out that is close."""
    assert close(one, other, by, share) == close(other, one, by, share)
    assert close(one, one, by, share)
    if close(one, other, by, share):
        low, high = bounds(one, by, share)
        assert low <= other <= high


@given(amounts, tolerances)
def test_the_tolerance_itself_is_close_and_one_cent_more_is_not(amount: Decimal, by: Decimal) -> None:
    assert close(amount, amount + by, by, Decimal(0))
    assert not close(amount, amount + by + Decimal("0.01"), by, Decimal(0))


def test_amounts_are_taken_as_written() -> None:
    assert as_amount("1234567890123.45") == Decimal("1234567890123.45")
    assert as_amount(0.1) == Decimal("0.1")
    for value in ("", "ten", "NaN", "Infinity", None, True, "1e30", {}, []):
        assert as_amount(value) is None


def test_days_are_never_moved_by_a_time_zone() -> None:
    assert as_day("2026-03-15T23:59:59-11:00") == DAY
    assert as_day("2026-03-15") == DAY
    for value in ("15.03.2026", "", None, 20260315, "2026-02-30"):
        assert as_day(value) is None


def test_what_lacks_a_value_is_not_compared() -> None:
    whole = {"who": {"name": "Acme Ltd"}, "number": "A-1", "total": "10.00", "date": "2026-03-15"}
    facts = duplicates.facts(RULE, whole, DAY)
    assert facts and (facts.amount, facts.day) == (Decimal("10.00"), DAY)
    for name in whole:
        assert duplicates.facts(RULE, {key: value for key, value in whole.items() if key != name}, DAY) is None
    assert duplicates.facts(RULE, {**whole, "number": ["A-1"]}, DAY) is None


def test_the_digest_keeps_scopes_and_values_apart() -> None:
    assert duplicates.digest("a", "bc") != duplicates.digest("ab", "c")
    assert duplicates.digest("rule", 1) == duplicates.digest("rule", "1")


names = st.text("abc", min_size=1)
contents = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(names, inner)
)


@given(contents)
def test_every_value_is_found_at_its_place(data: object) -> None:
    for path, value in duplicates.leaves(data):
        assert duplicates.value_at(data, path) == value
