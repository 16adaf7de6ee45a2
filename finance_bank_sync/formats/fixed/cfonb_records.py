"""Values of CFONB 120: amounts whose last digit has the sign, accounts without their key.

Places are those of the booklet "Relevé de compte sur support informatique" (CFONB, 2004), counted from 1.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from ..account_numbers import french_iban
from ..model import NO_CURRENCY, Account, TransactionCode
from ..text_values import MOST_DECIMALS, Invalid, currency_code, short_date
from .record import Record

LENGTH = 120
#: the last digit of an amount and its sign; accented letters stand in the place of braces in the French ISO 646
_LAST = {
    **{char: (str(digit), False) for digit, char in enumerate("{ABCDEFGHI")},
    **{char: (str(digit), True) for digit, char in enumerate("}JKLMNOPQR")},
    # some programs leave the sign of a credit out
    **{char: (char, False) for char in "0123456789"},
    "é": ("0", False),
    "è": ("0", True),
}
#: currencies whose accounts of this format are kept outside of France, by other numbers
_ELSEWHERE = frozenset({"MAD", "TND", "DZD", "XOF", "XAF", "MGA", "KMF", "DJF", "MRU", "MUR", "HTG", "GNF"})
_NO_DATE = frozenset({"", "000000"})
_RETURNS = frozenset({"03", "10", "12", "26", "27", "33", "38", "98", "A3", "A4", "B3", "B4", "C3", "C5"})
#: interbank codes of operations that have one meaning in ISO 20022
_ISO = {
    "A1": ("PMNT", "IDDT", "ESDD"), "A2": ("PMNT", "IDDT", "BBDD"), "B1": ("PMNT", "RDDT", "ESDD"),
    "B2": ("PMNT", "RDDT", "BBDD"), "29": ("PMNT", "CCRD", "CWDL"), "28": ("PMNT", "CCRD", "POSD"),
}  # fmt: skip


@lru_cache(maxsize=8192)
def signed_amount(text: str, decimals: str) -> Decimal:
    """Read digits of which the last one has the sign in it."""
    places = "0" if decimals == " " else decimals
    last = _LAST.get(text[-1])
    digits = text[:-1]
    if last is None or not (digits.isascii() and digits.isdigit()):
        raise Invalid("amount_invalid", "This is not a valid amount", text)
    if not (places.isascii() and places.isdigit()) or int(places) > MOST_DECIMALS:
        raise Invalid("amount_precision", f"The number of decimals is none from 0 to {MOST_DECIMALS}", decimals)
    number = Decimal(int(digits + last[0])).scaleb(-int(places))
    return number.copy_negate() if last[1] and number else number


def amount_of(record: Record, decimals: str = " ") -> Decimal:
    """Read the amount of a record; positive is a credit.

    :param decimals: how many there are where the record does not tell it
    """
    try:
        return signed_amount(record.text[90:104], record.text[19] if record.text[19] != " " else decimals)
    except Invalid as error:
        raise Invalid(error.code, error.message, error.value, record.line) from None


def unsigned(text: str, decimals: str) -> Decimal | None:
    """Read an amount that only says more, or a rate; what is none is left out."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and decimals.isascii() and decimals.isdigit()):
        return None
    return Decimal(int(digits)).scaleb(-int(decimals))


def currency_of(record: Record) -> str:
    """Read the currency; where none is told, a person says it."""
    text = record.raw(17, 19)
    if not text.strip():
        return NO_CURRENCY
    try:
        return currency_code(text)
    except Invalid as error:
        raise Invalid(error.code, error.message, text, record.line) from None


def day_of(record: Record, first: int) -> date | None:
    """Read DDMMYY; zeros and blanks are no date."""
    text = record.raw(first, first + 5)
    if text.strip() in _NO_DATE:
        return None
    try:
        return short_date(text[4:6] + text[2:4] + text[:2])
    except Invalid as error:
        raise Invalid(error.code, error.message, text, record.line) from None


def account_number(record: Record) -> str:
    """Return bank, branch and account as they stand in every record."""
    return record.text[2:7] + record.text[11:16] + record.text[21:32]


def account_of(record: Record, currency: str) -> Account:
    """Read bank, branch and account, which with their key are the IBAN of an account in France.

    Zeros name no account: a person says which one it is.
    """
    if not record.raw(22, 32).strip(" 0"):
        return Account(currency=currency)
    number = account_number(record)
    iban = None if currency in _ELSEWHERE else french_iban(number)
    return Account(iban=iban, number=None if iban else "".join(number.split()), currency=currency)


@lru_cache(maxsize=512)
def transaction_code(interbank: str, own: str) -> TransactionCode:
    """Return the interbank code of an operation, the bank's own behind it, and what it is in ISO 20022."""
    domain, family, subfamily = _ISO.get(interbank, (None, None, None))
    told = "/".join(part for part in (interbank.strip(), own.strip()) if part)
    return TransactionCode(domain=domain, family=family, subfamily=subfamily, proprietary=told or None, issuer="CFONB")


def is_return(interbank: str) -> bool:
    """Tell the operations that are returns: unpaid cheques, rejected transfers and debits."""
    return interbank in _RETURNS


ISO_REASON = re.compile(r"[A-Z]{2}[0-9]{2}", re.ASCII)
ISO_PURPOSE = re.compile(r"[A-Z]{4}", re.ASCII)
BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)
