"""One bank or card statement of an OFX file: its account, transactions and balances."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import (
    NO_CURRENCY,
    Account,
    Balance,
    Detail,
    Entry,
    Exchange,
    Party,
    Question,
    References,
    StatementEnd,
    StatementEvent,
    StatementStart,
    TransactionCode,
)
from ..text_values import Invalid, compact, currency_code, is_iban, new_money, reference
from .days import Days
from .doubts import Doubts
from .signs import Signs

_new_entry = draft(Entry)
_new_detail = draft(Detail)
_new_party = draft(Party)
_new_references = draft(References)

_PERIOD = "period_unreadable"


class Statement:
    """One ``STMTRS`` or ``CCSTMTRS``."""

    def __init__(self, number: int, doubts: Doubts, days: Days, signs: Signs) -> None:
        self.position = 0
        self._signs = signs
        self._doubts = doubts
        self._days = days
        self._number = number
        self._started = False
        self._values: dict[str, str] = {}
        self._balances: list[Balance] = []
        self._seen: set[str] = set()
        self._warnings: dict[str, int] = {}

    def once(self, name: str) -> None:
        if name in self._seen:
            raise Invalid("element_repeated", f"{name} stands there twice")
        self._seen.add(name)

    def value(self, parent: str, name: str, text: str) -> None:
        """Take a text of the header or a balance."""
        self._values[f"{parent}/{name}"] = text

    def _text(self, *paths: str) -> str | None:
        for path in paths:
            if self._values.get(path):
                return self._values[path]
        return None

    @property
    def _currency(self) -> str:
        """The one of the statement; small banks leave it out, and nothing else in the file tells it."""
        text = self._text("STMTRS/CURDEF", "CCSTMTRS/CURDEF")
        if text is None:
            return NO_CURRENCY
        try:
            return currency_code(text.upper())
        except Invalid:  # a sign or a number in its place: a person says which one it is
            if "CURDEF" not in self._seen:
                self._seen.add("CURDEF")
                self.warn("currency_unreadable")
            return NO_CURRENCY

    def balance(self, name: str) -> None:
        amount = self._values.pop(f"{name}/BALAMT", None)
        day = self._values.pop(f"{name}/DTASOF", None)
        if amount is None:
            self.warn("balance_empty")
            return
        currency = self._currency
        number = self._doubts.number(amount, (self._number, -len(self._balances)), currency)
        self._balances.append(
            Balance(
                code="CLBD" if name == "LEDGERBAL" else "CLAV",
                money=new_money(amount=number, currency=currency),
                date=self._told(day, "balance_date_unreadable"),
            )
        )

    def warn(self, code: str) -> None:
        """Count a lenient reading."""
        self._warnings[code] = self._warnings.get(code, 0) + 1

    def _start(self) -> Iterator[StatementEvent]:
        if self._started:
            return
        self._started = True
        # some programs leave it out or empty: a person says then whose statement it is, as for QIF
        number = compact(self._text("BANKACCTFROM/ACCTID", "CCACCTFROM/ACCTID") or "")
        iban = is_iban(number)
        self._account = Account(
            iban=number if iban else None,
            number=number if number and not iban else None,
            currency=None if self._currency == NO_CURRENCY else self._currency,
        )
        begin, end = self._text("BANKTRANLIST/DTSTART"), self._text("BANKTRANLIST/DTEND")
        first, last = self._told(begin, _PERIOD), self._told(end, _PERIOD)
        self._days.period = (first, last) if first and last else None
        yield StatementStart(format="ofx", account=self._account, from_date=first, to_date=last)

    def _told(self, text: str | None, warning: str) -> date | None:
        """Read a date by which nothing is booked (of the period, of a balance): a misspelling refuses no statement."""
        try:
            return self._days.read(text, self._doubts.line) if text else None
        except (Invalid, Question):
            self.warn(warning)
            return None

    def entry(self, values: dict[str, str], *, pending: bool) -> Iterator[StatementEvent]:
        """Give the transaction whose texts were collected."""
        yield from self._start()
        get = values.get
        text = get("TRNAMT")
        if text is None:
            raise Invalid("amount_missing", "The transaction has no amount (TRNAMT)")
        posted = get("DTPOSTED") or (get("DTTRAN") if pending else None)
        if (posted is None or not posted.strip("0")) and "DTUSER" in values:
            # the day on which it was made, where the bank leaves out the one on which it was booked
            posted = get("DTUSER")
            self.warn("booking_date_missing")
        if posted is None:
            raise Invalid("date_missing", "The transaction has no date (DTPOSTED)")
        currency = self._account.currency or NO_CURRENCY
        if "CURRENCY/CURSYM" in values:  # the amount is in this currency, not in the account's
            currency = currency_code(values["CURRENCY/CURSYM"].upper())
        status = "PDNG" if pending else "BOOK"
        kind = get("TRNTYPE")
        if kind == "DEBIT" and (text[:1] != "-" or self._signs.are_debits_open) or kind == "CREDIT" and text[:1] == "-":
            text, is_by_type = self._signs.told(kind, text, self._doubts.line)
            if is_by_type:
                self.warn("direction_by_type")
        if not text.strip(".,+- ()"):
            # a note in the place of a transaction (the balance of a day): there is nothing to book
            text, status = "0", "INFO"
            self.warn("transaction_without_amount")
        money = new_money(
            amount=self._doubts.number(text, (self._number, self.position + 1), currency), currency=currency
        )
        if "CORRECTFITID" in values:
            # it replaces or deletes what was booked before, also where it names itself and only the amount has changed:
            # a person has to decide
            status = "INFO"
            self.warn("correction_not_booked")
        exchange = None
        if "ORIGCURRENCY/CURSYM" in values:
            rate = get("ORIGCURRENCY/CURRATE")
            exchange = Exchange(
                source_currency=currency_code(values["ORIGCURRENCY/CURSYM"].upper()),
                target_currency=currency,
                rate=_rate(rate) if rate else None,
            )
        day = self._days.read(posted, self._doubts.line)
        available = self._days.read(values["DTAVAIL"], self._doubts.line) if "DTAVAIL" in values else None
        self.position += 1
        cheque, memo = get("CHECKNUM"), get("MEMO")
        yield _new_entry(
            position=self.position,
            money=money,
            status=status,
            booking_date=day,
            value_date=available,
            account_servicer_reference=reference(get("FITID")),
            transaction_code=TransactionCode(proprietary=kind, issuer="OFX") if kind else None,
            exchange=exchange,
            details=(
                _new_detail(
                    money=money,
                    exchange=exchange,
                    references=_new_references(
                        cheque_number=_number(cheque) if cheque else None, transaction_id=reference(get("REFNUM"))
                    ),
                    counterparty=_party(values),
                    remittance=_clean(memo) if memo != "." else None,
                ),
            ),
        )

    def close(self, notes: tuple[tuple[str, str], ...]) -> Iterator[StatementEvent]:
        yield from self._start()
        if not (self._account.iban or self._account.number or self.position or self._balances):
            raise Invalid("account_missing", "The statement names no account (ACCTID), and says nothing")
        warnings = [(code, f"statement {self._number}, {count} times") for code, count in self._warnings.items()]
        yield StatementEnd(balances=tuple(self._balances), warnings=(*warnings, *notes))


def _party(values: dict[str, str]) -> Party | None:
    name = _clean(values.get("EXTDNAME") or values.get("PAYEE/NAME") or values.get("NAME") or values.get("PAYEE"))
    number = compact(values.get("BANKACCTTO/ACCTID") or values.get("CCACCTTO/ACCTID") or "")
    if not name and not number:
        return None
    iban = is_iban(number)
    return _new_party(name=name, iban=number if iban else None, account_number=number if number and not iban else None)


def _number(text: str) -> str | None:
    """Return the number of a cheque; zeros are none."""
    return reference(text) if text.strip("0 ") else None


def _clean(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


def _rate(text: str) -> Decimal | None:
    """Read a rate, which is only shown."""
    match = re.fullmatch(r"([0-9]{1,12})(?:[.,]([0-9]{1,12}))?", text.strip(), re.ASCII)
    return Decimal(f"{match[1]}.{match[2] or '0'}") if match else None
