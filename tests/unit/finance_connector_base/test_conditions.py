"""Conditions and patterns as data (B-38; attack 31): bounded, harmless, and the same as Python where both exist."""

from __future__ import annotations

import re
import string
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine import conditions
from odoo.addons.finance_connector_base.engine.conditions import ConditionError, canonical, parse
from odoo.addons.finance_connector_base.engine.pattern import MAX_TEXT, Pattern, PatternError

FACTS = {
    "country": "DE",
    "category": "TRAVEL-HOTEL",
    "amount": Decimal("150.00"),
    "day": date(2026, 3, 15),
    "account": "4711",
    "bank": {"bic": "DEUTDEFF"},
    "urgent": True,
    "tags": ["red", "blue"],
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("country = DE", True),
        ("country = de", False),
        ("country != FR", True),
        ("absent != FR", False),
        ("country in AT, DE", True),
        ("country in AT, CH", False),
        ("category starts with TRAVEL", True),
        ("category matches TRAVEL-[A-Z]+", True),
        ("category matches TRAVEL", False),
        ("amount = 150", True),
        ("amount between 100 and 150", True),
        ("amount between 151 and 1000", False),
        ("amount >= 150.00", True),
        ("amount <= 149.99", False),
        ("amount >= many", False),
        ("day between 2026-03-01 and 2026-03-31", True),
        ("day >= 2026-03-16", False),
        ("account between 4000 and 4999", True),
        ("account between 400 and 999", False),
        ("bank.bic starts with DEUT", True),
        ("bank.bic.deeper = x", False),
        ("urgent = yes", True),
        ("tags = blue", True),
        ("tags = green", False),
        ("nothing is set", False),
        ("nothing is not set", True),
        ("country is set", True),
        ("DE", True),
        ("red; country = DE", True),
        ("FR", False),
        ("", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert conditions.all_hold(parse(text), FACTS) is holds


@pytest.mark.parametrize(
    "text",
    [
        "country =",
        "= DE",
        "country like DE",
        "amount between 1",
        "amount between 1 and 2 and 3",
        "x matches (",
        "a b c",
        "country in A,,B",
        "a.b.c.d.e.f.g.h = 1",
        "x = " + "y" * 600,
        "; ".join(f"f{n} = 1" for n in range(21)),
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('x')", "country.__class__ = x", "().__class__", "x = {{7*7}}", "lambda: 0", "10**9"],
)
def test_attack_31_nothing_is_executed(text: str) -> None:
    """Either no condition at all, or one that compares text and finds nothing; attributes are never read."""
    try:
        read = parse(text)
    except ConditionError:
        return
    assert not conditions.all_hold(read, {"country": "DE", "x": "49"})


def test_what_means_the_same_is_written_the_same() -> None:
    assert canonical("b = 2;a in y,x\n b = 2") == canonical("a in x, y; b = 2") == "a in x, y; b = 2"


names = st.text(string.ascii_lowercase, min_size=1, max_size=5).filter(lambda name: name not in ("in", "is", "and"))
values = st.text(string.ascii_letters + string.digits, min_size=1, max_size=6).filter(lambda text: text != "and")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(names, st.sampled_from(["=", "!=", "in", "starts with", ">=", "<="]), values), max_size=6))
def test_writing_and_reading_gives_the_same(parts: list[tuple[str, str, str]]) -> None:
    text = "; ".join(" ".join(part) for part in parts)
    assert parse(canonical(text)) == parse(text)
    assert canonical(canonical(text)) == canonical(text)


# -- patterns ------------------------------------------------------------------------------------

pieces = st.recursive(
    st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", r"\d", "1"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])).map(lambda p: f"({p[0]}){p[1]}"),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(pieces, st.text("abc1", max_size=8))
def test_patterns_mean_what_they_mean_in_python(pattern: str, text: str) -> None:
    try:
        machine = Pattern(pattern)
    except PatternError:
        return  # too large
    assert machine.matches(text) == bool(re.fullmatch(pattern, text, re.ASCII | re.DOTALL))


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a*)*b", "(.*)(.*)(.*)(.*)(.*)b"])
def test_attack_31_no_pattern_takes_for_ever(pattern: str) -> None:
    """In Python's own engine these take longer than the universe lasts."""
    assert Pattern.of(pattern).matches("a" * MAX_TEXT) is False
    assert Pattern.of(pattern).matches("a" * 100 + "b") is True
    assert Pattern.of(pattern).matches("a" * MAX_TEXT + "b") is False, "beyond the limit nothing is compared"


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "(",
        ")",
        "[",
        "[]",
        "a**",
        "*",
        "(?=a)",
        r"(a)\1",
        "a{1000}",
        "a{3,2}",
        "((a{99}){99}){99}",
        "a" * 201,
        "(" * 30 + "a" + ")" * 30,
        "[z-a]",
        "a{x}",
        r"\b",
        "^a$",
        "\\",
    ],
)
def test_patterns_that_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        Pattern(pattern)
