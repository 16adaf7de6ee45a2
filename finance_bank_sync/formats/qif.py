"""Quicken Interchange Format, the bank, cash and card lists of it.

The format tells no currency and mostly no account, and its dates have no fixed order. The order is
taken from the file where one of its dates allows only one; a file that allows both is refused unless
it is told. The currency is ``XXX`` (ISO 4217: none) unless it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

from .amounts import COMMA, NEITHER, Amount, Marks, question, read_amount
from .model import (
    NO_CURRENCY,
    Account,
    Balance,
    Detail,
    Entry,
    FormatError,
    Party,
    References,
    StatementEnd,
    StatementEvent,
    StatementStart,
    TransactionCode,
)
from .text_lines import TextLines
from .text_values import Invalid, compact, is_iban, new_money

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
_HEADER = re.compile(r"![A-Za-z]")
_LISTS = frozenset({"bank", "cash", "ccard"})
_COMPACT = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)", re.ASCII)
#: lines that a person or a program wrote before the first header
_BEFORE = re.compile(r"(?:[#^][^\r\n]*[\r\n]+|\s+)*")
_DATE = re.compile(r"(\d{1,4})[/.\- ]+(\d{1,2})[/.\-' ]+(\d{1,4})", re.ASCII)
_APOSTROPHE = re.compile(r"'\s*\d{1,2}$", re.ASCII)
#: a comma before one or two last digits stands before decimals
_HAS_COMMA = re.compile(r",[0-9]{1,2}\D*$", re.ASCII)
#: the records of a list are held until the order of its dates is known
_MOST_RECORDS = 200_000
_OPENING = "opening balance"
#: memo and address
_TEXTS = frozenset("MA")
_SPLITS = frozenset("SE$%")

_Record = tuple[int, dict[str, str]]


class Qif:
    """Reads the transactions of one account; splits stay with their transaction."""

    code = "qif"
    name = "QIF"

    def __init__(self, *, currency: str = NO_CURRENCY, account: str = "", dates: str = "", decimal: str = "") -> None:
        """Say what the file does not tell.

        :param dates: ``dmy`` or ``mdy``
        :param decimal: the decimal mark of its amounts
        """
        self._decimal = decimal
        self._currency = currency
        self._account = account
        self._dates = dates

    def told(self, **answers: str) -> Qif:
        """Return a reader that knows what a person answered to its questions."""
        known = {"dates": self._dates, "decimal": self._decimal, **answers}
        return Qif(currency=self._currency, account=self._account, **known)

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether the file begins with ``!Type:``, ``!Account`` or another header of the format."""
        text = head.decode("latin-1").removeprefix("\xef\xbb\xbf")
        before = _BEFORE.match(text)
        return (
            re.match(r"!(?:Type:|Account|Option:|Clear:)", text[before.end() if before else 0 :], re.IGNORECASE)
            is not None
        )

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Give the statement of each list of transactions.

        :raise FormatError: a record is not valid, or the file ends within one
        """
        text = TextLines(stream)
        #: accounts that were named since the last list, and the one that the current list is of
        named: list[str] = []
        number = ""
        records: list[_Record] | None = None
        found = 0
        for line, kind, record in _records(text):
            if kind == "accounts":
                named = []
            elif kind == "account":
                named.append(record.get("N", ""))
            elif kind == "begin":
                if records is not None:
                    found += 1
                    yield from self._statement(number, records, text.warnings())
                # a list of several accounts says which there are, not which one follows
                if named:
                    number = named[0] if len(named) == 1 else ""
                records, named = [], []
            elif kind == "record" and records is not None:
                records.append((line, record))
                if len(records) > _MOST_RECORDS:
                    raise FormatError(
                        "file_too_large", f"The file has more than {_MOST_RECORDS} transactions", place=f"line {line}"
                    )
        if records is not None:
            found += 1
            yield from self._statement(number, records, text.warnings())
        if not found:
            raise FormatError("statement_missing", "The file holds no list of bank, cash or card transactions")

    def _statement(
        self, number: str, records: list[_Record], notes: tuple[tuple[str, str], ...]
    ) -> Iterator[StatementEvent]:
        order, assumed = (self._dates, 0) if self._dates else _order(records)
        marks, decimal, thousands = _decimal(records, self._decimal)
        number = compact(self._account or number)
        iban = is_iban(number)
        balances: list[Balance] = []
        yield StatementStart(
            format=self.code,
            account=Account(
                iban=number if iban else None,
                number=number if number and not iban else None,
                currency=None if self._currency == NO_CURRENCY else self._currency,
            ),
        )
        position = 0
        for line, record in records:
            try:
                day = _read_date(record.get("D", ""), order)
                amount = read_amount(_amount_of(record))
                value = marks.settle(amount, decimal) if amount.doubtful else amount.value
                money = new_money(amount=value, currency=self._currency)
            except Invalid as error:
                raise FormatError(error.code, error.message, place=f"line {line}", value=error.value) from None
            payee = record.get("P", "").strip()
            if not position and not balances and payee.casefold() == _OPENING:
                balances.append(Balance(code="OPBD", money=money, date=day))
                continue
            position += 1
            category = record.get("L", "").strip()
            yield Entry(
                position=position,
                money=money,
                status="BOOK",
                booking_date=day,
                transaction_code=TransactionCode(proprietary=category, issuer="QIF") if category else None,
                details=(
                    Detail(
                        money=money,
                        references=References(cheque_number=record.get("N", "").strip() or None),
                        counterparty=Party(name=payee) if payee else None,
                        remittance=" ".join(record.get("M", "").split()) or None,
                        additional_information=" ".join(f"{record.get('A', '')} {record.get('S', '')}".split()) or None,
                    ),
                ),
            )
        if assumed:
            notes = (("date_order_assumed", f"line {assumed}"), *notes)
        if thousands:
            notes = (("thousands_assumed", f"line {thousands}"), *notes)
        yield StatementEnd(balances=tuple(balances), warnings=notes)


def _records(text: TextLines) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Yield ``(line, kind, fields)``; kind is accounts (a list of them begins), account, begin or record."""
    kind = ""
    record: dict[str, str] = {}
    began = 0
    for number, line in text:
        line = line.rstrip()
        if not line:
            continue
        if line[0] == "!":
            if record:
                raise FormatError("record_incomplete", "A record ends without ^", place=f"line {began}")
            kind = line[1:].strip().casefold()
            if kind.startswith("type:"):
                kind = kind[5:].strip()
                if kind in _LISTS:
                    yield number, "begin", {}
            elif kind == "account":
                yield number, "accounts", {}
        elif line[0] == "^":
            if record and kind == "account":
                yield began, "account", record
            elif record and kind in _LISTS:
                yield began, "record", record
            record = {}
        elif not kind and line[0] == "#":
            continue
        elif not kind:
            raise FormatError(
                "line_unknown", "A record stands before any header", place=f"line {number}", value=line[:40]
            )
        else:
            if not record:
                began = number
            _take(record, line)
    if record and (kind in _LISTS or kind == "account"):
        raise FormatError("truncated", "The file ends within a record", place=f"line {began}")


