"""The rhythm of a flow: at once, in small batches, hourly, daily, or with the close of the month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .windows import HORIZON_DAYS, Calendar, to_local, to_moment

_EPOCH = datetime(1970, 1, 1)


def next_batch(moment: datetime, minutes: int) -> datetime:
    """:return: the next of the marks that are so many minutes apart; a moment on a mark is one"""
    step = timedelta(minutes=minutes)
    return _EPOCH + -((_EPOCH - moment) // step) * step


def next_daily(moment: datetime, zone: str, minute: int) -> datetime:
    """:return: the next time that the clocks there show so many minutes after midnight"""
    day = to_local(moment, zone).date()
    for number in range(-1, 3):
        candidate = to_moment(day + timedelta(days=number), minute, zone)
        if candidate >= moment:
            return candidate
    raise AssertionError("days pass")  # pragma: no cover


def next_close(moment: datetime, calendar: Calendar, workday: int, minute: int) -> datetime:
    """:return: the next time that it is the n-th workday of a month there, at that time of the day"""
    day = to_local(moment, calendar.zone).date().replace(day=1)
    for _month in range(15):
        found = _workday(day, calendar, workday)
        if found and (candidate := to_moment(found, minute, calendar.zone)) >= moment:
            return candidate
        day = (day + timedelta(days=32)).replace(day=1)
    raise ValueError("no month has that many workdays")


def _workday(first: date, calendar: Calendar, number: int) -> date | None:
    day = first
    while day.month == first.month:
        if calendar.is_workday(day):
            number -= 1
            if not number:
                return day
        day += timedelta(days=1)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When the messages of a flow leave.

    :param kind: ``real_time``, ``micro_batch``, ``hourly``, ``daily`` or ``close``
    :param count: a micro-batch leaves early when so many wait; 0: it does not
    :param calendar: opening times of the other side, if it has any
    :param closing: working days that the n-th of a month is counted by, where they are not the opening times
    :param exempt: messages with this or a smaller priority leave at any time; 0: none does
    """

    kind: str = "real_time"
    zone: str = "UTC"
    minutes: int = 0
    count: int = 0
    minute: int = 0
    workday: int = 1
    calendar: Calendar | None = None
    closing: Calendar | None = None
    exempt: int = 0

    def is_exempt(self, priority: int) -> bool:
        """:return: whether a message of that priority neither waits for a batch nor for opening times"""
        return 0 < self.exempt and priority <= self.exempt

    def turn(self, moment: datetime) -> datetime:
        """:return: the next turn of the rhythm, opening times not asked"""
        if self.kind == "micro_batch":
            return next_batch(moment, self.minutes)
        if self.kind == "hourly":
            return next_batch(moment, 60)
        if self.kind == "daily":
            return next_daily(moment, self.zone, self.minute)
        if self.kind == "close":
            calendar = self.closing or self.calendar or Calendar(zone=self.zone)
            return next_close(moment, calendar, self.workday, self.minute)
        return moment

    def opens(self, moment: datetime) -> datetime:
        """:return: when it is open for what arrives at the moment"""
        if self.calendar is None:
            return moment
        return self.calendar.leaves(moment) or moment + timedelta(days=HORIZON_DAYS)

    def leaves(self, arrival: datetime, priority: int) -> datetime:
        """:return: when a message leaves that arrives at the moment"""
        return arrival if self.is_exempt(priority) else self.opens(self.turn(arrival))
