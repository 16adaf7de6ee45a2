"""Tables of banks, each read as a profile says (specs/mt940_ofx_bai2.md section D): comma-separated files here, XLSX
in :mod:`.workbook`.

A profile is what a person knows about the files of one bank: where which column is, and how numbers
and dates are written. Nothing is guessed from the rows; a row that does not fit is refused with its
number and column.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

from .model import (
    Account,
    Balance,
    Detail,
    Entry,
    FormatError,
    Money,
    Party,
    References,
    StatementEnd,
    StatementEvent,
    StatementStart,
)
from .sheet_words import PENDING_WORDS, VOID_WORDS, plain
from .text_values import Invalid, compact, currency_code, is_iban, new_money, plain_decimal, reference

#: what a column can hold
ROLES = (
    "date",
    "value_date",
    "amount",
    "debit",
    "credit",
    "marker",
    "balance",
    "currency",
    "account",
    "party",
    "party_account",
    "text",
    "reference",
    "end_to_end_id",
    "status",
)
#: a signed amount; an amount and a column that says which way; one column a direction
SIGNED, MARKED, TWO_COLUMNS = "signed", "marked", "two_columns"
#: kinds of files
CSV, XLSX = "csv", "xlsx"
ENCODINGS = ("utf-8", "cp1252", "iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "cp437", "cp850", "cp852")
_LONGEST_CELL = 32 * 1024
#: signs of currencies beside an amount
_NOT_DIGITS = {ord(sign): None for sign in "$€£¥"}
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetProfile:
    """How the files of one bank are written."""

    name: str
    #: CSV or XLSX
    kind: str = CSV
    #: name of the sheet of a workbook; empty for its first one
    sheet: str = ""
    #: role to the name of the column in the header row, or to its position counted from 1
    columns: Mapping[str, str | int]
    #: constants, where no column tells them
    account: str = ""
    currency: str = ""
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    #: lines before the header row, or before the first row when there is none
    skip_lines: int = 0
    has_header: bool = True
    #: the last rows that are no bookings
    footer_rows: int = 0
    #: as :meth:`datetime.strptime` has it
    date_format: str = "%Y-%m-%d"
    decimal_mark: str = "."
    #: between thousands; empty for none
    thousands_mark: str = ""
    amounts: str = SIGNED
    #: texts of the marker column, compared without regard to case
    debit_markers: tuple[str, ...] = ("D",)
    credit_markers: tuple[str, ...] = ("C",)
    #: the bank writes what goes out as positive (credit cards)
    inverted: bool = False
    #: the first row is the newest
    newest_first: bool = False
    #: text of file names, else every file with the header is of this profile
    file_names: tuple[str, ...] = field(default=())

    def problem(self) -> str | None:
        """Say in one sentence why nothing can be read with it, or None."""
        unknown = sorted(set(self.columns) - set(ROLES))
        if unknown:
            return f"There is no such column role: {', '.join(unknown)}"
        needed = {
            SIGNED: ("date", "amount"),
            MARKED: ("date", "amount", "marker"),
            TWO_COLUMNS: ("date", "debit", "credit"),
        }.get(self.amounts)
        if needed is None:
            return f"There is no such way to write amounts: {self.amounts}"
        missing = [role for role in needed if role not in self.columns]
        if missing:
            return f"No column is named for: {', '.join(missing)}"
        if not self.currency and "currency" not in self.columns:
            return "Neither a column nor the profile tells the currency"
        if not self.account and "account" not in self.columns:
            return "Neither a column nor the profile tells the account"
        if len(self.delimiter) != 1 or len(self.quote) > 1 or self.delimiter == self.quote:
            return "The delimiter has to be one character, and another one than the quote"
        if self.kind not in (CSV, XLSX):
            return f"There is no such kind of file: {self.kind}"
        if self.encoding not in ENCODINGS:
            return f"There is no such encoding: {self.encoding}"
        if not self.has_header and any(isinstance(place, str) for place in self.columns.values()):
            return "Without a header row columns are named by their position"
        if self.decimal_mark == self.thousands_mark or not self.decimal_mark:
            return "The decimal mark and the mark between thousands have to differ"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One booking of a sheet."""

    line: int
    entry: Entry
    account: str
    balance: Decimal | None


