"""CODA, the coded statement of account of Belgian banks (Febelfin, version 2.6 and before).

Read here and not by a library: the one on PyPI asserts instead of telling a place, knows no collective
bookings by their payments, and takes totals as they are (docs/decisions/0004).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from typing import BinaryIO

from ..model import (
    Account,
    Balance,
    Detail,
    Entry,
    FormatError,
    Money,
    StatementEnd,
    StatementEvent,
    StatementStart,
    TransactionCode,
)
from ..text_lines import TextLines
from ..text_values import Invalid
from .coda_movement import Movement
from .coda_records import (
    LENGTH,
    PARTS,
    PAYMENTS,
    WHOLE,
    CodaRecord,
    communication,
    own_account,
)

#: header: record 0, four zeros, date, bank, application, duplicate or not, seven blanks
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?0[0 ]{4}\d{6}[\d ]{3}(?:\d\d|  )[D ] {7}")
#: parts of one booking that are told
_MOST_PARTS = 50
#: payments of one collective booking
_MOST_PAYMENTS = 100_000
#: a bank that tells no currency means euro
_EURO = "EUR"


class Coda:
    """Header, old balance, movements with their information, new balance, messages, trailer; then the next account."""

    code = "coda"
    name = "CODA"

    def identify(self, head: bytes, filename: str) -> bool:
        """See :meth:`~.model.StatementFormat.identify`."""
        return bool(_HEADER.match(head))

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """See :meth:`~.model.StatementFormat.parse`."""
        text = TextLines(stream)
        line = 0
        # a trailer that announces another statement: whether one comes is part of what there is to say
        told: _Statement | None = None
        current: _Statement | None = None
        try:
            for line, raw in text:
                if not raw.strip():
                    continue
                record = _record(line, raw)
                kind = record.text[0]
                if kind == "0":
                    if current is not None:
                        raise Invalid("record_unexpected", "A statement begins within another one", line=line)
                    if told is not None:
                        yield told.end(text.warnings())
                        told = None
                    current = _Statement(record)
                elif current is None:
                    raise Invalid("record_unexpected", "A record stands outside of a statement", raw[:2], line)
                else:
                    yield from current.take(record)
                    if kind == "9" and record.raw(128, 128) == "1":
                        current, told = None, current
                    elif kind == "9":
                        yield current.end(text.warnings())
                        current = None
            if current is not None or not line:
                raise FormatError("truncated", "The file ends before its last record 9", place="end of file")
            if told is not None:
                yield told.end((*text.warnings(), ("another_statement_announced", f"line {line}")))
        except Invalid as error:
            place = f"line {error.line or line}"
            raise FormatError(error.code, error.message, place=place, value=error.value) from None


def _record(line: int, raw: str) -> CodaRecord:
    raw = raw.rstrip()
    if len(raw) > LENGTH:
        raise Invalid("line_too_long", f"The record has more than {LENGTH} characters", line=line)
    return CodaRecord(line, raw.ljust(LENGTH))


class _Statement:
    """One account of the file, record by record."""

    def __init__(self, header: CodaRecord) -> None:
        self._header = header
        self._old: Balance | None = None
        self._new: Balance | None = None
        self._currency = _EURO
        #: how its account is written, and the account: IBAN, or number
        self._structure = ""
        self._account: tuple[str | None, str | None] = (None, None)
        self._records = 0
        self._position = 0
        self._credit = self._debit = Decimal(0)
        self._whole: Movement | None = None
        self._payments: list[Movement] = []
        self._parts: list[Movement] = []
        self._current: Movement | None = None
        self._messages: list[str] = []
        self._warnings: list[tuple[str, str]] = []

    def take(self, record: CodaRecord) -> Iterator[StatementEvent]:
        """Take one record; what is complete by it is told."""
        kind = record.text[0]
        if kind == "1" and self._old is None:
            self._records += 1
            yield self._start(record)
        elif self._old is None:
            raise Invalid("opening_missing", "The statement has no old balance (record 1)", line=record.line)
        elif kind == "2" and record.text[1] == "1" and self._new is None:
            self._records += 1
            movement = Movement(record)
            if movement.code[:1] in WHOLE:
                yield from self._finish()
                self._whole = movement
            else:
                self._within(movement)
            self._current = movement
        elif kind in "23" and self._current is not None and self._new is None:
            self._records += 1
            self._current.take(record)
        elif kind == "8" and self._new is None:
            self._records += 1
            yield from self._finish()
            new = Balance(
                code="CLBD", money=Money(amount=record.amount(42), currency=self._currency), date=record.day(58)
            )
            told = record.raw(5, 41)
            if told.strip() and own_account(self._structure, told, record.line)[:2] != self._account:
                if self._old is None or new.money.amount - self._old.money.amount != self._credit - self._debit:
                    raise Invalid(
                        "account_differs", "The new balance is of another account than the old one", told, record.line
                    )
                self._warnings.append(("closing_account_differs", f"line {record.line}"))
            self._new = new
        elif kind == "4":
            self._messages.append(record.raw(33, 112))
        elif kind == "9":
            yield from self._finish()
            self._check(record)
        else:
            raise Invalid("record_unexpected", "There is no such record here", record.text[:2], record.line)

    def end(self, notes: tuple[tuple[str, str], ...]) -> StatementEnd:
        """Close the statement, after its trailer."""
        return StatementEnd(
            balances=tuple(found for found in (self._old, self._new) if found is not None),
            additional_information=" ".join(" ".join(self._messages).split()) or None,
            warnings=(*notes, *self._warnings),
        )

    # -- header and trailer ------------------------------------------------------------------

    def _start(self, record: CodaRecord) -> StatementStart:
        header = self._header
        self._structure = record.raw(2, 2)
        number = own_account(self._structure, record.raw(6, 42), record.line)
        self._account = number[:2]
        self._currency = number.currency or _EURO
        self._old = Balance(
            code="OPBD", money=Money(amount=record.amount(43), currency=self._currency), date=record.day(59)
        )
        created = header.day(6)
        return StatementStart(
            format=Coda.code,
            account=Account(
                iban=number.iban,
                number=number.number,
                currency=self._currency,
                owner=record.word(65, 90) or None,
                bic=header.word(61, 71) or None,
            ),
            identification=header.word(25, 34) or None,
            electronic_sequence=record.word(126, 128) or None,
            legal_sequence=record.word(3, 5) or None,
            created_at=datetime.combine(created, time()) if created else None,
            copy_duplicate="DUPL" if header.raw(17, 17) == "D" else None,
            balances=(self._old,),
        )

    def _check(self, record: CodaRecord) -> None:
        """Compare what the trailer counts: a record that is missing must not go unseen."""
        for name, first, counted in (("debit", 23, self._debit), ("credit", 38, self._credit)):
            stated = record.sum(first)
            if stated != counted:
                raise Invalid(
                    "control_total",
                    f"The {name} total is {stated}, but the movements add up to {counted}",
                    line=record.line,
                )
        told = record.number(17, 22)
        if told != self._records:
            # both totals are right: where the balances agree as well, what is missing can be text at the most
            if (
                self._new is None
                or self._old is None
                or self._new.money.amount - self._old.money.amount != (self._credit - self._debit)
            ):
                raise Invalid(
                    "record_count",
                    f"The trailer counts {told} records, but there are {self._records}",
                    line=record.line,
                )
            self._warnings.append(("record_count_differs", f"line {record.line}"))

    # -- movements ---------------------------------------------------------------------------

    def _within(self, movement: Movement) -> None:
        kind, whole = movement.code[:1], self._whole
        if whole is None or movement.number[:4] != whole.number[:4]:
            raise Invalid(
                "record_unexpected", "A detail has no movement before it", movement.number, movement.first.line
            )
        if kind in PAYMENTS and PAYMENTS[kind] == whole.code[:1]:
            self._payments.append(movement)
            if len(self._payments) > _MOST_PAYMENTS:
                raise Invalid(
                    "entry_too_large", f"A booking has more than {_MOST_PAYMENTS} payments", line=movement.first.line
                )
        elif kind in PARTS and not self._payments and len(self._parts) < _MOST_PARTS:
            self._parts.append(movement)
        elif kind not in PARTS and kind not in PAYMENTS:
            raise Invalid("type_invalid", "This is not a transaction code", movement.code, movement.first.line)

    def _finish(self) -> Iterator[Entry]:
        whole = self._whole
        if whole is None:
            return
        self._position += 1
        if whole.amount < 0:
            self._debit -= whole.amount
        else:
            self._credit += whole.amount
        details = tuple(self._detail(movement) for movement in self._payments or [whole])
        first = whole.first
        value_date = first.day(48)
        booking_date = first.day(116) or value_date
        if booking_date is None:
            raise Invalid("date_missing", "The movement has no date", line=first.line)
        yield Entry(
            position=self._position,
            money=Money(amount=whole.amount, currency=self._currency),
            status="BOOK",
            booking_date=booking_date,
            value_date=value_date,
            account_servicer_reference=first.word(11, 31) or None,
            transaction_code=TransactionCode(proprietary=whole.code[1:], issuer="BBA"),
            additional_information=self._more(whole),
            details=details,
        )
        self._whole = self._current = None
        self._payments, self._parts = [], []

    def _more(self, whole: Movement) -> str | None:
        """Return what a collective booking says beside its payments, or what a simple one consists of."""
        if self._payments:
            return communication(whole.kind, whole.text).free
        texts = ("" if part.kind == "1" else " ".join(part.text.split()) for part in self._parts)
        told = [f"{text} {part.amount:f}".strip() for text, part in zip(texts, self._parts, strict=True)]
        return "; ".join(told) or None

    def _detail(self, movement: Movement) -> Detail:
        said = communication(movement.kind, movement.text)
        if said.is_wrong:
            self._warnings.append(("structured_reference_invalid", f"line {movement.first.line}"))
        return movement.detail(self._currency, said)
