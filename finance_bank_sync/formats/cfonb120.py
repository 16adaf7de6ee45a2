"""CFONB 120, the account statement of French banks: records of 120 characters.

An account begins with record 01, the old balance, and ends with 07, the new one; 04 is a booking, 05 says more of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
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
    Return,
    StatementEnd,
    StatementEvent,
    StatementStart,
    TransactionCode,
)
from .text_lines import TextLines
from .text_values import Invalid, compact, currency_code, is_iban, reference, short_date

LENGTH = 120
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?01[0-9]{5}.{4}[0-9]{5}[A-Z]{3}[0-9 ]", re.DOTALL)
#: the last digit of an amount, with its sign
_POSITIVE, _NEGATIVE = "{ABCDEFGHI", "}JKLMNOPQR"
#: letters of an account number as digits, for its key
_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
_MOST_TEXTS = 60
#: further records that go on with the text
_TEXTS = ("", "LIB", "LCC", "LC2", "LCS")


class Cfonb120:
    """Accounts with both balances; bookings with their further records."""

    code = "cfonb120"
    name = "CFONB 120"

    def identify(self, head: bytes, filename: str) -> bool:
        """See :meth:`~.model.StatementFormat.identify`."""
        return _HEADER.match(head) is not None

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """See :meth:`~.model.StatementFormat.parse`."""
        text = TextLines(stream)
        line = 0
        current: _Account | None = None
        try:
            for line, raw in text:
                record = raw.rstrip().ljust(LENGTH)
                if not record.strip():
                    continue
                if len(record) > LENGTH:
                    raise Invalid("line_too_long", f"The record has more than {LENGTH} characters")
                kind = record[:2]
                if kind == "01":
                    if current is not None:
                        raise Invalid("record_unexpected", "An account begins within another one", kind)
                    current = _Account(record)
                    yield current.start()
                elif current is None:
                    raise Invalid("record_unexpected", "A record stands outside of an account", kind)
                elif kind == "07":
                    yield from current.entry()
                    yield current.end(record, text.warnings())
                    current = None
                else:
                    yield from current.take(kind, record, line)
            if current is not None:
                raise FormatError("truncated", "The file ends before its record 07", place="end of file")
            if not line:
                raise FormatError("statement_missing", "The file holds no account")
        except Invalid as error:
            place = f"line {error.line or line}"
            raise FormatError(error.code, error.message, place=place, value=error.value) from None


class _Account:
    """One account, record by record."""

    def __init__(self, record: str) -> None:
        self._key = record[2:7] + record[11:16] + record[21:32]
        self._currency = currency_code(record[16:19])
        self._opening = Balance(code="OPBD", money=self._money(record), date=_day(record[34:40]))
        self._movement: str | None = None
        self._line = 0
        self._more: list[tuple[str, str]] = []
        self._position = 0

    def start(self) -> StatementStart:
        iban = _iban(self._key)
        return StatementStart(
            format="cfonb120",
            account=Account(iban=iban, number=None if iban else self._key.strip(), currency=self._currency),
            from_date=self._opening.date,
            balances=(self._opening,),
        )

    def take(self, kind: str, record: str, line: int) -> Iterator[StatementEvent]:
        if kind not in ("04", "05"):
            raise Invalid("record_unknown", "There is no such record", kind)
        if record[2:7] + record[11:16] + record[21:32] != self._key:
            raise Invalid("account_differs", "The record is of another account")
        if kind == "04":
            yield from self.entry()
            self._movement, self._line = record, line
        elif self._movement is None:
            raise Invalid("record_unexpected", "A text stands before its booking", kind)
        else:
            self._more.append((record[45:48].strip(), record[48:118].rstrip()))
            if len(self._more) > _MOST_TEXTS:
                raise Invalid("entry_too_large", f"A booking has more than {_MOST_TEXTS} texts")

    def entry(self) -> Iterator[StatementEvent]:
        """Give the booking whose records were collected."""
        record = self._movement
        if record is None:
            return
        try:
            money = self._money(record)
            booked = _day(record[34:40])
            value = _day(record[42:48]) if record[42:48].strip(" 0") else None
            original = self._original(money)
        except Invalid as error:
            raise Invalid(error.code, error.message, error.value, self._line) from None
        self._position += 1
        told = dict(self._more)
        client, reason = told.get("RCN", ""), record[40:42].strip(" 0")
        lines = [record[48:79], *(text for kind, text in self._more if kind in _TEXTS)]
        others = [text for kind, text in self._more if kind in ("REF", "RET")]
        yield Entry(
            position=self._position,
            money=money,
            status="BOOK",
            booking_date=booked,
            value_date=value,
            transaction_code=TransactionCode(proprietary=record[32:34].strip() or None, issuer="CFONB"),
            original=original,
            details=(
                Detail(
                    money=money,
                    original=original,
                    references=References(
                        end_to_end_id=reference(client[:35]),
                        mandate_id=reference(told.get("RUM", "")[:35]),
                        cheque_number=record[81:88].strip(" 0") or None if record[32:34] == "01" else None,
                        proprietary=tuple(("CFONB", text) for text in [record[104:120].strip(" 0")] if text),
                    ),
                    counterparty=_party(told, money),
                    remittance=" ".join(" ".join(lines).split()) or None,
                    additional_information=" ".join(" ".join(others).split()) or None,
                    purpose=client[35:].strip() or None,
                    return_reason=Return(code=reason) if reason else None,
                ),
            ),
        )
        self._movement, self._more = None, []

    def end(self, record: str, notes: tuple[tuple[str, str], ...]) -> StatementEnd:
        if record[2:7] + record[11:16] + record[21:32] != self._key:
            raise Invalid("account_differs", "The account ends under another number")
        closing = Balance(code="CLBD", money=self._money(record), date=_day(record[34:40]))
        return StatementEnd(balances=(self._opening, closing), warnings=notes)

    def _money(self, record: str) -> Money:
        if record[16:19].strip() and record[16:19] != self._currency:
            raise Invalid("currency_differs", "The record has another currency than its account", record[16:19])
        return Money(amount=_amount(record[90:104], record[19]), currency=self._currency)

    def _original(self, money: Money) -> Money | None:
        """Read the amount in another currency (MMO), which only says more."""
        text = dict(self._more).get("MMO", "")
        if not re.fullmatch(r"[A-Z]{3}[0-5][0-9]{14}", text[:18]) or text[:3] == money.currency:
            return None
        amount = Decimal(int(text[4:18])).scaleb(-int(text[3]))
        return Money(amount=amount.copy_negate() if money.amount < 0 and amount else amount, currency=text[:3])


def _party(told: dict[str, str], money: Money) -> Party | None:
    """The payer of what came in, the payee of what went out."""
    name = " ".join(told.get("NPY" if money.amount > 0 else "NBE", "").split()) or None
    account = compact(told.get("CPY" if money.amount > 0 else "CBE", ""))[:34]
    if not name and not is_iban(account):
        return None
    return Party(name=name, iban=account if is_iban(account) else None)


def _day(text: str) -> date:
    return short_date(text[4:6] + text[2:4] + text[:2])


def _amount(text: str, decimals: str) -> Decimal:
    """Read digits of which the last one has the sign in it."""
    last = text[-1:]
    negative = last in _NEGATIVE
    at = _NEGATIVE.find(last) if negative else _POSITIVE.find(last)
    if last.isdigit() and last.isascii():  # some programs leave the sign of a credit out
        at = int(last)
    if at < 0 or not (text[:-1].isascii() and text[:-1].isdigit()) or decimals not in "012345":
        raise Invalid("amount_invalid", "This is not a valid amount", text)
    number = Decimal(int(text[:-1]) * 10 + at).scaleb(-int(decimals))
    return number.copy_negate() if negative and number else number


def _iban(key: str) -> str | None:
    """Return the IBAN of bank, branch and account: both keys follow from them."""
    bank, branch, account = key[:5], key[5:10], key[10:].upper()
    digits = account.translate(_DIGITS)
    if not (bank + branch + digits).isdigit() or not account.isalnum() or not account.isascii():
        return None
    rest = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(digits)) % 97
    bban = f"{bank}{branch}{account}{rest:02d}"
    whole = int("".join(str(int(char, 36)) for char in f"{bban}FR00"))
    iban = f"FR{98 - whole % 97:02d}{bban}"
    return iban if is_iban(iban) else None
