"""What a consolidation platform has to do for us, and the values it is told and tells (consolidation_targets.md).

    compose() ──> upload() ──> start() ──> poll() ... ──> report() ──> totals()
                                 └─ nobody knows ──> inquire()

Every verb but ``start`` may be repeated at any time. ``start`` is never repeated before ``inquire`` has said that
nothing was started: what must not happen twice is in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, BinaryIO, Literal, Protocol

from ..balances.neutral import Balance

#: JSON-able facts about a delivery at the platform: id of its job, its file
Known = dict[str, Any]
#: (company of the group, account, currency)
Key = tuple[str, str, str]

#: what a later version sends: everything; the cells that changed, with what they are now; by how much they changed
Mode = Literal["whole", "cells", "amounts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One setting of a target.

    :param name: as it is stored, e.g. ``import_mode``
    :param default: what it is when nobody says anything
    :param about: what it is for, for people
    :param needed: there is no delivery without
    :param verified: False: the platform's documentation leaves it open, so that it has to be tried
    """

    name: str
    about: str
    default: str = ""
    needed: bool = False
    verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is replaced by a delivery: one company in one scenario and period.

    :param period: 1 to 12 (13), of the fiscal year
    :param generated: when the balances were read, ISO with zone
    """

    entity: str
    scenario: str
    fiscal_year: int
    period: int
    first: date
    last: date
    currency: str
    group_currency: str
    package: str
    lei: str = ""
    generated: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of what is delivered; the amount is signed as the platform wants it.

    :param currency: of the amount; ``is_group`` says that it is the group's
    :param members: code of a dimension -> member, without those that have none
    :param link: where the figure can be traced to journal items
    :param source: the balance that it tells of
    """

    entity: str
    account: str
    name: str
    currency: str
    amount: Decimal
    is_group: bool = False
    partner: str = ""
    movement: str = ""
    members: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    source: Balance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One delivery, as a platform needs to know it.

    :param file: name of the file at the platform, the same in every attempt and of no other content
    :param known: what the platform has told so far
    :param sums: what must be there afterwards
    :param asked: how often it was polled
    :param about: who and what stands behind it, for manifests
    """

    place: Place
    parameters: Mapping[str, str]
    file: str
    size: int = 0
    sha256: str = ""
    rows: int = 0
    mode: Mode = "whole"
    accounts: tuple[str, ...] = ()
    known: Mapping[str, Any] = field(default_factory=dict)
    sums: Mapping[Key, Decimal] = field(default_factory=dict)
    asked: int = 0
    about: Mapping[str, Any] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """:return: a setting, without blanks around it"""
        return self.parameters.get(name, "").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is.

    :param state: ``unclear`` where the platform itself does not know: it is asked again
    """

    state: Literal["running", "done", "failed", "unclear"]
    text: str = ""
    known: Known = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that the platform did not take.

    :param row: its number in the file, the header not counted; None: not told
    :param dimension: what the platform stumbled over, and :param member: its value
    """

    message: str
    row: int | None = None
    entity: str = ""
    account: str = ""
    partner: str = ""
    dimension: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What an account of a company stands at, at the platform."""

    entity: str
    account: str
    currency: str
    amount: Decimal

    @property
    def key(self) -> Key:
        """:return: what it is compared by"""
        return (self.entity, self.account, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the platform says about a load.

    :param loaded: rows; None: not told
    :param totals: sums that the platform has computed of what it loaded, where it tells them
    :param text: its own words, as far as people should read them
    """

    loaded: int | None = None
    rejected: tuple[Rejected, ...] = ()
    totals: tuple[Total, ...] | None = None
    text: str = ""


class NotStarted:
    """It is certain that no job was started."""


NOT_STARTED = NotStarted()


class Writer(Protocol):
    """Makes and reads the file of a platform."""

    #: what can be set
    PARAMETERS: tuple[Parameter, ...]
    #: ending and type of the file
    SUFFIX: str
    CONTENT_TYPE: str
    #: what later versions may send
    MODES: tuple[Mode, ...]
    #: its file may lie in a folder that the platform reads, in place of being uploaded
    BY_FOLDER: bool

    def compose(self, job: Job, lines: Iterable[Line], stream: BinaryIO) -> int:
        """Write the file.

        :return: rows
        :raise ValueError: a setting makes no sense, or a row has no place in the file
        """

    def row(self, job: Job, stream: BinaryIO, number: int) -> Mapping[str, str]:
        """:return: ``entity``, ``account`` and ``partner`` of a row of the file, by its number; empty: no such row"""


class Platform(Protocol):
    """One delivery at a platform, with a line to it."""

    def upload(self, stream: Any) -> Known:
        """Bring the file there, complete; what an earlier attempt has left of it is replaced.

        :param stream: the file; None: it lies in its folder already, where the writer says ``BY_FOLDER``
        """

    def start(self) -> Known:
        """Start the load; :return: among others ``job``, the id by which it is asked for

        :raise TransientError: nothing was started
        :raise AmbiguousError: nobody knows
        """

    def inquire(self) -> Known | NotStarted | None:
        """Find out what a start without an answer has done.

        :return: facts with ``job``: it runs, or has run; :data:`NOT_STARTED`; None: the platform cannot tell
        """

    def poll(self) -> Progress:
        """Ask how far the job is."""

    def report(self) -> Report:
        """Fetch what the platform says about the load that has ended, well or not."""

    def totals(self) -> list[Total] | None:
        """Read back what the platform holds for this place by now; None: it cannot be read back"""
