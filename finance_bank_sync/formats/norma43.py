"""Norma 43, the statement of Spanish banks (AEB, Cuaderno 43): records of 80 characters.

An account begins with record 11 and ends with 33, which has the counts and totals of both directions; 88 ends the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO

from .model import (
    Account,
    Balance,
    Detail,
    Entry,
    FormatError,
    Money,
    References,
    StatementEnd,
    StatementEvent,
    StatementStart,
    Summary,
    TransactionCode,
)
from .text_lines import TextLines
from .text_values import Invalid, is_iban, short_date

LENGTH = 80
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?11[0-9]{18}[0-9]{12}[12][0-9]{14}[0-9]{3}")
#: currencies are told by their number (ISO 4217)
_CURRENCIES = {
    "978": "EUR", "840": "USD", "826": "GBP", "756": "CHF", "392": "JPY", "208": "DKK", "752": "SEK", "578": "NOK",
    "124": "CAD", "036": "AUD", "985": "PLN", "203": "CZK", "348": "HUF", "946": "RON", "504": "MAD", "484": "MXN",
    "986": "BRL", "156": "CNY", "344": "HKD", "949": "TRY", "975": "BGN", "554": "NZD", "702": "SGD", "710": "ZAR",
}  # fmt: skip
_WEIGHTS = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
#: texts of one booking: the norm has five records with two each
_MOST_TEXTS = 40


class Norma43:
    """Accounts with both balances, bookings with their concepts, counts and totals."""

    code = "norma43"
    name = "Norma 43"

    def identify(self, head: bytes, filename: str) -> bool:
        """See :meth:`~.model.StatementFormat.identify`."""
        return _HEADER.match(head) is not None

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """See :meth:`~.model.StatementFormat.parse`."""
        text = TextLines(stream)
        line = records = 0
        current: _Account | None = None
        #: the last account, whose end tells what is known when the file has ended
        told: StatementEnd | None = None
        stated: int | None = None
        try:
            for line, raw in text:
                record = raw.rstrip().ljust(LENGTH)
                kind = record[:2]
                if not record.strip():
                    continue
                if len(record) > LENGTH:
                    raise Invalid("line_too_long", f"The record has more than {LENGTH} characters")
                if stated is not None:
                    raise Invalid("record_unexpected", "A record follows the end of the file", kind)
                if kind == "88":
                    stated = _number(record[20:26])
                    continue
                records += 1
                if kind == "11":
                    if current is not None:
                        raise Invalid("record_unexpected", "An account begins within another one", kind)
                    if told is not None:
                        yield told
                        told = None
                    current = _Account(record)
                    yield current.start()
                elif current is None:
                    raise Invalid("record_unexpected", "A record stands outside of an account", kind)
                elif kind == "33":
                    yield from current.entry()
                    told, current = current.end(record), None
                else:
                    yield from current.take(kind, record, line)
            if current is not None:
                raise FormatError("truncated", "The file ends before its record 33", place="end of file")
            if told is None:
                raise FormatError("statement_missing", "The file holds no account")
            notes = list(text.warnings())
            if stated is None:
                notes.append(("trailer_missing", "record 88"))
            elif stated != records:
                notes.append(("record_count_differs", f"{stated}, not {records}"))
            yield StatementEnd(balances=told.balances, summary=told.summary, warnings=tuple(notes))
        except Invalid as error:
            place = f"line {error.line or line}"
            raise FormatError(error.code, error.message, place=place, value=error.value) from None


class _Account:
    """One account, record by record."""

    def __init__(self, record: str) -> None:
        self._number = record[2:20]
        self._currency = _currency(record[47:50])
        self._first, self._last = short_date(record[20:26]), short_date(record[26:32])
        self._opening = Balance(code="OPBD", money=self._money(record[32], record[33:47]), date=self._first)
        self._owner = record[51:77].strip() or None
        self._movement: str | None = None
        self._line = 0
        self._texts: list[str] = []
        self._original: Money | None = None
        self._position = 0

    def start(self) -> StatementStart:
        iban = _iban(self._number)
        return StatementStart(
            format="norma43",
            account=Account(
                iban=iban, number=None if iban else self._number, currency=self._currency, owner=self._owner
            ),
            from_date=self._first,
            to_date=self._last,
            balances=(self._opening,),
        )

    def take(self, kind: str, record: str, line: int) -> Iterator[StatementEvent]:
        if kind == "22":
            yield from self.entry()
            self._movement, self._line = record, line
        elif kind not in ("23", "24"):
            raise Invalid("record_unknown", "There is no such record", kind)
        elif self._movement is None:
            raise Invalid("record_unexpected", "A text stands before its booking", kind)
        elif kind == "23":
            self._texts += [record[4:42], record[42:80]]
            if len(self._texts) > _MOST_TEXTS:
                raise Invalid("entry_too_large", f"A booking has more than {_MOST_TEXTS} texts")
        else:
            amount = _amount(record[7:21])
            negative = self._movement[27] == "1"
            self._original = Money(amount=_signed(amount, negative), currency=_currency(record[4:7]))

    def entry(self) -> Iterator[StatementEvent]:
        """Give the booking whose records were collected."""
        record = self._movement
        if record is None:
            return
        try:
            money = self._money(record[27], record[28:42])
            booked, value = short_date(record[10:16]), short_date(record[16:22])
        except Invalid as error:
            raise Invalid(error.code, error.message, error.value, self._line) from None
        self._position += 1
        texts = " ".join(" ".join(self._texts).split()) or None
        references = [text for text in (record[42:52], record[52:64], record[64:80]) if text.strip(" 0")]
        original = self._original if self._original and self._original.currency != money.currency else None
        yield Entry(
            position=self._position,
            money=money,
            status="BOOK",
            booking_date=booked,
            value_date=value,
            transaction_code=TransactionCode(proprietary=record[22:27].strip() or None, issuer="AEB43"),
            original=original,
            details=(
                Detail(
                    money=money,
                    original=original,
                    references=References(proprietary=tuple(("AEB43", reference.strip()) for reference in references)),
                    remittance=texts,
                    additional_information=" ".join(" ".join(references).split()) or None,
                ),
            ),
        )
        self._movement, self._texts, self._original = None, [], None

    def end(self, record: str) -> StatementEnd:
        if record[2:20] != self._number:
            raise Invalid("account_differs", "The account ends under another number")
        closing = Balance(code="CLBD", money=self._money(record[58], record[59:73]), date=self._last)
        return StatementEnd(
            balances=(self._opening, closing),
            summary=Summary(
                debit_count=_number(record[20:25]),
                debit_sum=_amount(record[25:39]),
                credit_count=_number(record[39:44]),
                credit_sum=_amount(record[44:58]),
            ),
        )

    def _money(self, mark: str, digits: str) -> Money:
        if mark not in "12":
            raise Invalid("credit_debit_invalid", "This is neither a debit (1) nor a credit (2)", mark)
        return Money(amount=_signed(_amount(digits), mark == "1"), currency=self._currency)


def _number(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid("number_invalid", "This is not a count", digits)
    return int(digits)


def _amount(digits: str) -> Decimal:
    """Read an amount with two decimals, whatever its currency."""
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid("amount_invalid", "This is not a valid amount", digits)
    return Decimal(f"{int(digits[:-2])}.{digits[-2:]}")


def _signed(amount: Decimal, negative: bool) -> Decimal:
    return amount.copy_negate() if negative and amount else amount


def _currency(number: str) -> str:
    if number not in _CURRENCIES:
        raise Invalid("currency_invalid", "This is not the number of a currency that is known", number)
    return _CURRENCIES[number]


def _iban(number: str) -> str | None:
    """Return the IBAN of bank, office and account: both check digits follow from them."""
    if not number.isdigit() or not number.strip("0"):
        return None
    control = "".join(_digit(part) for part in ("00" + number[:8], number[8:]))
    bban = number[:8] + control + number[8:]
    iban = f"ES{98 - int(bban + '142800') % 97:02d}{bban}"
    return iban if is_iban(iban) else None


def _digit(ten: str) -> str:
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(ten, _WEIGHTS, strict=True)) % 11
    return {10: "1", 11: "0"}.get(rest, str(rest))
