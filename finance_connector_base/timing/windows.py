"""Opening times of another system: windows on weekdays, holidays, cut-offs, in its own time zone.

Moments are naive UTC, as in the database. Local times are turned into moments day by day, so that a
window of nine to five is nine to five on both sides of a change of the clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

#: a calendar without any opening in so many days is taken as one that never opens
HORIZON_DAYS = 400
DAY = 24 * 60


def to_minutes(hours: float) -> int:
    """:return: minutes of a time of the day that is given in hours"""
    return round(hours * 60)


def to_moment(day: date, minute: int, zone: str, *, late: bool = False) -> datetime:
    """Turn a local time into a moment.

    :param minute: minutes after midnight of the clock on the wall, 1440 is the next midnight
    :param late: of an hour that the clocks repeat, the second
    """
    days, minute = divmod(minute, DAY)
    wall = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60, fold=int(late)))
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc).replace(tzinfo=None)


def to_local(moment: datetime, zone: str) -> datetime:
    """:return: the time on the wall there, with its zone"""
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Open from ``start`` until ``end`` (minutes after midnight) on a weekday (0 is Monday).

    What arrives from ``cutoff`` on waits for the next window; without one it may leave until the end.
    """

    weekday: int
    start: int
    end: int
    cutoff: int | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.weekday <= 6 and 0 <= self.start < self.end <= DAY):
            raise ValueError("a window is on one day and ends after it begins")
        if self.cutoff is not None and not self.start < self.cutoff <= self.end:
            raise ValueError("a cut-off lies inside its window")


@dataclass(frozen=True, slots=True)
class Opening:
    """A window on a certain day, as moments."""

    start: datetime
    cutoff: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Opening times; one without windows is always open on days that are no holiday."""

    zone: str
    windows: tuple[Window, ...] = ()
    holidays: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        """:return: whether it opens on that day at all; without windows, Monday to Friday"""
        weekdays = {window.weekday for window in self.windows} or set(range(5))
        return day.weekday() in weekdays and day not in self.holidays

    def openings(self, day: date) -> Iterator[Opening]:
        """Yield the openings of one local day, the earliest first."""
        if day in self.holidays:
            return
        windows = [window for window in self.windows if window.weekday == day.weekday()]
        if not self.windows:
            windows = [Window(weekday=day.weekday(), start=0, end=DAY)]
        for window in sorted(windows, key=lambda window: (window.start, window.end)):
            start = to_moment(day, window.start, self.zone)
            end = to_moment(day, window.end, self.zone, late=True)
            cutoff = end if window.cutoff is None else to_moment(day, window.cutoff, self.zone)
            # a window inside the hour that the clocks skip does not exist on that day
            if start < end:
                yield Opening(start, min(max(cutoff, start), end), end)

    def is_open(self, moment: datetime) -> bool:
        """:return: whether something may leave at that moment"""
        day = to_local(moment, self.zone).date()
        return any(
            opening.start <= moment < opening.end
            for near in (day - timedelta(days=1), day)
            for opening in self.openings(near)
        )

    def leaves(self, arrival: datetime) -> datetime | None:
        """Say when something that arrives at a moment may leave.

        :return: that moment, or the beginning of the next window when it is closed or past the cut-off;
            None when it never opens
        """
        day = to_local(arrival, self.zone).date()
        later: list[datetime] = []
        for number in range(-1, HORIZON_DAYS):
            for opening in self.openings(day + timedelta(days=number)):
                if opening.start <= arrival < opening.cutoff:
                    return arrival
                if opening.start > arrival:
                    later.append(opening.start)
            # windows may overlap and lie on both sides of midnight: one day more is looked at
            if later and number > 0:
                return min(later)
        return min(later, default=None)
