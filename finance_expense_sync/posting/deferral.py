"""Months over which something that is paid in advance becomes cost (E-07)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date as Day
from datetime import timedelta
from decimal import Decimal


def month_end(day: Day) -> Day:
    """:return: last day of the month"""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months(start: Day, end: Day, booked: Day) -> tuple[tuple[Day, Decimal], ...]:
    """Say when how much of it becomes cost: each month as many parts as it has days of the time.

    :param start: first day of what was paid for; ``end`` the last
    :param booked: day of the entry with the whole; what was used before counts on that day
    :return: (last day of a month, days); empty: it is over with the month in which it is booked
    """
    if end <= month_end(booked):
        return ()
    found: dict[Day, int] = {}
    while start <= end:
        last = month_end(start)
        days = (min(last, end) - start).days + 1
        day = max(last, booked)
        found[day] = found.get(day, 0) + days
        start = last + timedelta(days=1)
    return tuple((day, Decimal(days)) for day, days in found.items())
