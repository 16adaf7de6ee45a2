"""Quiet hours, escalation and burn rates (A-10, A-11, A-15)."""

from datetime import datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.alerting.burn import WINDOWS, Count, budget_left, burn, burning
from odoo.addons.finance_integration_audit.alerting.escalation import level
from odoo.addons.finance_integration_audit.alerting.quiet import QuietHours

ZONES = ("UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe")
hours = st.builds(
    QuietHours,
    begins=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    ends=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES),
    free_days=st.frozensets(st.integers(0, 6), max_size=6),
)
moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31))


@given(hours, moments)
def test_nothing_is_told_in_quiet_time_and_nothing_is_forgotten(quiet: QuietHours, at: datetime) -> None:
    until = quiet.until(at)
    assert until is not None
    assert until >= at
    assert not quiet.is_quiet(until)
    assert (until == at) == (not quiet.is_quiet(at))
    # a week of quiet days is the longest there is
    assert until - at <= timedelta(days=8)


@given(moments)
def test_the_same_time_twice_is_no_quiet_time(at: datetime) -> None:
    assert not QuietHours(begins=time(7), ends=time(7)).is_quiet(at)


def test_over_midnight_and_weekend() -> None:
    quiet = QuietHours(begins=time(20), ends=time(7), zone="Europe/Zurich", free_days=frozenset({5, 6}))
    # Friday 2026-11-27 22:00 in Zurich: Monday at seven
    assert quiet.until(datetime(2026, 11, 27, 21)) == datetime(2026, 11, 30, 6)
    # Thursday at noon
    assert quiet.until(datetime(2026, 11, 26, 11)) == datetime(2026, 11, 26, 11)


def test_a_team_that_is_always_quiet() -> None:
    assert QuietHours(free_days=frozenset(range(7))).until(datetime(2026, 11, 27)) is None


@given(st.lists(st.integers(1, 600), max_size=6), st.integers(0, 700))
def test_a_step_is_due_when_its_minutes_have_passed(minutes: list[int], passed: int) -> None:
    told = datetime(2026, 11, 27, 8)
    due = level(told, told + timedelta(minutes=passed), minutes)
    assert due == len([step for step in minutes if step <= passed])


counts = st.integers(0, 10_000).flatmap(lambda total: st.builds(Count, st.just(total), st.integers(0, total)))
targets = st.fractions(min_value=Fraction(1, 100), max_value=Fraction(9999, 10_000))


@given(counts, targets)
def test_budget_and_burn_are_one_thing(count: Count, target: Fraction) -> None:
    assert burn(count, target) >= 0
    assert budget_left(count, target) == 1 - burn(count, target)
    # the budget is used up exactly when the allowed share went wrong
    if count.total:
        assert (budget_left(count, target) < 0) == (Fraction(count.bad, count.total) > 1 - target)


@given(st.lists(counts, min_size=len(WINDOWS), max_size=len(WINDOWS)), targets)
def test_more_that_goes_wrong_never_calms(found: list[Count], target: Fraction) -> None:
    before = burning(dict(zip(WINDOWS, found, strict=True)), target)
    worse = [Count(one.total, one.total) for one in found]
    after = burning(dict(zip(WINDOWS, worse, strict=True)), target)
    rank = {"": 0, "slow": 1, "fast": 2}
    assert rank[after] >= rank[before]


def test_both_windows_must_agree() -> None:
    target = Fraction(99, 100)
    bad, good = Count(100, 50), Count(100, 0)
    assert burning({60: bad, 5: bad}, target) == "fast"
    assert burning({60: bad, 5: good}, target) == ""
    assert burning({60: good, 5: bad, 360: Count(100, 10), 30: Count(100, 10)}, target) == "slow"


@pytest.mark.parametrize("target", [Fraction(0), Fraction(1), Fraction(2)])
def test_a_target_without_budget_is_refused(target: Fraction) -> None:
    with pytest.raises(ValueError, match="objective"):
        burn(Count(1, 0), target)


def test_more_bad_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot"):
        Count(1, 2)
