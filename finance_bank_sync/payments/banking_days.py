"""Days on which the euro moves between banks (TARGET): no weekends, no six holidays (ECB)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

#: says whether a day is a banking day
Calendar = Callable[[date], bool]


@lru_cache(maxsize=64)
def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Butcher's rule)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def is_target_day(day: date) -> bool:
    """:return: whether TARGET is open"""
    if day.weekday() >= 5 or (day.month, day.day) in ((1, 1), (5, 1), (12, 25), (12, 26)):
        return False
    return day not in (easter(day.year) - timedelta(days=2), easter(day.year) + timedelta(days=1))


def on_or_after(day: date, calendar: Calendar = is_target_day) -> date:
    """:return: the day itself if it is a banking day, else the next one"""
    while not calendar(day):
        day += timedelta(days=1)
    return day


def shifted(day: date, count: int, calendar: Calendar = is_target_day) -> date:
    """Go a number of banking days forward, or back where it is negative."""
    step = timedelta(days=1 if count > 0 else -1)
    for _number in range(abs(count)):
        day += step
        while not calendar(day):
            day += step
    return day
