"""Records of CODA: lines of 128 characters whose fields stand at fixed places.

Places are those of Febelfin's "Coded statement of account (CODA)", version 2.6, counted from 1.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..text_values import Invalid, compact, currency_code, is_iban, reference, short_date
from .record import Record

LENGTH = 128
#: amounts are written in thousandths
_DECIMALS = 3
_RATE_DECIMALS = 8
_EXCHANGED = re.compile(r"[0-9]{15}([0-9]{15})([0-9]{12})([A-Z]{3})([0-9 ]{0,12})(.*)", re.DOTALL)
_NO_DATE = frozenset({"", "000000"})
#: what a transaction code says first (section 3): who made the total, or what it is a detail of
SIMPLE = "0"
BY_CUSTOMER, BY_BANK = "1", "2"
WITH_PARTS = "3"
#: payments of a collective booking; their own parts, and those of a simple amount, are no payments
PAYMENTS = {"5": BY_CUSTOMER, "6": BY_BANK, "7": BY_BANK}
PARTS = frozenset({"8", "9"})
WHOLE = frozenset({SIMPLE, BY_CUSTOMER, BY_BANK, WITH_PARTS})


class CodaRecord(Record):
    """One line of CODA, with the kinds of fields that it has."""

    __slots__ = ()

    def amount(self, first: int) -> Decimal:
        """Read a sign (0 credit, 1 debit) and the fifteen digits that follow it."""
        sign, digits = self.text[first - 1], self.text[first : first + 15]
        if sign not in "01":
            raise Invalid("credit_debit_invalid", "The sign is neither 0 nor 1", sign, self.line)
        number = self.sum(first + 1)
        return number.copy_negate() if sign == "1" and digits.strip("0") else number

    def sum(self, first: int) -> Decimal:
        """Read fifteen digits, three of them decimals; the third is left out where it says nothing."""
        digits = self.text[first - 1 : first + 14]
        if not (digits.isascii() and digits.isdigit()):
            raise Invalid("amount_invalid", "This is not a valid amount", digits, self.line)
        return _thousandths(digits)

    def day(self, first: int) -> date | None:
        """Read DDMMYY; six zeros are no date."""
        text = self.word(first, first + 5)
        if text in _NO_DATE:
            return None
        try:
            return short_date(text[4:6] + text[2:4] + text[:2])
        except Invalid as error:
            raise Invalid(error.code, error.message, text, self.line) from None


class Number(NamedTuple):
    """An account as a record names it."""

    iban: str | None
    number: str | None
    currency: str | None


def own_account(structure: str, text: str, line: int) -> Number:
    """Read the account of a balance record.

    :param structure: 0 a Belgian number of the time before the IBAN, 1 a foreign one, 2 and 3 an IBAN
    :param text: the 37 characters of the account and its currency
    """
    if structure not in "0123":
        raise Invalid("account_invalid", "There is no such structure of an account number", structure, line)
    number = compact(text[:12] if structure == "0" else text[:31] if structure == "2" else text[:34])
    currency = text[13:16] if structure == "0" else text[34:37]
    if not number:
        raise Invalid("account_missing", "The balance names no account", "", line)
    iban = number if is_iban(number) else belgian_iban(number) if structure == "0" else None
    return Number(iban, None if iban else number, currency_code(currency) if currency.strip() else None)


def belgian_iban(number: str) -> str | None:
    """Return the IBAN of a Belgian account number with right check digits: they are one and the same account."""
    if len(number) != 12 or not (number.isascii() and number.isdigit()):
        return None
    if (int(number[:10]) % 97 or 97) != int(number[10:]):
        return None
    # letters of BE are 11 and 14 (ISO 13616)
    return f"BE{98 - int(f'{number}111400') % 97:02d}{number}"


def other_account(text: str) -> Number:
    """Read the account of the other side: 34 characters, then its currency; zeros are none."""
    number = compact(text[:34])
    if not number.strip("0"):
        return Number(None, None, None)
    iban = number if is_iban(number) else belgian_iban(number)
    return Number(iban, None if iban else number, None)


def structured(digits: str) -> str | None:
    """Return a Belgian structured communication (101, 102) when its check digits are right."""
    if len(digits) != 12 or not (digits.isascii() and digits.isdigit()):
        return None
    return digits if (int(digits[:10]) % 97 or 97) == int(digits[10:]) else None


class Communication(NamedTuple):
    """What a movement says, taken apart."""

    free: str | None = None
    structured: str | None = None
    mandate: str | None = None
    creditor: str | None = None
    reason: str | None = None
    #: whether a structured communication has wrong check digits
    is_wrong: bool = False
    #: amount in the currency that was exchanged, that currency, and the rate
    original: tuple[Decimal, str, Decimal] | None = None


def communication(kind: str, text: str) -> Communication:
    """Read a communication.

    :param kind: 0 free, 1 structured: then three digits say how (enclosure II)
    """
    if kind != "1":
        return Communication(free=_words(text))
    code, content = text[:3], text[3:]
    if code in ("101", "102"):
        digits = content[:12].strip()
        known = structured(digits)
        return Communication(structured=known, free=None if known else digits or None, is_wrong=not known)
    if code == "100":
        return Communication(structured=compact(content[:35]) or None)
    if code == "105" and (match := _EXCHANGED.fullmatch(content)) is not None:
        # amount in the account's currency, the same in the other one, rate with eight decimals, communication
        digits = match[4].strip()
        return Communication(
            structured=structured(digits),
            free=_words(f"{'' if structured(digits) else digits} {match[5]}"),
            original=(_thousandths(match[1]), match[3], Decimal(match[2]).scaleb(-_RATE_DECIMALS)),
        )
    if code == "127":
        # settlement date 6, kind 1, scheme 1, state 1, creditor 35, mandate 35, text 62, R-transaction 1, reason 4
        return Communication(
            free=_words(content[79:141]),
            creditor=reference(content[9:44]) or None,
            mandate=reference(content[44:79]) or None,
            reason=content[142:146].strip() or None if content[141:142].strip("0 ") else None,
        )
    return Communication(free=_words(content))


def _thousandths(digits: str) -> Decimal:
    number = Decimal(int(digits)).scaleb(-_DECIMALS)
    return number.quantize(Decimal("0.01")) if digits[-1] == "0" else number


def _words(text: str) -> str | None:
    return " ".join(text.split()) or None
