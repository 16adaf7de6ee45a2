"""One file to plain figures: detected, read, proved."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, cast

from odoo.addons.finance_connector_base.safe import archive
from odoo.addons.finance_connector_base.safe.errors import SafetyError

from ..formats import AmbiguousFormat, FormatError, StatementFormat, UnknownFormat, detect, known_formats
from ..formats.detect import HEAD_SIZE
from ..formats.model import AskingFormat, Entry, StatementEnd, StatementEvent, StatementStart
from ..formats.other_files import what_it_is
from ..formats.sheet.workbook import is_workbook
from ..proof import balance, control
from .plain import entry_values, shown_currency, text_of_amount
from .tables import MOST_BYTES, NO_ACCOUNT, Table, propose


class Refused(Exception):
    """The file cannot be read; ``code`` is stable, ``place`` says where, ``message`` why."""

    def __init__(self, code: str, message: str, *, place: str = "", value: str = "", format_code: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.value = value
        self.format_code = format_code

    def as_dict(self) -> dict[str, str | None]:
        """Return what is printed of it."""
        return {
            "code": self.code,
            "place": self.place or None,
            "message": self.message,
            "value": self.value or None,
            "format": self.format_code or None,
        }


def inspect_file(
    path: Path, *, entries: bool = False, formats: Iterable[StatementFormat] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the figures of each statement of a file, or of each file in a ZIP.

    What was yielded counts only if the iteration ends normally.

    :param entries: with a list ``lines`` of every entry
    :raise Refused: the file cannot be opened, is no statement, or is broken
    """
    formats = list(known_formats() if formats is None else formats)
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_SIZE)
            stream.seek(0)
            if archive.is_archive(head) and not is_workbook(stream):
                yield from _unpacked(stream, path, formats, entries)
            else:
                yield from _statements(stream, head, path.name, formats, entries, {"file": str(path)})
    except SafetyError as error:
        raise Refused(error.code, error.message, place=error.place) from error
    except OSError as error:
        raise Refused("unreadable", error.strerror or "The file cannot be read") from error


def _unpacked(stream: BinaryIO, path: Path, formats: list[StatementFormat], entries: bool) -> Iterator[dict[str, Any]]:
    count = 0
    with archive.Archive(stream) as members:
        for member in members:
            count += 1
            # the entrance to archives gives a stream that goes forward only
            head = cast(io.BufferedReader, member.stream).peek(HEAD_SIZE)[:HEAD_SIZE]
            known = {"file": str(path), "member": member.name}
            yield from _statements(member.stream, head, member.name, formats, entries, known)
    if not count:
        raise Refused("archive_empty", "The archive holds no file")


def _statements(
    stream: BinaryIO,
    head: bytes,
    name: str,
    formats: list[StatementFormat],
    entries: bool,
    known: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    if not head.strip():
        raise Refused("empty", "The file is empty")
    try:
        statement_format = detect(formats, head, name)
    except UnknownFormat:
        for table, events in _tables(stream, head, name):
            yield from _figures(events, entries, known, table.sheet.code, table)
        return
    except AmbiguousFormat as error:
        raise Refused("format_ambiguous", str(error)) from None
    if isinstance(statement_format, AskingFormat):
        statement_format = statement_format.told(name=name)
    yield from _figures(statement_format.parse(stream), entries, known, statement_format.code)


def _figures(
    events: Iterator[StatementEvent], entries: bool, known: dict[str, Any], code: str, table: Table | None = None
) -> Iterator[dict[str, Any]]:
    current: _Figures | None = None
    try:
        for event in events:
            if isinstance(event, StatementStart):
                current = _Figures(event, entries, table)
            elif current is None:
                raise AssertionError(f"{code} gives an event outside of a statement")
            elif isinstance(event, Entry):
                current.add(event)
            else:
                yield {**known, **current.close(event)}
                current = None
    except FormatError as error:
        raise Refused(error.code, error.message, place=error.place, value=error.value, format_code=code) from error


def _tables(stream: BinaryIO, head: bytes, name: str) -> Iterator[tuple[Table, Iterator[StatementEvent]]]:
    """Find out how tables may be read, or refuse a file that no format knows."""
    what = what_it_is(head)
    found = False
    if not what or head.startswith(b"PK"):
        content = stream.read(MOST_BYTES + 1)
        for table in propose(content, name):
            found = True
            try:
                events = table.parse(content)
            except FormatError as error:
                raise Refused(
                    error.code, error.message, place=error.place, value=error.value, format_code=table.sheet.code
                ) from error
            yield table, events
    if found:
        return
    if not what and name.lower().endswith((".csv", ".tsv", ".xlsx")):
        what = "a table whose first rows name no column that is known; it is read with a sheet profile"
    message = "The file is in none of the formats that are read"
    raise Refused("format_unknown", f"{message}. This is {what}" if what else message)


class _Figures:
    """One statement while it is read."""

    def __init__(self, start: StatementStart, entries: bool, table: Table | None = None) -> None:
        self._start = start
        self._table = table
        self._totals = control.Totals()
        self._lines: list[dict[str, Any]] | None = [] if entries else None
        self._currency = start.account.currency
        self._sums: dict[str, Decimal] = {}

    def add(self, entry: Entry) -> None:
        self._totals.add(entry)
        if entry.status == "BOOK":
            self._sums[entry.money.currency] = self._sums.get(entry.money.currency, Decimal(0)) + entry.money.amount
        self._currency = self._currency or entry.money.currency
        if self._lines is not None:
            self._lines.append(entry_values(entry))

    def close(self, end: StatementEnd) -> dict[str, Any]:
        start, totals = self._start, self._totals
        first, last = balance.opening(end.balances), balance.closing(end.balances)
        proof = control.prove_statement(end.balances, totals)
        known = first or last
        values: dict[str, Any] = {
            "format": start.format,
            "purpose": start.purpose,
            "identification": start.identification,
            "sequence": start.electronic_sequence or start.legal_sequence,
            "page": start.page_number,
            "account": self._account(),
            "currency": shown_currency(self._currency or (known.money.currency if known else None)),
            "opening": text_of_amount(first.money.amount) if first else None,
            "opening_date": first.date.isoformat() if first and first.date else None,
            "closing": text_of_amount(last.money.amount) if last else None,
            "closing_date": last.date.isoformat() if last and last.date else None,
            "entries": totals.booked_count,
            "not_booked": totals.count - totals.booked_count,
            "sum": text_of_amount(totals.booked),
            "proof": proof.state,
        }
        if len(self._sums) > 1:  # one figure for several currencies says nothing
            values["sums"] = {currency: text_of_amount(amount) for currency, amount in sorted(self._sums.items())}
        if proof.state != balance.PROVED:
            values["proof_reason"] = proof.reason
        if proof.difference:
            values["difference"] = text_of_amount(proof.difference)
        wrong = control.check_summary(end.summary, totals)
        if wrong:
            values["control"] = [
                {
                    "reason": item.reason,
                    "stated": text_of_amount(item.stated),
                    "counted": text_of_amount(item.counted),
                }
                for item in wrong
            ]
        warnings = [list(warning) for warning in end.warnings]
        if self._table is not None:
            values["profile"] = self._table.about()
            warnings += self._table.warnings()
        if warnings:
            values["warnings"] = warnings
        if self._lines is not None:
            values["lines"] = self._lines
        return values

    def _account(self) -> str | None:
        number = self._start.account.iban or self._start.account.number
        return None if self._table is not None and number == NO_ACCOUNT else number
