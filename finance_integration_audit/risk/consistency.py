"""The same event in two systems, compared on id, time, currency, amount, entity and status (R-03)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

#: kinds of differences
MISSING_THERE, MISSING_HERE, TWICE = "missing_there", "missing_here", "twice"
FIELDS = ("entity", "currency", "amount", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """:param id: correlation id; ``at`` is naive UTC"""

    id: str
    at: datetime
    entity: str
    currency: str
    amount: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class Difference:
    """:param kind: one of the kinds above, ``time``, or the name of the field that differs"""

    id: str
    kind: str
    ours: str = ""
    theirs: str = ""


def compare(ours: Iterable[Event], theirs: Iterable[Event], tolerance: timedelta) -> list[Difference]:
    """:return: every difference, by id; equal events have none"""
    here, differences = _by_id(ours)
    there, twice = _by_id(theirs)
    differences += twice
    differences += [Difference(one, MISSING_THERE, ours=here[one].status) for one in here.keys() - there.keys()]
    differences += [Difference(one, MISSING_HERE, theirs=there[one].status) for one in there.keys() - here.keys()]
    for one in here.keys() & there.keys():
        differences += _differ(here[one], there[one], tolerance)
    return sorted(differences, key=lambda found: (found.id, found.kind))


def _by_id(events: Iterable[Event]) -> tuple[dict[str, Event], list[Difference]]:
    found: dict[str, Event] = {}
    twice = []
    for event in events:
        if event.id in found:
            twice.append(Difference(event.id, TWICE, theirs=event.status))
        else:
            found[event.id] = event
    return found, twice


def _differ(ours: Event, theirs: Event, tolerance: timedelta) -> list[Difference]:
    found = [
        Difference(ours.id, name, str(getattr(ours, name)), str(getattr(theirs, name)))
        for name in FIELDS
        if getattr(ours, name) != getattr(theirs, name)
    ]
    if abs(ours.at - theirs.at) > tolerance:
        found.append(Difference(ours.id, "time", str(ours.at), str(theirs.at)))
    return found
