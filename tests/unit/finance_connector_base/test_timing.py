"""Opening times, cut-offs and rhythms (B-27, B-28), through changes of the clocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.timing.rhythm import next_batch, next_close, next_daily
from odoo.addons.finance_connector_base.timing.windows import Calendar, Window, to_local

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC")
OFFICE = Calendar(
    zone="Europe/Berlin",
    windows=tuple(Window(weekday=day, start=8 * 60, end=18 * 60, cutoff=15 * 60 + 30) for day in range(5)),
    holidays=frozenset({date(2026, 12, 25)}),
)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(st.integers(0, 1438))
    end = draw(st.integers(start + 2, 1440))
    cutoff = draw(st.none() | st.integers(start + 1, end))
    return Window(weekday=draw(st.integers(0, 6)), start=start, end=end, cutoff=cutoff)


# around the changes of the clocks in both halves of the world, and far from them
days = st.one_of(
    *(
        st.dates(middle - timedelta(days=4), middle + timedelta(days=4))
        for middle in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5))
    ),
    st.dates(date(2024, 1, 1), date(2030, 12, 31)),
)
moments = st.builds(
    lambda day, seconds: datetime(day.year, day.month, day.day) + timedelta(seconds=seconds),
    days,
    st.integers(0, 86_399),
)
calendars = st.builds(
    lambda zone, windows, holidays: Calendar(zone=zone, windows=tuple(windows), holidays=frozenset(holidays)),
    st.sampled_from(ZONES),
    st.lists(windows(), min_size=1, max_size=8),
    st.lists(days, max_size=4),
)


@given(calendars, moments)
def test_b28_what_leaves_leaves_while_it_is_open(calendar: Calendar, moment: datetime) -> None:
    leaves = calendar.leaves(moment)
    if leaves is None:
        return
    assert leaves >= moment
    assert calendar.is_open(leaves)
    if leaves > moment:
        # only at the beginning of a window, and none that begins earlier is passed over
        assert not calendar.is_open(leaves - timedelta(seconds=1)) or _is_start(calendar, leaves)
    assert calendar.leaves(leaves) == leaves


def _is_start(calendar: Calendar, moment: datetime) -> bool:
    day = to_local(moment, calendar.zone).date()
    return any(
        opening.start == moment
        for near in (day - timedelta(days=1), day, day + timedelta(days=1))
        for opening in calendar.openings(near)
    )


@given(calendars, moments, st.integers(0, 7 * 86_400))
def test_b28_who_comes_later_leaves_no_earlier(calendar: Calendar, moment: datetime, seconds: int) -> None:
    first, second = calendar.leaves(moment), calendar.leaves(moment + timedelta(seconds=seconds))
    if first is not None and second is not None:
        assert first <= second


@given(calendars, moments, st.integers(1, 200))
def test_b28_no_opening_is_passed_over(calendar: Calendar, moment: datetime, parts: int) -> None:
    """Whatever moment between arrival and departure one looks at: a message that came then had to wait as well."""
    leaves = calendar.leaves(moment)
    if leaves is None or leaves == moment:
        return
    between = moment + (leaves - moment) * parts / 201
    assert calendar.leaves(between) == leaves


@given(calendars, moments)
def test_b28_nothing_leaves_on_a_holiday(calendar: Calendar, moment: datetime) -> None:
    leaves = calendar.leaves(moment)
    if leaves is not None:
        # a window until midnight still belongs to its day
        assert any(
            opening.start <= leaves < opening.end
            for near in range(2)
            for day in [to_local(leaves, calendar.zone).date() - timedelta(days=near)]
            if day not in calendar.holidays
            for opening in calendar.openings(day)
        )


@pytest.mark.parametrize(
    ("arrival", "leaves"),
    [
        (datetime(2026, 12, 21, 9, 0), datetime(2026, 12, 21, 9, 0)),
        # half past three in Berlin is the cut-off
        (datetime(2026, 12, 21, 14, 29, 59), datetime(2026, 12, 21, 14, 29, 59)),
        (datetime(2026, 12, 21, 14, 30), datetime(2026, 12, 22, 7, 0)),
        # Christmas is a Friday: after the cut-off of Thursday it is Monday
        (datetime(2026, 12, 24, 15, 0), datetime(2026, 12, 28, 7, 0)),
        # the clocks go forward on 29 March: eight o'clock on Monday is an hour earlier in UTC
        (datetime(2026, 3, 27, 20, 0), datetime(2026, 3, 30, 6, 0)),
        (datetime(2026, 10, 23, 20, 0), datetime(2026, 10, 26, 7, 0)),
    ],
)
def test_b28_examples(arrival: datetime, leaves: datetime) -> None:
    assert OFFICE.leaves(arrival) == leaves


def test_a_calendar_that_never_opens() -> None:
    skipped = Calendar(zone="Europe/Berlin", windows=(Window(weekday=6, start=0, end=60),), holidays=frozenset())
    assert skipped.leaves(datetime(2026, 1, 1)) is not None
    sundays = frozenset(date(2026, 1, 4) + timedelta(weeks=week) for week in range(80))
    never = Calendar(zone="Europe/Berlin", windows=(Window(weekday=6, start=0, end=60),), holidays=sundays)
    assert never.leaves(datetime(2026, 1, 1)) is None


def test_a_window_in_the_hour_that_is_skipped_does_not_exist() -> None:
    calendar = Calendar(zone="Europe/Berlin", windows=(Window(weekday=6, start=125, end=150),))
    assert not list(calendar.openings(date(2026, 3, 29)))
    assert len(list(calendar.openings(date(2026, 3, 22)))) == 1


def test_an_hour_that_is_repeated_counts_twice() -> None:
    calendar = Calendar(zone="Europe/Berlin", windows=(Window(weekday=6, start=120, end=180),))
    [opening] = calendar.openings(date(2026, 10, 25))
    assert opening.end - opening.start == timedelta(hours=2)


@pytest.mark.parametrize(
    "values",
    [
        {"start": 60, "end": 60},
        {"start": 60, "end": 1441},
        {"start": -1, "end": 60},
        {"start": 60, "end": 120, "cutoff": 60},
        {"start": 60, "end": 120, "cutoff": 121},
    ],
)
def test_windows_are_sane(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(weekday=0, **values)


@given(moments, st.integers(1, 1440))
def test_b27_batches_are_on_marks(moment: datetime, minutes: int) -> None:
    at = next_batch(moment, minutes)
    assert timedelta() <= at - moment < timedelta(minutes=minutes)
    assert next_batch(at, minutes) == at


@given(moments, st.sampled_from(ZONES), st.integers(0, 1439))
def test_b27_daily_is_once_a_day(moment: datetime, zone: str, minute: int) -> None:
    at = next_daily(moment, zone, minute)
    assert timedelta() <= at - moment <= timedelta(hours=25)
    following = next_daily(at + timedelta(seconds=1), zone, minute)
    assert to_local(following, zone).date() - to_local(at, zone).date() <= timedelta(days=2)
    assert following - at >= timedelta(hours=22)


@given(moments, st.integers(1, 15), st.integers(0, 1439))
def test_b27_the_close_is_on_a_workday(moment: datetime, workday: int, minute: int) -> None:
    at = next_close(moment, OFFICE, workday, minute)
    local = to_local(at, OFFICE.zone)
    assert at >= moment
    assert OFFICE.is_workday(local.date())
    before = [day for day in range(1, local.day) if OFFICE.is_workday(local.date().replace(day=day))]
    assert len(before) == workday - 1


def test_b27_a_month_without_that_many_workdays() -> None:
    with pytest.raises(ValueError, match="workdays"):
        next_close(datetime(2026, 1, 1), OFFICE, 30, 0)
