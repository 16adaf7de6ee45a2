"""Norma 43, the statement files of Spanish banks (AEB, CECA; booklet 43 of 2012 and before).

Read here and not by a library: docs/decisions/0004.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import BinaryIO

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import (
    NO_CURRENCY,
    NO_REFERENCES,
    Balance,
    Detail,
    Entry,
    Exchange,
    FormatError,
    Money,
    Party,
    References,
    Return,
    StatementEnd,
    StatementEvent,
    StatementStart,
    Summary,
    TransactionCode,
)
from ..text_values import Invalid, new_money
from .file import FixedRecords
from .norma43_records import (
    LENGTH,
    account_of,
    amount_of,
    currency_of,
    day_first,
    day_of,
    other_iban,
    period_of,
    sum_of,
)
from .norma43_sepa import Sepa, read_sepa
from .record import Record

_HEADER = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:00[0-9]{10} {0,68}[\r\n]*)?11[0-9]{18}[0-9 ]{12}[0-9 ][0-9 ]{14}[0-9 ]{3}[0-9 ]"
)
#: record 23 comes five times at the most; a bank may forget to count
_MOST_TEXTS = 20
#: common concept 14: returned and unpaid items
_RETURNED = "14"
_CHEQUE = "01"
#: document number and two references
_REFERENCE_PLACES = ((43, 52), (53, 64), (65, 80))
_new_entry, _new_detail = draft(Entry), draft(Detail)


class Norma43:
    """Header of an account (11), movements (22) with texts (23) and amounts (24), its end (33); 88 ends the file."""

    code = "norma43"
    name = "Norma 43"

    def identify(self, head: bytes, filename: str) -> bool:
        """See :meth:`~.model.StatementFormat.identify`."""
        return bool(_HEADER.match(head))

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """See :meth:`~.model.StatementFormat.parse`."""
        records = FixedRecords(stream, LENGTH)
        try:
            yield from _read(records)
        except Invalid as error:
            raise records.refusal(error) from None


def _read(records: FixedRecords) -> Iterator[StatementEvent]:
    counted = accounts = 0
    # an account is told when what follows it is known: the count of all records is the last thing of a file
    told: _Statement | None = None
    current: _Statement | None = None
    for record in records:
        kind = record.text[:2]
        if kind != "00":
            counted += 1
        if current is not None:
            yield from current.take(record)
            if current.is_complete:
                current, told = None, current
        elif kind == "11":
            if told is not None:
                yield told.end(records.warnings())
            current, told = _Statement(record, records.unit), None
            accounts += 1
            yield current.start()
        elif kind == "88" and told is not None:
            told.check_count(record, counted - 1)
            yield told.end(records.warnings())
            told, counted = None, 0
        elif kind != "00" or told is not None:
            raise Invalid("record_unexpected", "There is no such record here", kind)
    if current is not None or not accounts:
        raise FormatError("truncated", "The file ends before record 33 of its last account", place="end of file")
    if told is not None:
        told.warn("trailer_missing", records.number)
        yield told.end(records.warnings())


class _Statement:
    """One account of the file, record by record."""

    def __init__(self, header: Record, unit: str) -> None:
        self._header, self._unit = header, unit
        self._currency = currency_of(header.raw(48, 50), header.line)
        self._period = period_of(header)
        self._account = account_of(header, self._currency)
        self._balances: tuple[Balance, ...] = (self._balance("OPBD", amount_of(header, 33)),)
        self._warnings: list[tuple[str, str]] = []
        self._position = 0
        # amounts and numbers of debits and of credits
        self._sums, self._counts = [Decimal(0), Decimal(0)], [0, 0]
        self._movement: Record | None = None
        self._texts: list[str] = []
        self._original: Money | None = None
        self._summary: Summary | None = None
        self.is_complete = False
        if self._currency == NO_CURRENCY:
            self.warn("currency_untold", header.line)
        if self._period.read is day_first:
            self.warn("dates_day_first", header.line)

    def warn(self, code: str, line: int) -> None:
        """Tell a lenient reading."""
        self._warnings.append((code, f"{self._unit} {line}"))

    def start(self) -> StatementStart:
        """Return what the header says."""
        return StatementStart(
            format=Norma43.code,
            account=self._account,
            from_date=self._period.first,
            to_date=self._period.last,
            balances=self._balances,
        )

    def end(self, notes: tuple[tuple[str, str], ...]) -> StatementEnd:
        """Close the statement."""
        return StatementEnd(balances=self._balances, summary=self._summary, warnings=(*notes, *self._warnings))

    def take(self, record: Record) -> Iterator[Entry]:
        """Take one record; what is complete by it is told."""
        kind = record.text[:2]
        if kind == "22":
            yield from self._finish()
            self._movement = record
        elif kind == "23" and self._movement is not None and len(self._texts) < _MOST_TEXTS:
            self._texts.append(record.text[2:80])
        elif kind == "24" and self._movement is not None and self._original is None:
            self._take_original(record)
        elif kind == "33":
            yield from self._finish()
            self._check(record)
            self.is_complete = True
        else:
            known = kind in ("00", "11", "23", "24", "88")
            raise Invalid(
                "record_unexpected" if known else "record_unknown", "There is no such record within an account", kind
            )

    def check_count(self, record: Record, counted: int) -> None:
        """Compare the number of records; everything that has an amount was compared account by account."""
        if record.number(21, 26) != counted:
            self.warn("record_count_differs", record.line)

    # -- end of the account ------------------------------------------------------------------

    def _balance(self, code: str, amount: Decimal) -> Balance:
        day = self._period.first if code == "OPBD" else self._period.last
        return Balance(code=code, money=Money(amount=amount, currency=self._currency), date=day)

    def _check(self, record: Record) -> None:
        """Take what record 33 adds up and counts: a movement that is missing must not go unseen."""
        if record.raw(3, 20) != self._header.raw(3, 20):
            raise Invalid("account_differs", "The account ends as another one than it began", record.raw(3, 20))
        currency = currency_of(record.raw(74, 76), record.line)
        if currency not in (self._currency, NO_CURRENCY):
            raise Invalid("currency_differs", "The account ends in another currency than it began", currency)
        sums = (sum_of(record, 26), sum_of(record, 45))
        counts = (record.number(21, 25), record.number(40, 44))
        closing = amount_of(record, 59, "2")
        if record.raw(59, 59) not in "12" and closing:
            self.warn("balance_without_sign", record.line)
        # five digits: the hundred thousandth movement begins anew
        differs = [told != counted % 100_000 for told, counted in zip(counts, self._counts, strict=True)]
        agrees = sums == tuple(self._sums) and self._balances[0].money.amount + sums[1] - sums[0] == closing
        if any(differs) and agrees:
            self.warn("record_count_differs", record.line)
        # what all amounts contradict is no count of movements
        told = [
            None if agrees and count != counted else count for count, counted in zip(counts, self._counts, strict=True)
        ]
        self._summary = Summary(debit_count=told[0], debit_sum=sums[0], credit_count=told[1], credit_sum=sums[1])
        self._balances = (*self._balances, self._balance("CLBD", closing))

    # -- movements ---------------------------------------------------------------------------

    def _take_original(self, record: Record) -> None:
        currency = currency_of(record.raw(5, 7), record.line)
        amount = sum_of(record, 8)
        if currency not in (self._currency, NO_CURRENCY) and amount:
            self._original = Money(amount=amount, currency=currency)

    def _finish(self) -> Iterator[Entry]:
        record = self._movement
        if record is None:
            return
        amount = amount_of(record, 28)
        side = 0 if record.text[27] == "1" else 1
        self._sums[side] += abs(amount)
        self._counts[side] += 1
        self._position += 1
        value_date = day_of(record, 17, self._period.read)
        booking_date = day_of(record, 11, self._period.read) or value_date
        if booking_date is None:
            raise Invalid("date_missing", "The movement has no date", line=record.line)
        money = new_money(amount=amount, currency=self._currency)
        yield _new_entry(
            position=self._position,
            money=money,
            status="BOOK",
            booking_date=booking_date,
            value_date=value_date,
            transaction_code=TransactionCode(proprietary=record.raw(23, 27).strip() or None, issuer="AEB"),
            details=(self._detail(record, money),),
        )
        self._movement, self._texts, self._original = None, [], None

    def _detail(self, record: Record, money: Money) -> Detail:
        common = record.raw(23, 24)
        texts = self._texts
        if len(texts) > 1 and (sepa := read_sepa(common, texts, negative=money.amount < 0)) is not None:
            return self._sepa_detail(record, money, sepa)
        # (most movements have one record of text)
        text = " ".join((texts[0][2:] if len(texts) == 1 else "".join([text[2:] for text in texts])).split())
        document, *references = (record.word(*place) for place in _REFERENCE_PLACES)
        party = other_iban(text, self._account.iban)
        original = self._signed_original(money)
        return _new_detail(
            money=money,
            original=original,
            exchange=Exchange(source_currency=original.currency, target_currency=money.currency) if original else None,
            references=_references(common, document, references),
            counterparty=Party(iban=party) if party else None,
            remittance=_with_references(text, references),
            return_reason=Return(code=_RETURNED, text="Devoluciones e impagados") if common == _RETURNED else None,
        )

    def _sepa_detail(self, record: Record, money: Money, sepa: Sepa) -> Detail:
        document, *references = (record.word(*place) for place in _REFERENCE_PLACES)
        told = _references(record.raw(23, 24), document, references)
        iban = other_iban(sepa.remittance, self._account.iban)
        original = self._signed_original(money)
        return _new_detail(
            money=money,
            original=original,
            exchange=Exchange(source_currency=original.currency, target_currency=money.currency) if original else None,
            references=replace(told, end_to_end_id=sepa.end_to_end_id, mandate_id=sepa.mandate_id),
            counterparty=replace(sepa.party, iban=iban) if iban else sepa.party,
            remittance=_with_references(sepa.remittance, references),
            additional_information=sepa.more,
            purpose=sepa.purpose,
        )

    def _signed_original(self, money: Money) -> Money | None:
        original = self._original
        if original is not None and money.amount < 0:
            return Money(amount=-original.amount, currency=original.currency)
        return original


def _with_references(text: str, references: list[str]) -> str | None:
    """Return the text and what stands beside it: often the number of an invoice, which is looked for in the text."""
    said = [text, *(one for one in references if one.strip("0") and one not in text)]
    return " ".join(one for one in said if one) or None


def _references(common: str, document: str, references: list[str]) -> References:
    names = zip(("DOCUMENT", "REFERENCE1", "REFERENCE2"), (document, *references), strict=True)
    told = tuple((name, text) for name, text in names if text.strip("0"))
    if not told:
        return NO_REFERENCES
    cheque = document.lstrip("0") if common == _CHEQUE else ""
    return References(cheque_number=cheque or None, proprietary=told)