def _take(record: dict[str, str], line: str) -> None:
    """Add a line to its record: M and A are lines of one text, the splits another; of all others the first counts."""
    name, value = line[0], line[1:]
    if name in record and name in _TEXTS:
        record[name] += f" {value}"
    elif name in _SPLITS:
        gap = "; " if name == "S" else " "
        record["S"] = f"{record['S']}{gap}{value.strip()}" if "S" in record else value.strip()
    else:
        record.setdefault(name, value)


def _order(records: list[_Record]) -> tuple[str, int]:
    """Find out which comes first, the day or the month; no date may contradict another.

    An apostrophe before the year says that Quicken or a program of its kind wrote the file, and no more: it stands
    after the day in America and after the month elsewhere. Where no number above 12 tells the order, a decimal comma
    in the amounts says that it was not America, and a decimal point is taken for the American way.

    :return: the order, and the line of the first date where it is assumed and not told
    """
    first_of = {DAY_FIRST: 0, MONTH_FIRST: 0}
    only = apostrophe = 0
    for line, record in records:
        text = record.get("D", "").strip()
        match = _DATE.fullmatch(text)
        if match is None or len(match[1]) == 4:
            continue
        only = only or line
        if _APOSTROPHE.search(text):
            apostrophe = apostrophe or line
        if int(match[1]) > 12:
            first_of[DAY_FIRST] = first_of[DAY_FIRST] or line
        elif int(match[2]) > 12:
            first_of[MONTH_FIRST] = first_of[MONTH_FIRST] or line
    if all(first_of.values()):
        raise FormatError(
            "date_invalid", "The dates have the day first and the month first", place=f"line {max(first_of.values())}"
        )
    for order, line in first_of.items():
        if line:
            return order, 0
    if apostrophe:
        has_comma = any(_HAS_COMMA.search(_amount_of(record)) for _line, record in records)
        return DAY_FIRST if has_comma else MONTH_FIRST, apostrophe
    if only:
        raise FormatError(
            "date_ambiguous", "No date tells whether the day or the month comes first", place=f"line {only}"
        )
    return MONTH_FIRST, 0


def _read_date(text: str, order: str) -> date:
    match = _COMPACT.fullmatch(text.strip()) or _DATE.fullmatch(text.strip())
    if match is None:
        raise Invalid("date_invalid" if text.strip() else "date_missing", "This is not a valid date", text)
    first, second, third = match.groups()
    if len(first) == 4:
        year, month, day = int(first), int(second), int(third)
    else:
        year = int(third)
        if len(third) <= 2:
            year += 2000 if _APOSTROPHE.search(text) or year < 80 else 1900
        month, day = (int(second), int(first)) if order == DAY_FIRST else (int(first), int(second))
    try:
        return date(year, month, day)
    except ValueError:
        raise Invalid("date_invalid", "There is no such day", text) from None


def _decimal(records: list[_Record], told: str) -> tuple[Marks, str, int]:
    """Find out which mark is the decimal one, where an amount of the list leaves it open.

    A comma before three digits stands between thousands as Quicken writes it, unless another amount says that it is
    the decimal mark; a point does so in half of the world.

    :return: what is known, the mark that is taken, and the line of the first amount where that is assumed
    :raise Question: nothing tells the decimal mark
    """
    marks = Marks(told)
    doubtful: dict[str, tuple[int, Amount]] = {}
    for line, record in records:
        try:
            amount = read_amount(_amount_of(record))
            marks.see(amount)
        except Invalid as error:
            raise FormatError(error.code, error.message, place=f"line {line}", value=error.value) from None
        if amount.doubtful:
            doubtful.setdefault(amount.doubtful, (line, amount))
    if marks.decimal or not doubtful:
        return marks, marks.decimal, 0
    first, amount = min(doubtful.values())
    if set(doubtful) == {COMMA} and not marks.are_mixed:
        return marks, NEITHER, first
    raise question(amount, f"line {first}")


def _amount_of(record: dict[str, str]) -> str:
    return record.get("T") or record.get("U") or ""
