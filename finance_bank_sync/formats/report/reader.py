"""What a bank's programming interface said about one account, kept as it was said.

An interface answers in pages, and tells balances elsewhere. A report puts the answers, unchanged, into one document
together with what was asked, so that it can be stored first and read afterwards like any file of a bank. Each
interface has a dialect that reads its answers; everything that they have in common is here.

Which of its bookings are a statement: an interface tells the day that is going on as well, and a day that is going on
can still grow. So the booked entries up to the last closed day are a statement, whole days from the day that was
asked for; everything after that, and what is pending, is a report of the day so far. A closed day ends with the bank's
closing balance where it tells one, else with yesterday.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, BinaryIO, Protocol

from odoo.addons.finance_connector_base.safe import strict_json
from odoo.addons.finance_connector_base.safe.errors import SafetyError

from ..model import (
    INTERIM,
    Account,
    Balance,
    Entry,
    FormatError,
    StatementEnd,
    StatementEvent,
    StatementStart,
)

_KEY = "finance_bank_report"
VERSION = 1
#: a whole report; more is asked for in smaller pieces
MAX_BYTES = 256 * 1024 * 1024
#: days for which a closing balance is waited for before bookings go on without it
PATIENCE = timedelta(days=5)
BOOKED, PENDING = "BOOK", "PDNG"
CLOSING, OPENING = "CLBD", "OPBD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Answers about one account.

    :param dialect: code of the :class:`Dialect` that reads them
    :param since: first day that was asked for; all days from there on are whole
    :param today: the day on which it was asked, where the bank is
    :param pages: answers with transactions, as they came
    :param balances: answers with balances, as they came
    """

    dialect: str
    account: Account
    since: date
    today: date
    pages: tuple[bytes, ...]
    balances: tuple[bytes, ...] = ()

    def to_bytes(self) -> bytes:
        """Write the document that :meth:`from_bytes` reads.

        :raise FormatError: an answer is not UTF-8
        """
        try:
            document = {
                _KEY: VERSION,
                "dialect": self.dialect,
                "account": {
                    name: value
                    for name in ("iban", "number", "currency", "owner", "bic")
                    if (value := getattr(self.account, name))
                },
                "since": self.since.isoformat(),
                "today": self.today.isoformat(),
                "pages": [page.decode() for page in self.pages],
                "balances": [page.decode() for page in self.balances],
            }
        except UnicodeDecodeError as error:
            raise FormatError("json_encoding", "The answer of the bank is not UTF-8") from error
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Report:
        """:raise FormatError: this is not a report, or a damaged one"""
        document = load(data, "report", max_bytes=MAX_BYTES)
        try:
            if document[_KEY] != VERSION:
                raise FormatError("report_version", f"This is a report of version {document[_KEY]}", place="report")
            return cls(
                dialect=document["dialect"],
                account=Account(**document["account"]),
                since=date.fromisoformat(document["since"]),
                today=date.fromisoformat(document["today"]),
                pages=tuple(page.encode() for page in document["pages"]),
                balances=tuple(page.encode() for page in document["balances"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FormatError(
                "report_invalid", "The report lacks what was asked or answered", place="report"
            ) from error


class Dialect(Protocol):
    """How one interface tells transactions and balances. One class, one file."""

    code: str
    name: str

    def entries(self, answer: Any, account: Account, place: str) -> Iterator[tuple[Entry, str]]:
        """Read the transactions of one answer, in its order.

        :param place: for errors, e.g. ``page 2``
        :return: each entry (its position does not matter) with the id that the interface gives it, or ``""``
        :raise FormatError: the answer is not of this interface, or broken
        """
        ...

    def balances(self, answer: Any, account: Account, place: str) -> Iterator[Balance]:
        """Read the balances of one answer; codes are those of ISO 20022."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A report that was read: entries in the order of time, and the end of its last closed day."""

    booked: tuple[Entry, ...]
    so_far: tuple[Entry, ...]
    balances: tuple[Balance, ...]
    closed_until: date
    warnings: tuple[tuple[str, str], ...] = ()

    def fingerprint(self) -> str:
        """Digest of everything that matters: the same one means that nothing has happened since."""
        plain = repr((self.closed_until if self.booked else None, self.booked, self.so_far))
        return hashlib.sha256(plain.encode()).hexdigest()


def read(report: Report, dialect: Dialect) -> Reading:
    """Read all answers of a report.

    :raise FormatError: one of them is broken
    """
    entries: list[Entry] = []
    seen: dict[str, tuple[int, Entry]] = {}
    repeated = 0
    for number, page in enumerate(report.pages, 1):
        place = f"page {number}"
        for entry, identity in dialect.entries(load(page, place), report.account, place):
            entry = replace(entry, position=0)
            first = seen.get(identity) if identity else None
            if first and first[0] != number and first[1] == entry:
                # the list grew at its head while it was read: what was at the end of a page begins the next one
                repeated += 1
                continue
            seen.setdefault(identity, (number, entry))
            entries.append(entry)
    balances = tuple(
        balance
        for pages in (report.balances, report.pages)
        for number, page in enumerate(pages, 1)
        for balance in dialect.balances(load(page, "balances"), report.account, f"balances {number}")
    )
    entries = _in_time(entries)
    closed_until, warning = _closed_until(report, entries, balances)
    # what is older than the first day is a part of its day only, which nobody asked for
    booked = [e for e in entries if e.status == BOOKED and report.since <= (_day(e) or report.today) <= closed_until]
    so_far = [e for e in entries if e.status != BOOKED or (_day(e) or report.today) > closed_until]
    warnings = [*warning, *([("repeated_on_pages", str(repeated))] if repeated else [])]
    return Reading(
        booked=_numbered(booked),
        so_far=_numbered(so_far),
        balances=_told_once(balances),
        closed_until=closed_until,
        warnings=tuple(warnings),
    )


class ReportFormat:
    """The format of reports in one dialect, see ``docs/bank-apis.md``."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.code = f"api.{dialect.code}"
        self.name = dialect.name
        self._head = f'{{"{_KEY}":{VERSION},"dialect":"{dialect.code}",'.encode()

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the document begins as our reports of this dialect do."""
        return head.startswith(self._head)

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Give the closed days as a statement, and what is going on as a report of the day so far."""
        report = Report.from_bytes(stream.read(MAX_BYTES + 1))
        reading = read(report, self.dialect)
        if reading.booked:
            yield StatementStart(
                format=self.code, account=report.account, from_date=report.since, to_date=reading.closed_until
            )
            yield from reading.booked
            yield StatementEnd(
                balances=_bounds(report, reading),
                warnings=reading.warnings,
            )
        if reading.so_far:
            yield StatementStart(
                format=self.code,
                account=report.account,
                from_date=min([report.today, *(day for e in reading.so_far if (day := _day(e)))]),
                to_date=report.today,
                purpose=INTERIM,
            )
            yield from reading.so_far
            yield StatementEnd(balances=tuple(b for b in reading.balances if b.code not in (OPENING, CLOSING)))


def load(data: bytes, place: str, *, max_bytes: int = strict_json.MAX_BYTES) -> Any:
    """Read JSON strictly; numbers with a fraction are ``Decimal``.

    :raise FormatError: it is no JSON object
    """
    try:
        document = strict_json.loads(data, max_bytes=max_bytes)
    except SafetyError as error:
        raise FormatError(error.code, error.message, place=place) from error
    if not isinstance(document, dict):
        raise FormatError("json_object_missing", "The answer is not a JSON object", place=place)
    return document


def _day(entry: Entry) -> date | None:
    return entry.booking_date or entry.value_date


def _in_time(entries: list[Entry]) -> list[Entry]:
    """Oldest first. Within a day the order of the bank stays, turned round where it tells the newest first."""
    days = [day for entry in entries if (day := _day(entry))]
    if days and days[0] > days[-1]:
        entries = entries[::-1]
    return sorted(entries, key=lambda entry: _day(entry) or date.max)


def _numbered(entries: list[Entry]) -> tuple[Entry, ...]:
    return tuple(replace(entry, position=number) for number, entry in enumerate(entries, 1))


def _told_once(balances: tuple[Balance, ...]) -> tuple[Balance, ...]:
    """The same balance in two answers is one; two of a kind and day that differ both stay."""
    return tuple(dict.fromkeys(balances))


def _closed_until(
    report: Report, entries: list[Entry], balances: tuple[Balance, ...]
) -> tuple[date, list[tuple[str, str]]]:
    """Give the last day that is over for the bank.

    A closing balance says so; booked entries after it wait for the next one. A bank that has stopped to tell
    it is not waited for: then it is yesterday.
    """
    yesterday = report.today - timedelta(days=1)
    ends = [b.date for b in balances if b.code == CLOSING and b.date and b.date <= report.today]
    if not ends:
        return yesterday, []
    end = max(ends)
    waits = any(e.status == BOOKED and end < (_day(e) or end) < report.today for e in entries)
    if waits and report.today - end > PATIENCE:
        return yesterday, [("closing_balance_stale", end.isoformat())]
    return end, []


def _bounds(report: Report, reading: Reading) -> tuple[Balance, ...]:
    """The balances that bound the statement. All others are about other moments, and prove nothing of it."""
    return tuple(
        balance
        for balance in reading.balances
        if (balance.code == CLOSING and balance.date == reading.closed_until)
        or (balance.code == OPENING and balance.date == report.since)
    )
