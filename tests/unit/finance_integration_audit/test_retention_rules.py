"""Periods and legal holds as plain functions (A-07, G-09)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.retention.rules import (
    Hold,
    Period,
    Thing,
    held_by,
    kept_by_law,
    may_be_destroyed,
)

DAYS = st.dates(date(2000, 1, 1), date(2060, 1, 1))
PERIODS = st.tuples(st.integers(0, 4000), st.integers(0, 4000)).map(
    lambda pair: Period(legal_days=min(pair), keep_days=max(pair))
)
THINGS = st.builds(Thing, closed=DAYS, flow=st.integers(1, 3), partners=st.frozensets(st.integers(1, 3), max_size=2))
HOLDS = st.lists(
    st.builds(
        Hold,
        name=st.just("case"),
        flows=st.frozensets(st.integers(1, 3), max_size=2),
        partners=st.frozensets(st.integers(1, 3), max_size=2),
        first=st.none() | DAYS,
        last=st.none() | DAYS,
    ),
    max_size=3,
)


def test_nothing_is_kept_shorter_than_law_wants():
    with pytest.raises(ValueError, match="law"):
        Period(legal_days=10, keep_days=9)


@given(THINGS, PERIODS, HOLDS, DAYS)
def test_what_may_be_destroyed_is_kept_neither_by_law_nor_by_a_hold(thing, period, holds, today):
    if may_be_destroyed(thing, period, holds, today):
        assert kept_by_law(thing, period, holds, today) == ""
        assert (today - thing.closed).days > period.keep_days >= period.legal_days


@given(THINGS, PERIODS, HOLDS)
def test_once_it_may_be_destroyed_it_may_ever_after(thing, period, holds):
    first = period.ends(thing.closed)
    assert not may_be_destroyed(thing, period, [], first - timedelta(days=1))
    assert may_be_destroyed(thing, period, holds, first) == (not held_by(thing, holds))


@given(THINGS, PERIODS, DAYS)
def test_a_hold_without_limits_stops_everything(thing, period, today):
    assert not may_be_destroyed(thing, period, [Hold(name="all")], today)
    assert kept_by_law(thing, period, [Hold(name="all")], today) == "all"
