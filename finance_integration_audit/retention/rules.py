"""What may be destroyed when: the legal period first, legal holds above everything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """:param legal_days: as long as law wants it kept; ``keep_days`` is never shorter"""

    legal_days: int
    keep_days: int

    def __post_init__(self) -> None:
        if self.legal_days < 0 or self.keep_days < self.legal_days:
            raise ValueError("kept shorter than law wants")

    def ends(self, closed: date) -> date:
        """:return: first day on which something that was closed then may be destroyed"""
        return closed + timedelta(days=self.keep_days + 1)

    def legal_until(self, closed: date) -> date:
        """:return: last day on which law wants it kept, whoever asks for erasure"""
        return closed + timedelta(days=self.legal_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A legal hold; what is empty restricts nothing."""

    name: str
    flows: frozenset[int] = frozenset()
    partners: frozenset[int] = frozenset()
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    closed: date
    flow: int
    partners: frozenset[int] = field(default_factory=frozenset)


def held_by(thing: Thing, holds: Iterable[Hold]) -> list[str]:
    """:return: names of the legal holds that something falls under"""
    return [
        hold.name
        for hold in holds
        if (not hold.flows or thing.flow in hold.flows)
        and (not hold.partners or thing.partners & hold.partners)
        and (hold.first is None or thing.closed >= hold.first)
        and (hold.last is None or thing.closed <= hold.last)
    ]


def may_be_destroyed(thing: Thing, period: Period, holds: Iterable[Hold], today: date) -> bool:
    """Say whether a purge of this day may destroy it."""
    return today >= period.ends(thing.closed) and not held_by(thing, holds)


def kept_by_law(thing: Thing, period: Period, holds: Iterable[Hold], today: date) -> str:
    """:return: what keeps it although a person asks for erasure: name of a hold, ``law``, or nothing"""
    held = held_by(thing, holds)
    if held:
        return held[0]
    return "law" if today <= period.legal_until(thing.closed) else ""
