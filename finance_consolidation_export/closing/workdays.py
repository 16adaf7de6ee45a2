"""Days counted in working days from the end of a period (C-05)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

#: a calendar without a working day in so many days is taken as one of Mondays to Fridays
HORIZON_DAYS = 120

Working = Callable[[date], bool]


def weekdays(day: date) -> bool:
    """:return: whether it is Monday to Friday; what counts where a company has no calendar"""
    return day.weekday() < 5


def without(off: frozenset[date]) -> Working:
    """:return: a calendar of all days but those"""
    return lambda day: day not in off


def nth(end: date, number: int, working: Working) -> date:
    """Find a day by its distance from the end of a period.

    :param number: 1 is the first working day after the end, 0 the last one until it, -1 the one before that
    :return: the day; with a calendar that has hardly any working days, by Mondays to Fridays
    """
    step = timedelta(days=1 if number > 0 else -1)
    day = end if number <= 0 else end + step
    left = abs(number) if number > 0 else 1 - number
    limit = HORIZON_DAYS + 10 * left
    for _day in range(limit):
        if working(day):
            left -= 1
            if not left:
                return day
        day += step
    return nth(end, number, weekdays)


def number_of(end: date, day: date, working: Working) -> int:
    """:return: how many working days after the end of the period a day is, 0 until the end: days to close (M-14)"""
    span = (day - end).days
    return sum(1 for step in range(1, span + 1) if working(end + timedelta(days=step)))
