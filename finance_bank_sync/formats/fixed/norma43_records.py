"""Values of Norma 43: amounts in hundredths, currencies by number, two orders of a date, accounts without check digits.

Places are those of the booklet 43 of the Spanish banks (AEB, CECA), counted from 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ..account_numbers import spanish_iban
from ..model import NO_CURRENCY, Account
from ..text_values import Invalid, is_iban, short_date
from .record import Record

LENGTH = 80
#: ISO 4217: three digits of a currency, and its letters
_BY_NUMBER = {
    number: code
    for code, number in (
        pair.split(":")
        for pair in (
            "AED:784 ARS:032 AUD:036 BGN:975 BOB:068 BRL:986 CAD:124 CHF:756 CLP:152 CNY:156 COP:170 CRC:188 CUP:192"
            " CZK:203 DKK:208 DOP:214 DZD:012 EGP:818 ESP:724 EUR:978 FRF:250 DEM:276 GBP:826 GTQ:320 HKD:344 HNL:340"
            " HUF:348 IDR:360 ILS:376 INR:356 ISK:352 ITL:380 JPY:392 KRW:410 KWD:414 MAD:504 MXN:484 MYR:458 NIO:558"
            " NOK:578 NZD:554 PAB:590 PEN:604 PHP:608 PLN:985 PTE:620 PYG:600 QAR:634 RON:946 RSD:941 RUB:643 SAR:682"
            " SEK:752 SGD:702 THB:764 TND:788 TRY:949 TWD:901 UAH:980 USD:840 UYU:858 VES:928 VND:704 XAF:950 XOF:952"
            " ZAR:710"
        ).split()
    )
}
#: a period longer than this is none of a statement
_LONGEST_PERIOD = 400
_NO_DATE = frozenset({"", "000000"})
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}(?![A-Z0-9])", re.ASCII)


def sum_of(record: Record, first: int) -> Decimal:
    """Read fourteen digits, two of them decimals."""
    digits = record.text[first - 1 : first + 13]
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid("amount_invalid", "This is not a valid amount", digits, record.line)
    return _hundredths(digits)


def amount_of(record: Record, first: int, missing: str = "") -> Decimal:
    """Read the direction (1 debit, 2 credit) and the amount behind it.

    :param missing: the direction that is taken where a zero or a blank tells none
    """
    sign = record.text[first - 1]
    if missing and sign in "0 ":
        sign = missing
    if sign not in "12":
        raise Invalid("credit_debit_invalid", "The direction is neither 1 nor 2", sign, record.line)
    number = sum_of(record, first + 1)
    return number.copy_negate() if sign == "1" and number else number


@lru_cache(maxsize=8192)
def _hundredths(digits: str) -> Decimal:
    return Decimal(int(digits)).scaleb(-2)


def currency_of(text: str, line: int) -> str:
    """Read the number of a currency; where none is told, a person says it."""
    if not text.strip(" 0"):
        return NO_CURRENCY
    code = _BY_NUMBER.get(text)
    if code is None:
        raise Invalid("currency_invalid", "This is not the number of a currency", text, line)
    return code


Days = Callable[[str], date]


def day_first(text: str) -> date:
    """Read DDMMYY, which no booklet knows and some banks write."""
    return short_date(text[4:6] + text[2:4] + text[:2])


class Period(NamedTuple):
    """First and last day, and how the dates of the account are written."""

    first: date | None
    last: date | None
    read: Days = short_date


def period_of(record: Record) -> Period:
    """Read the period of the header: YYMMDD, unless that is no period and DDMMYY is one."""
    first, last = record.raw(21, 26), record.raw(27, 32)
    if first.strip() in _NO_DATE or last.strip() in _NO_DATE:
        found = [None if text.strip() in _NO_DATE else _day(short_date, text, record.line) for text in (first, last)]
        return Period(found[0], found[1])
    for read in (short_date, day_first):
        try:
            period = Period(read(first), read(last), read)
        except Invalid:
            continue
        if 0 <= (read(last) - read(first)).days <= _LONGEST_PERIOD:
            return period
    # neither is the period of a statement: what the booklet says is taken, where there are such days
    return Period(_day(short_date, first, record.line), _day(short_date, last, record.line))


def day_of(record: Record, first: int, read: Days) -> date | None:
    """Read a date of a booking; zeros are none."""
    text = record.raw(first, first + 5)
    return None if text.strip() in _NO_DATE else _day(read, text, record.line)


def _day(read: Days, text: str, line: int) -> date:
    try:
        return read(text)
    except Invalid as error:
        raise Invalid(error.code, error.message, text, line) from None


def account_of(record: Record, currency: str) -> Account:
    """Read the account of a header: bank, branch and number, which with their check digits are its IBAN.

    Zeros name no account: a person says which one it is.
    """
    number = record.raw(3, 20)
    is_told = bool(number.strip(" 0"))
    iban = spanish_iban(number) if is_told else None
    return Account(
        iban=iban,
        number=None if iban or not is_told else "".join(number.split()),
        currency=currency,
        owner=record.word(52, 77) or None,
    )


def other_iban(text: str, own: str | None) -> str | None:
    """Return the one IBAN with right check digits that a text has, besides the account's own."""
    found = {number for number in _IBAN.findall(text) if number != own and is_iban(number)}
    return found.pop() if len(found) == 1 else None
