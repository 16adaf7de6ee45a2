"""Numbers, dates and account numbers as text formats write them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from odoo.addons.finance_connector_base.engine.drafts import draft

from .model import Money

new_money = draft(Money)

#: digits of an amount, as ISO 20022 has them
MOST_DIGITS = 18
MOST_DECIMALS = 5
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
#: two-digit years from here on are of the last century
_CENTURY = 80

_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
#: codes that banks still write, years after another one took their place one to one
_REPLACED = {"RUR": "RUB"}
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)
_COMMA = re.compile(r"([0-9]{1,30})(?:,([0-9]*))?|,([0-9]+)", re.ASCII)
#: a point before one or two digits can be a decimal point only
_POINT = re.compile(r"[0-9]{1,30}\.[0-9]{1,2}", re.ASCII)
#: both marks: the one before the last digits is the decimal one, the other stands between thousands
_BOTH = re.compile(r"[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]{0,2}|(?:,[0-9]{3})+\.[0-9]{1,2})", re.ASCII)
#: blanks between thousands, of whatever width, or the apostrophes of Switzerland
_SPACED = re.compile(
    r"[+-]?\s?[0-9]{1,3}(?:[\s'\u2019][0-9]{3})+(?:[.,][0-9]{1,5})?|[+-]\s[0-9]{1,3}(?:[.,][0-9]{1,5})?"
)
_APOSTROPHES = str.maketrans("", "", "'\u2019")
_NO_REFERENCE = frozenset(
    {"", "NONREF", "NOREF", "NOTPROVIDED", "NOT PROVIDED", "NOREFERENCE", "NONE", ".", "-", "/", "+", "*", "?", "N/A"}
)


class Invalid(Exception):
    """A value is not what it should be; the reader of the file adds the place."""

    def __init__(self, code: str, message: str, value: str = "", line: int = 0) -> None:
        super().__init__(message)
        #: where it stands, when that is not where the reader is
        self.line = line
        self.code = code
        self.message = message
        self.value = value[:40]


@lru_cache(maxsize=4096)
def comma_amount(text: str) -> Decimal:
    """Read an amount with a decimal comma and without a sign (SWIFT 15d)."""
    match = _COMMA.fullmatch(text)
    if match is None:
        raise Invalid("amount_invalid", "This is not a valid amount", text)
    whole, fraction = match[1] or "", match[2] or match[3] or ""
    return plain_decimal(whole, fraction, text)


def without_spaces(text: str) -> str:
    """Return an amount without what some countries write between thousands, or as it is."""
    bare = text.strip()
    return "".join(bare.split()).translate(_APOSTROPHES) if _SPACED.fullmatch(bare) else bare


def with_comma(text: str) -> str:
    """Return an amount with SWIFT's comma alone, where a bank wrote a point that can mean one thing only."""
    if _POINT.fullmatch(text):
        return text.replace(".", ",")
    if _BOTH.fullmatch(text):
        return text.replace(".", "") if text.rfind(",") > text.rfind(".") else text.replace(",", "").replace(".", ",")
    return text


def plain_decimal(whole: str, fraction: str, text: str) -> Decimal:
    """Make a number of its digits, within the limits of an amount."""
    if len(fraction) > MOST_DECIMALS:
        fraction = fraction.rstrip("0")  # what is exact is no finer than it is
    if len(fraction) > MOST_DECIMALS:
        raise Invalid("amount_precision", f"The amount has more than {MOST_DECIMALS} decimal places", text)
    if len((whole + fraction).lstrip("0")) > MOST_DIGITS:
        raise Invalid("amount_invalid", f"The amount has more than {MOST_DIGITS} digits", text)
    return Decimal(f"{whole or '0'}.{fraction}" if fraction else whole or "0")


def currency_code(text: str) -> str:
    """Check a currency code."""
    if not _CURRENCY.fullmatch(text):
        raise Invalid("currency_invalid", "This is not a currency code", text)
    return _REPLACED.get(text, text)


@lru_cache(maxsize=2048)
def short_date(text: str) -> date:
    """Read YYMMDD."""
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise Invalid("date_invalid", "This is not a valid date", text)
    year = int(text[:2])
    try:
        return date(year + (1900 if year >= _CENTURY else 2000), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise Invalid("date_invalid", "There is no such day", text) from None


def calendar_day(year: int, month: int, day: int) -> date:
    """:raise ValueError: there is no such day, or it is of another calendar: Thailand counts from the Buddha on"""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(year)
    return date(year, month, day)


def reference(text: str | None) -> str | None:
    """Return a reference, or None for the bank's way of writing that there is none."""
    if not text:
        return None
    stripped = text.strip()
    return None if stripped.upper() in _NO_REFERENCE else stripped


@lru_cache(maxsize=8192)
def is_iban(text: str) -> bool:
    """Tell an IBAN by its form and its check digits."""
    if not _IBAN.fullmatch(text):
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def compact(text: str) -> str:
    """Return an account number without blanks."""
    return "".join(text.split())