class Sheet:
    """The format of one profile."""

    def __init__(self, profile: SheetProfile) -> None:
        problem = profile.problem()
        if problem:
            raise ValueError(problem)
        self.profile = profile
        self.code = "csv"
        self.name = f"CSV {profile.name}"

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the header row holds every column that is named, and the file name fits."""
        profile = self.profile
        if profile.file_names and not any(text.lower() in filename.lower() for text in profile.file_names):
            return False
        if not profile.has_header:
            return bool(profile.file_names) and filename.lower().endswith((".csv", ".txt"))
        if b"\x00" in head:
            return False
        try:
            # the last character may be cut by the end of the head
            text = head.removeprefix(codecs.BOM_UTF8).decode(profile.encoding, "ignore")
            rows = csv.reader(io.StringIO(text, newline=""), self._dialect())
            for _ in range(profile.skip_lines):
                next(rows)
            header = [cell.strip() for cell in next(rows)]
        except (csv.Error, StopIteration):
            return False
        return all(place in header for place in profile.columns.values() if isinstance(place, str))

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Give one statement: the rows of one account.

        :raise FormatError: a row does not fit the profile
        """
        profile = self.profile
        # a sheet has the newest row first often enough, and its balance stands beside each row
        rows = list(self.rows(stream))
        if profile.newest_first:
            rows.reverse()
        accounts = {row.account for row in rows}
        if len(accounts) > 1:
            other = next(row for row in rows if row.account != rows[0].account)
            raise FormatError("account_differs", "The file holds rows of several accounts", place=f"line {other.line}")
        number = compact(accounts.pop() if accounts else profile.account)
        if not number:
            raise FormatError("account_missing", "The file names no account")
        iban = is_iban(number)
        currency = rows[0].entry.money.currency if rows else profile.currency
        balances = _balances(rows)
        days = [row.entry.booking_date for row in rows if row.entry.booking_date]
        yield StatementStart(
            format=self.code,
            account=Account(iban=number if iban else None, number=None if iban else number, currency=currency or None),
            from_date=min(days, default=None),
            to_date=max(days, default=None),
            balances=balances,
        )
        for position, row in enumerate(rows, 1):
            entry = row.entry
            yield Entry(
                position=position,
                money=entry.money,
                status=entry.status,
                booking_date=entry.booking_date,
                value_date=entry.value_date,
                account_servicer_reference=entry.account_servicer_reference,
                details=entry.details,
            )
        yield StatementEnd(balances=balances)

    def rows(self, stream: BinaryIO) -> Iterator[Row]:
        """Yield the bookings in the order of the file, for the statement or a preview."""
        profile = self.profile
        places: dict[str, int] | None = None
        held: list[tuple[int, list[str]]] = []
        for line, cells in self._cells(stream):
            if len(cells) > MOST_COLUMNS or any(len(cell) > _LONGEST_CELL for cell in cells):
                raise FormatError("row_too_long", "The row is too long", place=f"line {line}")
            if any("\x00" in cell for cell in cells):
                raise FormatError("control_character", "The row holds a control character", place=f"line {line}")
            if places is None:
                places = self._places(cells)
                if profile.has_header:
                    continue
            held.append((line, cells))
            if len(held) > profile.footer_rows:
                number, booking = held.pop(0)
                yield self._row(number, booking, places)
        if places is None:
            raise FormatError("statement_missing", "The file has no header row", place="end of file")

    def cells(self, stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
        """Yield number and cells of the rows as they stand in the file, header row included.

        :raise FormatError: the file is no table of this kind
        """
        return self._cells(stream)

    def _cells(self, stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
        """Yield number and cells of every row that is not skipped and not empty."""
        profile = self.profile
        text = io.TextIOWrapper(stream, encoding=profile.encoding, errors="strict", newline="")
        try:
            yield from self._split(text)
        except UnicodeDecodeError:
            raise FormatError(
                "encoding_wrong", f"The file is not valid {profile.encoding.upper()}; choose another encoding"
            ) from None
        finally:
            text.detach()

    def _split(self, text: io.TextIOWrapper) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader((line.replace("\ufeff", "", 1) for line in text), self._dialect())
        count = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FormatError(
                    "row_invalid", f"The row cannot be read: {error}", place=f"line {reader.line_num}"
                ) from None
            count += 1
            if count > self.profile.skip_lines and any(cell.strip() for cell in cells):
                yield reader.line_num, cells

    def _dialect(self) -> type[csv.Dialect]:
        profile = self.profile

        class Dialect(csv.Dialect):
            delimiter = profile.delimiter
            quotechar = profile.quote or None
            quoting = csv.QUOTE_MINIMAL if profile.quote else csv.QUOTE_NONE
            doublequote = True
            skipinitialspace = False
            lineterminator = "\n"
            strict = True

        return Dialect

    def _places(self, header: list[str]) -> dict[str, int]:
        names = [cell.strip() for cell in header]
        places: dict[str, int] = {}
        for role, place in self.profile.columns.items():
            if isinstance(place, int):
                places[role] = place - 1
            elif names.count(place) == 1:
                places[role] = names.index(place)
            else:
                raise FormatError(
                    "column_missing",
                    "The header row names this column " + ("twice" if place in names else "nowhere"),
                    place="header row",
                    value=place[:40],
                )
        return places

    # -- one row -----------------------------------------------------------------------

    def _row(self, line: int, cells: list[str], places: dict[str, int]) -> Row:
        role = ""
        try:
            values: dict[str, str] = {}
            for role, place in places.items():
                if not 0 <= place < len(cells):
                    raise Invalid("cell_missing", "The row has no such column")
                values[role] = cells[place].strip()
            role = "currency"
            currency = currency_code((values.get("currency") or self.profile.currency).upper())
            role = "date"
            status = _status(values.get("status", ""))
            # what is not booked may have no day yet
            booked = self._date(values["date"]) if values["date"] or status == "BOOK" else None
            role = "value_date"
            value = self._date(values["value_date"]) if values.get("value_date") else None
            role = "amount" if "amount" in values else "debit/credit"
            money = new_money(amount=self._signed(values), currency=currency)
            role = "balance"
            balance = self._number(values["balance"]) if values.get("balance") else None
        except Invalid as error:
            raise FormatError(
                error.code, error.message, place=f"line {line}, column {self._column(role)}", value=error.value
            ) from None
        return Row(
            line=line,
            entry=_entry(values, money, booked, value, status),
            account=values.get("account") or self.profile.account,
            balance=balance,
        )

    def _column(self, role: str) -> str:
        place = self.profile.columns.get(role)
        return f"{role} ({place})" if place else role

    def _date(self, text: str) -> date:
        try:
            return datetime.strptime(text, self.profile.date_format).date()
        except ValueError:
            raise Invalid(
                "date_invalid" if text else "date_missing", "This is not a date as the profile has it", text
            ) from None

    def _signed(self, values: Mapping[str, str]) -> Decimal:
        profile = self.profile
        if profile.amounts == TWO_COLUMNS:
            debit, credit = (self._number(values[role]) if values[role] else None for role in ("debit", "credit"))
            if debit and credit:
                raise Invalid("amount_invalid", "The row has a debit and a credit", values["debit"])
            if debit is None and credit is None:
                raise Invalid("amount_missing", "The row has neither a debit nor a credit")
            # some banks write the debits with a sign, too
            amount = credit if credit else _negated(abs(debit)) if debit else Decimal(0)
        else:
            amount = self._number(values["amount"])
            if profile.amounts == MARKED:
                marker = values["marker"].casefold()
                if marker in {text.casefold() for text in profile.debit_markers}:
                    amount = _negated(amount)
                elif marker not in {text.casefold() for text in profile.credit_markers}:
                    raise Invalid(
                        "marker_invalid", "The marker is neither of a debit nor of a credit", values["marker"]
                    )
        return _negated(amount) if profile.inverted else amount

    def _number(self, text: str) -> Decimal:
        profile = self.profile
        digits = "".join(text.replace("\u2212", "-").translate(_NOT_DIGITS).split())
        negative = digits.startswith("-") or digits.endswith("-") or (digits[:1], digits[-1:]) == ("(", ")")
        digits = digits.strip("+-()") if digits.count("-") <= 1 else digits
        whole, _mark, fraction = digits.partition(profile.decimal_mark)
        if profile.thousands_mark and profile.thousands_mark.strip():
            groups = whole.split(profile.thousands_mark)
            if any(len(group) != 3 for group in groups[1:]) or len(groups[0]) > 3 and len(groups) > 1:
                raise Invalid("amount_invalid", "The marks between thousands stand in wrong places", text)
            whole = "".join(groups)
        if not (whole + fraction).isascii() or not (whole + fraction).isdigit():
            raise Invalid(
                "amount_invalid" if text else "amount_missing", "This is not an amount as the profile has it", text
            )
        number = plain_decimal(whole, fraction, text)
        return _negated(number) if negative else number


def _negated(number: Decimal) -> Decimal:
    return number.copy_negate() if number else number


def _status(text: str) -> str:
    """:return: what the bank's word for the state of a row means; most words mean that it is booked"""
    word = plain(text) if text else ""
    return "PDNG" if word in PENDING_WORDS else "INFO" if word in VOID_WORDS else "BOOK"


def _entry(values: Mapping[str, str], money: Money, booked: date | None, value: date | None, status: str) -> Entry:
    account = compact(values.get("party_account", ""))
    name = " ".join(values.get("party", "").split())
    iban = is_iban(account)
    party = None
    if account or name:
        party = Party(
            name=name or None, iban=account if iban else None, account_number=account if account and not iban else None
        )
    return Entry(
        position=0,
        money=money,
        status=status,
        booking_date=booked,
        value_date=value,
        account_servicer_reference=reference(values.get("reference")),
        details=(
            Detail(
                money=money,
                references=References(end_to_end_id=reference(values.get("end_to_end_id"))),
                counterparty=party,
                remittance=" ".join(values.get("text", "").split()) or None,
            ),
        ),
    )


def _balances(rows: list[Row]) -> tuple[Balance, ...]:
    """Take the balances that stand beside the rows.

    The balance after the first row, less that row, is what the bank had before it: both figures are
    printed. Without a balance in the first and in the last row there is nothing to prove with.
    """
    rows = [row for row in rows if row.entry.status == "BOOK"]
    if not rows or rows[0].balance is None or rows[-1].balance is None:
        return ()
    first, last = rows[0], rows[-1]
    assert first.balance is not None and last.balance is not None
    currency = first.entry.money.currency
    opening = first.balance - first.entry.money.amount
    return (
        Balance(code="OPBD", money=Money(amount=opening, currency=currency), date=first.entry.booking_date),
        Balance(code="CLBD", money=Money(amount=last.balance, currency=currency), date=last.entry.booking_date),
    )
