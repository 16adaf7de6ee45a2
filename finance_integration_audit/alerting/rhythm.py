"""When the next of something that comes again and again should have come, told by how it came before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from statistics import median_low

#: fewer say nothing about a rhythm
FEWEST = 3
#: earlier ones say nothing about how it comes now
LOOKED_AT = 12


def working(day: date) -> date:
    """:return: this day, or the Monday after a weekend"""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def shifted(day: date, working_days: int) -> date:
    """:return: the working day so many working days after this one"""
    day = working(day)
    for _one in range(working_days):
        day = working(day + timedelta(days=1))
    return day


def expected(days: Iterable[date]) -> date | None:
    """Say when the next one should come, by the usual distance of those before.

    :return: a working day; None while too few are known
    """
    known = sorted(set(days))[-LOOKED_AT:]
    if len(known) < FEWEST:
        return None
    distance = median_low([(later - earlier).days for earlier, later in zip(known, known[1:], strict=False)])
    return working(known[-1] + timedelta(days=distance))


def overdue(days: Iterable[date], today: date, grace: int) -> date | None:
    """:param grace: working days that it may be late

    :return: the day on which it should have come, or None while there is time
    """
    due = expected(days)
    return due if due is not None and shifted(due, grace) < today else None
