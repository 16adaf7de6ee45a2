"""What happened, in order, with the time between; and what should have happened and has not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .graph import Key

GOOD, WAITS, BAD, PLAIN = "good", "waits", "bad", "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One thing that happened; times are UTC. ``is_day``: only the day is known."""

    key: Key
    at: datetime | None
    title: str
    system: str
    state: str = ""
    detail: str = ""
    tone: str = PLAIN
    rank: int = 0
    is_day: bool = False
    person: str = ""
    versions: str = ""
    has_payload: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A hop that is expected and has not come."""

    key: Key
    title: str
    system: str
    due: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    hop: Hop
    #: since the step before; None: cannot be told
    since: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    gap: Gap
    is_late: bool
    #: how long it is late; None: it is not
    late_by: timedelta | None


def ordered(hops: Iterable[Hop]) -> list[Step]:
    """:return: the hops by time; a day comes before the times of that day, what has no time is last"""
    steps: list[Step] = []
    before: Hop | None = None
    for hop in sorted(set(hops), key=_order):
        known = before is not None and before.at is not None and hop.at is not None
        exact = known and before is not None and not (before.is_day or hop.is_day)
        since = hop.at - before.at if exact and before is not None and hop.at and before.at else None
        steps.append(Step(hop=hop, since=since))
        before = hop
    return steps


def _order(hop: Hop) -> tuple[bool, datetime, int, Key, str, str]:
    return (hop.at is None, hop.at or datetime.min, hop.rank, hop.key, hop.title, hop.detail)


def missing(gaps: Iterable[Gap], now: datetime) -> list[Missing]:
    """:return: the gaps, what is late the longest first, what has no due time last"""
    found = []
    for gap in sorted(set(gaps), key=lambda gap: (gap.due is None, gap.due or datetime.max, gap.key, gap.title)):
        late = gap.due is not None and gap.due < now
        found.append(Missing(gap=gap, is_late=late, late_by=now - gap.due if late and gap.due else None))
    return found


def spoken(seconds: float) -> tuple[str, int, int]:
    """:return: unit of a duration (``ms``, ``s``, ``min``, ``h``, ``d``), its number, and the rest in the next one"""
    whole = int(seconds)
    if whole < 1:
        return ("ms", round(seconds * 1000), 0)
    if whole < 60:
        return ("s", whole, 0)
    if whole < 3600:
        return ("min", *divmod(whole, 60))
    if whole < 86400:
        hours, rest = divmod(whole, 3600)
        return ("h", hours, rest // 60)
    days, rest = divmod(whole, 86400)
    return ("d", days, rest // 3600)
