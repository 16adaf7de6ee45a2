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

from ..amounts import COMMA, NEITHER, Amount, Marks, question, read_amount
from ..entities import expand
from ..model import (
    NO_ANSWERS,
    NO_CURRENCY,
    Account,
    Answers,
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
from ..text_lines import TextLines
from ..text_values import Invalid, compact, is_iban, new_money
from .dates import day_in, order_of, proved_order, read_date

_HEADER = re.compile(r"![A-Za-z]")
#: headers by which some programs say the order of their dates
_ORDERS = {"option:mdy": "mdy", "option:dmy": "dmy"}
#: headers of no list: settings of the program that wrote the file
_ASIDE = ("option:", "clear:")
#: "bar" is cash in a German program
_LISTS = frozenset({"bank", "cash", "bar", "ccard", "oth a", "oth l"})
#: lines that a person or a program wrote before the first header
_BEFORE = re.compile(r"(?:[#^][^\r\n]*[\r\n]+|\s+)*")
#: a comma before one or two last digits stands before decimals
_HAS_COMMA = re.compile(r",[0-9]{1,2}\D*$", re.ASCII)
#: the records of a list are held until the order of its dates is known
_MOST_RECORDS = 200_000
_WORD = re.compile(r"[^\W\d_]")
_OPENING = "opening balance"
#: memo and address
_TEXTS = frozenset("MA")
_SPLITS = frozenset("SE$%")

_Record = tuple[int, dict[str, str]]


class Qif:
    """Reads the transactions of one account; splits stay with their transaction."""

    code = "qif"
    name = "QIF"

    def __init__(
        self,
        *,
        currency: str = NO_CURRENCY,
        account: str = "",
        dates: str = "",
        decimal: str = "",
        received: date | None = None,
        named: date | None = None,
    ) -> None:
        """Say what the file does not tell.

        :param dates: ``dmy`` or ``mdy``
        :param decimal: the decimal mark of its amounts
        :param received: day on which the file came
        :param named: day in its name
        """
        self._currency = currency
        self._account = account
        self._dates = dates
        self._decimal = decimal
        self._received = received
        self._named = named

    def told(self, *, name: str = "", received: date | None = None, answers: Answers = NO_ANSWERS) -> Qif:
        """Return a reader that knows what is known about the file, and what a person answered to its questions."""
        return Qif(
            currency=self._currency,
            account=self._account,
            dates=answers.dates or self._dates,
            decimal=answers.decimal or self._decimal,
            received=received or self._received,
            named=day_in(name) or self._named,
        )

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
        number = told = ""
        records: list[_Record] | None = None
        lists: list[tuple[str, list[_Record]]] = []
        count = 0
        for line, kind, record in _records(text):
            if kind == "accounts":
                named = []
            elif kind == "account":
                named.append(record.get("N", ""))
            elif kind in _ORDERS:
                told = _ORDERS[kind]
            elif kind == "begin":
                # a list of several accounts says which there are, not which one follows
                if named:
                    number = named[0] if len(named) == 1 else ""
                records, named = [], []
                lists.append((number, records))
            elif kind == "record" and records is not None:
                records.append((line, record))
                count += 1
                if count > _MOST_RECORDS:
                    raise FormatError(
                        "file_too_large", f"The file has more than {_MOST_RECORDS} transactions", place=f"line {line}"
                    )
        if not lists:
            raise FormatError("statement_missing", "The file holds no list of bank, cash or card transactions")
        # one program wrote all lists: what one of them proves is true of the others
        proved = proved_order(_date_of(record) for _number, found in lists for _line, record in found) or told
        for number, records in lists:
            yield from self._statement(number, records, proved, text.warnings())

    def _statement(
        self, number: str, records: list[_Record], proved: str, notes: tuple[tuple[str, str], ...]
    ) -> Iterator[StatementEvent]:
        told = self._dates or proved
        order, assumed = (told, 0) if told else self._order(records)
        marks, decimal, thousands = _decimal(records, self._decimal)
        number = self._account or number
        iban = is_iban(compact(number))
        # a number without its blanks, a name with them
        number = compact(number) if iban or not _WORD.search(number) else " ".join(number.split())
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
                day = read_date(_date_of(record), order)
                amount = read_amount(_amount_of(record))
                value = marks.settle(amount, decimal) if amount.doubtful else amount.value
                money = new_money(amount=value, currency=self._currency)
            except Invalid as error:
                raise FormatError(error.code, error.message, place=f"line {line}", value=error.value) from None
            payee = _payee(record)
            if not position and not balances and payee.casefold() == _OPENING:
                balances.append(Balance(code="OPBD", money=money, date=day))
                continue
            position += 1
            category = record.get("L", "").strip()
            cheque, note = _cheque(record.get("N", "").strip())
            yield Entry(
                position=position,
                money=money,
                status="BOOK",
                booking_date=day,
                transaction_code=TransactionCode(proprietary=category, issuer="QIF") if category else None,
                details=(
                    Detail(
                        money=money,
                        references=References(cheque_number=cheque),
                        counterparty=Party(name=payee) if payee else None,
                        remittance=expand(" ".join(record.get("M", "").split())) or None,
                        additional_information=" ".join(f"{note} {record.get('A', '')} {record.get('S', '')}".split())
                        or None,
                    ),
                ),
            )
        if assumed:
            notes = (("date_order_assumed", f"line {assumed}"), *notes)
        if thousands:
            notes = (("thousands_assumed", f"line {thousands}"), *notes)
        yield StatementEnd(balances=tuple(balances), warnings=notes)

    def _order(self, records: list[_Record]) -> tuple[str, int]:
        dates = [(line, _date_of(record)) for line, record in records]
        has_comma = any(_HAS_COMMA.search(_amount_of(record)) for _line, record in records)
        return order_of(dates, has_comma=has_comma, received=self._received, named=self._named)


def _records(text: TextLines) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Yield ``(line, kind, fields)``.

    Kind is accounts (a list of them begins), account, a setting, begin or record.
    """
    kind = ""
    record: dict[str, str] = {}
    began = 0
    for number, line in text:
        line = line.strip()
        if not line:
            continue
        if line[0] == "!":
            head = line[1:].strip().casefold()
            if head.startswith(_ASIDE):
                # what follows belongs to what was before it
                yield number, head, {}
                continue
            if record:
                raise FormatError("record_incomplete", "A record ends without ^", place=f"line {began}")
            kind = head
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


def _date_of(record: dict[str, str]) -> str:
    return record.get("D", "").strip()


def _payee(record: dict[str, str]) -> str:
    """Read P: a bank fills it with blanks, repeats the amount behind them, or writes signs as a web page does."""
    text = record.get("P", "").strip()
    if "  " in text:
        name, comma, amount = text.rpartition(",")
        if comma and name.endswith("  ") and amount.strip() == _amount_of(record).strip().lstrip("+-"):
            text = name
        text = " ".join(text.split())
    return expand(text)


def _cheque(text: str) -> tuple[str | None, str]:
    """Read N: the number of a cheque, or a word for what it was (``ATM``, ``DEP``, ``TXFR``).

    :return: number, word
    """
    return (text, "") if any(char.isdigit() for char in text) else (None, text)


def _amount_of(record: dict[str, str]) -> str:
    """Return the amount; a dollar sign before it tells no country, and so no currency."""
    text = record.get("T") or record.get("U") or ""
    return text.replace("$", "") if text.count("$") == 1 and text.lstrip("-+( ")[:1] == "$" else text
