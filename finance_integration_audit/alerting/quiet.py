"""Quiet hours of a team: when nobody is to be told what can wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

#: in how many days an end is looked for; a week of quiet days is the longest that makes sense
HORIZON = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Hours of the day in which a team is left alone, by the clock of its place.

    :param begins, ends: wall clock; the same twice is no quiet time, ``begins`` after ``ends`` goes over midnight
    :param zone: name of the time zone, e.g. ``Europe/Zurich``
    :param free_days: days of the week that are quiet altogether, Monday is 0
    """

    begins: time = time(0)
    ends: time = time(0)
    zone: str = "UTC"
    free_days: frozenset[int] = frozenset()

    def is_quiet(self, at: datetime) -> bool:
        """:param at: UTC without zone, as Odoo stores it"""
        local = at.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(self.zone))
        if local.weekday() in self.free_days:
            return True
        clock = local.time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends

    def until(self, at: datetime) -> datetime | None:
        """The moment at which the team may be told of something that is known ``at``.

        :return: ``at`` where it is not quiet; UTC without zone; None where it is always quiet
        """
        if not self.is_quiet(at):
            return at
        zone = ZoneInfo(self.zone)
        day = at.replace(tzinfo=timezone.utc).astimezone(zone).date()
        for ahead in range(HORIZON + 1):
            for clock in sorted({time(0), self.ends}):
                local = datetime.combine(day + timedelta(days=ahead), clock, tzinfo=zone)
                moment = local.astimezone(timezone.utc).replace(tzinfo=None)
                if moment > at and not self.is_quiet(moment):
                    return moment
        return None
