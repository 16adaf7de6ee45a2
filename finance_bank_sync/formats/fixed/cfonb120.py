"""CFONB 120, the statement files of French banks (relevé de compte, records of 120 characters).

Read here and not by a library: docs/decisions/0004.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import (
    NO_CURRENCY,
    Balance,
    Entry,
    FormatError,
    Money,
    StatementEnd,
    StatementEvent,
    StatementStart,
)
from ..text_values import Invalid, new_money
from .cfonb_operation import Operation
from .cfonb_records import LENGTH, account_number, account_of, amount_of, currency_of, day_of, transaction_code
from .file import FixedRecords
from .record import Record

_HEADER = re.compile(
    rb"(?:\xef\xbb\xbf|[\r\n])*01[0-9A-Z]{5}[ 0-9]{4}[0-9]{5}[A-Z ]{3}[0-9 ].[A-Z0-9 ]{11}..[0-9 ]{6} "
)
#: digits of the bank at the begin of an account
_BANK = 5
_WITHIN = ("04", "05", "07")
_new_entry = draft(Entry)


class Cfonb120:
    """Old balance (01), operations (04) with what is said of them (05), new balance (07); then the next statement."""

    code = "cfonb120"
    name = "CFONB 120"

    def identify(self, head: bytes, filename: str) -> bool:
        """See :meth:`~.model.StatementFormat.identify`."""
        return bool(_HEADER.match(head))

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """See :meth:`~.model.StatementFormat.parse`."""
        records = FixedRecords(stream, LENGTH)
        current: _Statement | None = None
        opening: Record | None = None
        try:
            for record in records:
                kind = record.text[:2]
                if opening is not None:
                    current, opening = _Statement(opening, record, records.unit), None
                    yield current.start()
                if current is not None:
                    yield from current.take(record)
                    if kind == "07":
                        yield current.end(records.warnings())
                        current = None
                elif kind == "01":
                    opening = record
                else:
                    raise Invalid("record_unexpected", "A record stands outside of a statement", kind)
        except Invalid as error:
            raise records.refusal(error) from None
        if current is not None or opening is not None or not records.number:
            raise FormatError("truncated", "The file ends before the new balance (07)", place="end of file")


class _Statement:
    """From an old balance to a new one."""

    def __init__(self, first: Record, second: Record, unit: str) -> None:
        """Begin with the old balance; where it tells no currency and no decimals, the record behind it does."""
        self._currency = currency_of(first)
        self._decimals = first.raw(20, 20)
        if self._currency == NO_CURRENCY and second.text[:2] == "04":
            self._currency = currency_of(second)
            self._decimals = self._decimals.strip() or second.raw(20, 20)
        self._account = account_of(first, self._currency)
        self._number = account_number(first)
        self._is_bank_told = False
        self._balances: tuple[Balance, ...] = (self._balance("OPBD", first),)
        self._position = 0
        self._operation: Operation | None = None
        self._unit = unit
        self._warnings = [("currency_untold", f"{unit} {first.line}")] if self._currency == NO_CURRENCY else []

    def start(self) -> StatementStart:
        """Return what the old balance says."""
        return StatementStart(format=Cfonb120.code, account=self._account, balances=self._balances)

    def end(self, notes: tuple[tuple[str, str], ...]) -> StatementEnd:
        """Close the statement."""
        return StatementEnd(balances=self._balances, warnings=(*notes, *self._warnings))

    def take(self, record: Record) -> Iterator[Entry]:
        """Take one record; what is complete by it is told."""
        kind = record.text[:2]
        if kind not in _WITHIN:
            code = "record_unexpected" if kind == "01" else "record_unknown"
            raise Invalid(code, "There is no such record within a statement", kind)
        if (number := account_number(record)) != self._number:
            self._differs(record, number)
        if kind == "05" and self._operation is None:
            raise Invalid("record_unexpected", "A text stands before its operation", kind)
        if kind == "05" and self._operation is not None:
            self._operation.take(record)
            return
        currency = currency_of(record)
        if currency not in (self._currency, NO_CURRENCY):
            raise Invalid("currency_differs", "The record is in another currency than its account", currency)
        yield from self._finish()
        if kind == "04":
            self._operation = Operation(record)
        else:
            self._balances = (*self._balances, self._balance("CLBD", record))

    def _differs(self, record: Record, number: str) -> None:
        """Take a record of another bank: branch and number tell the account, and the balances what belongs to it."""
        if number[_BANK:] != self._number[_BANK:]:
            raise Invalid("account_differs", "The record is of another account", record.raw(22, 32))
        if not self._is_bank_told:
            self._is_bank_told = True
            self._warnings.append(("bank_code_differs", f"{self._unit} {record.line}"))

    def _balance(self, code: str, record: Record) -> Balance:
        amount = amount_of(record, self._decimals)
        return Balance(code=code, money=Money(amount=amount, currency=self._currency), date=day_of(record, 35))

    def _finish(self) -> Iterator[Entry]:
        operation, self._operation = self._operation, None
        if operation is None:
            return
        self._position += 1
        value_date = day_of(operation.record, 43)
        booking_date = day_of(operation.record, 35) or value_date
        if booking_date is None:
            raise Invalid("date_missing", "The operation has no date", line=operation.record.line)
        money = new_money(amount=operation.amount, currency=self._currency)
        yield _new_entry(
            position=self._position,
            money=money,
            status="BOOK",
            booking_date=booking_date,
            value_date=value_date,
            transaction_code=transaction_code(operation.interbank, operation.own),
            details=(operation.detail(money),),
        )
