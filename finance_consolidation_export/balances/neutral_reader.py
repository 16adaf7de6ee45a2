"""Reads the neutral trial balance: one CSV, with or without its manifest (consolidation_targets, section 5).

What is written by :mod:`.neutral` is read to the same balances. Files of others may lack what they do not know: only
:data:`REQUIRED` has to be there.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any, BinaryIO

from odoo.addons.finance_connector_base.engine.spreadsheet import unguard

from .neutral import DIMENSIONS, Balance
from .spool import BalanceSpool

REQUIRED = ("entity_code", "scenario", "period_start", "period_end", "account_code", "local_currency", "balance")
#: what every row has to say alike
SAME = ("entity_code", "scenario", "period_start", "period_end", "local_currency")
#: rows of one file; more is a mistake, or to be divided
MOST = 2_000_000
#: characters of one line
LONGEST = 1 << 20
ZERO = Decimal(0)


class UnreadableError(ValueError):
    """The file cannot be read.

    :param code: short name of the reason
    :param line: line of the file, the header is 1; None: of no line
    :param column: name of the column, or empty
    """

    def __init__(self, code: str, text: str, line: int | None = None, column: str = "") -> None:
        self.code, self.line, self.column = code, line, column
        place = "".join((f"line {line}: " if line else "", f"{column}: " if column else ""))
        super().__init__(place + text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a file says of itself, the same in every row.

    :param has_period: it tells the period apart from the fiscal year
    :param group_currency: empty: it holds no amounts in the currency of the group
    """

    entity: str
    scenario: str
    first: date
    last: date
    currency: str
    group_currency: str
    has_period: bool


class Reading(BalanceSpool):
    """A file that was read and found good; its balances lie in a temporary file until it is closed.

    :ivar told: what it says of itself
    :ivar count: how many balances there are
    """

    told: Told
    count = 0


def read(stream: BinaryIO, manifest: Mapping[str, Any] | None = None) -> Reading:
    """Read the balances of one company for one period, and compare the file with its manifest.

    However large the file is, memory holds a part of it.

    :param stream: at its begin, and such that it can be read again; UTF-8, with or without byte order mark; comma or
        semicolon
    :return: the caller's to close
    :raise UnreadableError: the place, and what is wrong there; ``manifest``: the file is not the one the manifest
        speaks of, or is not whole
    """
    if manifest is not None:
        _check_fingerprint(manifest, stream)
    reading, totals = Reading(), dict.fromkeys(("debit", "credit", "balance"), ZERO)
    text = io.TextIOWrapper(io.BufferedReader(_Lent(stream)), "utf-8-sig", newline="")
    try:
        for number, (told, balance) in enumerate(_read(text), 1):
            if number > MOST:
                raise UnreadableError("size", f"there are more than {MOST} rows")
            reading.told, reading.count = told, number
            reading.keep(balance)
            for name, amount in (("debit", balance.debit), ("credit", balance.credit), ("balance", balance.closing)):
                totals[name] += amount
        if not reading.count:
            raise UnreadableError("empty", "there are no balances in the file")
        if manifest is not None:
            _check_totals(manifest, reading.count, totals)
    except BaseException as error:
        reading.close()
        if isinstance(error, UnicodeDecodeError):
            raise UnreadableError("encoding", "the file is not UTF-8", _undecodable(stream)) from None
        raise
    return reading


