"""One account of a BAI2 report: record 03 with its balances, and the bookings (16) below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import (
    INTERIM,
    STATEMENT,
    Account,
    Balance,
    Detail,
    Entry,
    Exchange,
    Money,
    References,
    Return,
    StatementEnd,
    StatementStart,
    Summary,
    TransactionCode,
)
from ..text_values import Invalid, is_iban, new_money, reference
from .records import Record, amount_of, cents, is_count, places, short_day
from .text import Told, read_text

_new_entry = draft(Entry)
_new_detail = draft(Detail)

_TYPE = re.compile(r"\d{3}", re.ASCII)
_BALANCES = {"010": "OPBD", "015": "CLBD", "040": "OPAV", "045": "CLAV", "060": "ITAV"}
_FUNDS = frozenset({"", "0", "1", "2", "S", "V", "D", "Z"})
CHEQUES = frozenset({"175", "395", "474", "475", "476", "477", "479"})
#: a longer number in the bank's reference is the bank's own
_CHEQUE_DIGITS = 10
#: of the codes of loans (700 to 799), those of bookings: what a payment paid, and what was lent
_LOAN_CREDITS = frozenset({"706", "708", *(str(code) for code in range(720, 729))})
_LOAN_DEBITS = frozenset({"760"})
_RETURNS = frozenset({"555", "557", "558", "559", "257", "258", "252", "255"})


class AccountReader:
    """One record 03 and what belongs to it."""

    def __init__(self, number: str, currency: str, record: Record, warn: Callable[[str], None]) -> None:
        self.number = number
        self._currency = currency
        self._warn = warn
        self._places = places(currency)
        self._position = 0
        #: algebraic sum of every amount, as the control total has it
        self.control = 0
        self.stated = 0
        self.in_pairs = False
        self._balances: list[Balance] = []
        self._credits: tuple[int | None, int] | None = None
        self._debits: tuple[int | None, int] | None = None
        self._has_current = False
        self._notes: list[str] = []
        self._day: date | None = None
        self._read_totals(record)

    def _money(self, number: int) -> Money:
        return new_money(amount=amount_of(number, self._places), currency=self._currency)

    def _read_totals(self, record: Record) -> None:
        lines = record.by_line()
        fields = [field for line in lines for field in line]
        groups = _groups(fields)
        if groups is None and (pairs := _pairs(fields)) is not None:
            groups = pairs
            self.in_pairs = True
            self._warn("amounts_in_pairs")
        if groups is None:
            groups = _groups_by_line(lines)
        if groups is None:
            raise Invalid("totals_invalid", "The amounts of the account cannot be read", ",".join(fields))
        for code, amount, count in groups:
            if not amount:
                continue
            number = cents(amount, signed=True)
            self.control += number
            if code in _BALANCES:
                self._balances.append(Balance(code=_BALANCES[code], money=self._money(number)))
            elif code == "030":
                self._balances.append(Balance(code="INFO", money=self._money(number)))
                self._has_current = True
            elif code == "100":
                self._credits = (int(count) if is_count(count) else None, number)
            elif code == "400":
                self._debits = (int(count) if is_count(count) else None, number)

    def start(self, interim: bool, day: date | None, identification: str) -> StatementStart:
        self._day = day
        codes = {balance.code for balance in self._balances}
        # the current balance and not the closing one: a day that goes on
        interim = interim or ("CLBD" not in codes and (self._has_current or "ITAV" in codes))
        if interim and not self.number:  # a newer report of the day could not replace it
            raise Invalid("account_missing", "The record names no account")
        iban = is_iban(self.number)
        self._balances = [Balance(code=balance.code, money=balance.money, date=day) for balance in self._balances]
        return StatementStart(
            format="bai2",
            account=Account(
                iban=self.number if iban else None,
                number=None if iban else self.number or None,
                currency=self._currency,
            ),
            identification=identification,
            from_date=day,
            to_date=day,
            balances=tuple(self._balances),
            purpose=INTERIM if interim else STATEMENT,
        )

    def entry(self, record: Record, day: date | None) -> Iterator[Entry]:
        code = record.take() or ""
        if not _TYPE.fullmatch(code):
            raise Invalid("type_invalid", "This is not a type code", code)
        text = record.take()
        if not text or (code == "890" and not text.strip("0")):  # a text for a person, no booking
            if code != "890":
                self._warn("transaction_without_amount")
            _funds(record)
            references = (record.take(), record.take())
            self._notes += [*(one for one in references if one), *record.rest()]
            return
        number = cents(text, signed=False)
        self.control += number
        value_date = _funds(record)
        bank, customer = record.take(), record.take()
        told = record.rest()
        if customer and not told and "  " in customer:
            # the Australian way leaves the references out
            told, customer = [" ".join(customer.split())], None
        self._position += 1
        negative = is_debit(code)
        said = read_text(told, negative)
        money = self._money(-number if negative and number else number)
        own, servicer = reference(customer), reference(bank)
        cheque = said.cheque_number or (_cheque(own, servicer) if code in CHEQUES else None)
        original, exchange = _settled(said, money)
        yield _new_entry(
            position=self._position,
            money=money,
            status="BOOK",
            booking_date=day,
            value_date=value_date,
            account_servicer_reference=servicer,
            is_reversal=code in _RETURNS,
            transaction_code=TransactionCode(proprietary=code, issuer="BAI"),
            original=original,
            exchange=exchange,
            details=(
                _new_detail(
                    money=money,
                    original=original,
                    exchange=exchange,
                    return_reason=Return(code=said.return_code) if said.return_code else None,
                    references=References(
                        end_to_end_id=said.end_to_end_id or (None if cheque else own or said.reference),
                        transaction_id=said.trace,
                        cheque_number=cheque,
                    ),
                    counterparty=said.party,
                    remittance=" ".join(told) or None,
                ),
            ),
        )

    def end(self, warnings: tuple[tuple[str, str], ...]) -> StatementEnd:
        summary = None
        if (self._credits or self._debits) and not self.in_pairs:
            credit, debit = self._credits, self._debits
            summary = Summary(
                credit_count=credit[0] if credit else None,
                credit_sum=amount_of(credit[1], self._places) if credit else None,
                debit_count=debit[0] if debit else None,
                debit_sum=amount_of(debit[1], self._places) if debit else None,
            )
        return StatementEnd(
            balances=tuple(self._balances),
            summary=summary,
            additional_information=" ".join(self._notes) or None,
            warnings=warnings,
        )


def _groups(fields: list[str]) -> list[tuple[str, str, str]] | None:
    """Read type, amount, item count and funds type, as the standard has them; None when they are not."""
    found: list[tuple[str, str, str]] = []
    at = 0
    while at < len(fields):
        code = fields[at]
        if not code:  # one comma too many at the end of a line, or an empty group
            at += 1
            continue
        if not _TYPE.fullmatch(code):
            return None
        amount, count, funds = (fields[index] if index < len(fields) else "" for index in (at + 1, at + 2, at + 3))
        funds = funds.upper()
        if funds not in _FUNDS or (count and not is_count(count)):
            return None
        at += 4
        if funds == "S":
            at += 3
        elif funds == "V":
            at += 2
        elif funds == "D":
            number = fields[at] if at < len(fields) else ""
            if not is_count(number) or len(number) > 3:
                return None
            at += 1 + 2 * int(number)
        found.append((code, amount, count))
    return found


def _groups_by_line(lines: list[list[str]]) -> list[tuple[str, str, str]] | None:
    """Read groups of which the last one of a line lacks its empty fields, as some banks leave them out."""
    found: list[tuple[str, str, str]] = []
    for line in lines:
        groups = _groups(line)
        if groups is None:
            return None
        found += groups
    return found


def _pairs(fields: list[str]) -> list[tuple[str, str, str]] | None:
    """Read type and amount alone, as the Australian way has them."""
    if len(fields) % 2 or not all(_TYPE.fullmatch(code) for code in fields[::2]):
        return None
    return [(code, amount, "") for code, amount in zip(fields[::2], fields[1::2], strict=True)]


def _funds(record: Record) -> date | None:
    """Read the funds type with what belongs to it.

    :return: the value date, if it is one
    """
    funds = (record.take() or "").upper()
    if funds not in _FUNDS:
        raise Invalid("funds_invalid", "There is no such funds type", funds)
    if funds == "S":
        for _ in range(3):
            record.take()
    elif funds == "V":
        day = record.take()
        record.take()
        return short_day(day) if day else None
    elif funds == "D":
        number = record.take() or ""
        if not is_count(number) or len(number) > 3:
            raise Invalid("funds_invalid", "The number of availability days is not valid", number)
        for _ in range(2 * int(number)):
            record.take()
    return None


def is_debit(code: str) -> bool:
    """Tell the direction, which the type code alone has."""
    number = int(code)
    if code in _LOAN_CREDITS:
        return False
    if code in _LOAN_DEBITS:
        return True
    if 100 <= number <= 399 or 920 <= number <= 959:
        return False
    if 400 <= number <= 699 or 960 <= number <= 999:
        return True
    raise Invalid("type_unknown", "This type code tells neither credit nor debit", code)


def _cheque(own: str | None, servicer: str | None) -> str | None:
    """Return the number of a cheque: the customer's reference, or the bank's where it is a number and the only one."""
    if own is not None or servicer is None:
        return own
    return servicer if servicer.isdigit() and len(servicer.lstrip("0")) <= _CHEQUE_DIGITS else None


def _settled(said: Told, money: Money) -> tuple[Money | None, Exchange | None]:
    """Return the amount in the currency in which it was settled, in the direction of the booking, and the rate."""
    if said.original is None or said.original[0] == money.currency:
        return None, None
    currency, amount = said.original
    original = Money(amount=amount.copy_negate() if money.amount < 0 and amount else amount, currency=currency)
    return original, Exchange(source_currency=currency, target_currency=money.currency, rate=said.rate)