class _Lent(io.RawIOBase):
    """A file of somebody else: it is not closed, and need not be one of ``io`` itself."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, place: Any) -> int:
        piece = self._stream.read(len(place))
        place[: len(piece)] = piece
        return len(piece)


def _read(text: io.TextIOWrapper) -> Iterator[tuple[Told, Balance]]:
    """Yield what the file says of itself, and each balance."""
    first = text.readline(LONGEST)
    separator = ";" if first.count(";") > first.count(",") else ","
    table = csv.DictReader(chain([first] if first else [], _lines(text)), delimiter=separator, strict=True)
    try:
        header = table.fieldnames or []
        missing = [name for name in REQUIRED if name not in header]
        if missing:
            raise UnreadableError("columns", f"columns are missing: {', '.join(missing)}", 1)
        has_period = "period_debit" in header and "period_credit" in header
        told = None
        for row in _rows(table):
            line = table.line_num
            here = _told(row, line, has_period)
            if told is None:
                told = here
            elif here != told:
                raise UnreadableError("mixed", _differing(told, here), line)
            yield told, _balance(row, line, told)
    except csv.Error as error:
        raise UnreadableError("csv", str(error), table.line_num) from None


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST):
        if len(line) == LONGEST:
            raise UnreadableError("size", f"a line has more than {LONGEST} characters")
        yield line


def _undecodable(stream: BinaryIO) -> int:
    """:return: the first line that is not UTF-8"""
    stream.seek(0)
    for number, line in enumerate(stream, 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            return number
    return 1


def _check_fingerprint(manifest: Mapping[str, Any], stream: BinaryIO) -> None:
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    stream.seek(0)
    if manifest.get("sha256") != digest.hexdigest():  # public: both come from the sender, in clear
        raise UnreadableError("manifest", "the file is not the one of the manifest: its SHA-256 is another")


def _check_totals(manifest: Mapping[str, Any], count: int, totals: Mapping[str, Decimal]) -> None:
    if manifest.get("row_count") != count:
        raise UnreadableError("manifest", f"the manifest says {manifest.get('row_count')} rows, there are {count}")
    for control in manifest.get("control_totals") or ():
        for name, amount in totals.items():
            said = control.get(name)
            if said is not None and Decimal(said) != amount:
                raise UnreadableError("manifest", f"the manifest says {said} for {name}, the rows come to {amount}")


def read_manifest(content: bytes) -> dict[str, Any]:
    """:raise UnreadableError: it is no JSON object"""
    try:
        found = json.loads(content)
    except ValueError:
        raise UnreadableError("manifest", "the manifest is no JSON") from None
    if not isinstance(found, dict):
        raise UnreadableError("manifest", "the manifest is no JSON object")
    return found


def _rows(table: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    for row in table:
        if None in row or any(value is None for value in row.values()):
            raise UnreadableError("columns", "the row has another number of columns than the header", table.line_num)
        if any(row.values()):
            yield {name: str(unguard(value.strip())) for name, value in row.items()}


def _told(row: dict[str, str], line: int, has_period: bool) -> Told:
    for name in SAME:
        if not row[name]:
            raise UnreadableError("empty_field", "must not be empty", line, name)
    return Told(
        entity=row["entity_code"],
        scenario=row["scenario"],
        first=_day(row, "period_start", line),
        last=_day(row, "period_end", line),
        currency=row["local_currency"],
        group_currency=row.get("group_currency") or "",
        has_period=has_period,
    )


def _differing(one: Told, other: Told) -> str:
    for name in Told.__slots__:
        if getattr(one, name) != getattr(other, name):
            return f"{getattr(other, name)} here and {getattr(one, name)} above: one file is one company and period"
    return ""


def _balance(row: dict[str, str], line: int, told: Told) -> Balance:
    if not row["account_code"]:
        raise UnreadableError("empty_field", "must not be empty", line, "account_code")
    opening = _side(row, "opening", line)
    closing = _amount(row, "balance", line) or ZERO
    debit, credit = _amount(row, "debit", line), _amount(row, "credit", line)
    if debit is None and credit is None:
        change = closing - opening
        debit, credit = (change, ZERO) if change >= 0 else (ZERO, -change)
    found = Balance(
        account=row["account_code"],
        name=row.get("account_name") or "",
        kind=row.get("account_type") or "",
        partner=row.get("partner_entity_code") or "",
        movement=row.get("movement_code") or "",
        members=tuple(row.get(f"dim{number}_code") or "" for number in range(1, DIMENSIONS + 1)),
        opening=opening,
        debit=debit or ZERO,
        credit=credit or ZERO,
        period_debit=(_amount(row, "period_debit", line) if told.has_period else debit) or ZERO,
        period_credit=(_amount(row, "period_credit", line) if told.has_period else credit) or ZERO,
        amount_group=_amount(row, "amount_group", line),
        period_group=_amount(row, "period_group", line),
        sign=_sign(row, line),
    )
    if found.closing != closing:
        raise UnreadableError(
            "closing", f"{closing}, but opening, debit and credit come to {found.closing}", line, "balance"
        )
    return found


def _side(row: dict[str, str], name: str, line: int) -> Decimal:
    debit, credit = _amount(row, f"{name}_debit", line), _amount(row, f"{name}_credit", line)
    return (debit or ZERO) - (credit or ZERO)


def _amount(row: dict[str, str], name: str, line: int) -> Decimal | None:
    text = row.get(name) or ""
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) >= Decimal(10) ** 18:
        raise UnreadableError("amount", f"{text[:40]} is no amount: write 1234.56", line, name)
    return found


def _sign(row: dict[str, str], line: int) -> int:
    text = row.get("sign") or "1"
    if text not in ("1", "-1"):
        raise UnreadableError("sign", f"{text[:40]} is no sign: write 1 or -1", line, "sign")
    return int(text)


def _day(row: dict[str, str], name: str, line: int) -> date:
    try:
        return date.fromisoformat(row[name])
    except ValueError:
        raise UnreadableError("date", f"{row[name][:40]} is no date: write 2026-12-31", line, name) from None
