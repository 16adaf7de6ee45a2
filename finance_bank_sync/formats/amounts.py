"""Amounts as programs write them where a format does not say how (OFX, QIF): signs, marks, and which mark is decimal.

Most amounts say themselves which of their marks is the decimal one. ``1,234`` does not: what the other amounts of the
same file say decides, and where nothing does a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from odoo.addons.finance_connector_base.canonical.currencies import places

from .model import NO_CURRENCY, Question
from .text_values import Invalid, plain_decimal, without_spaces

POINT, COMMA = ".", ","
_MARKS = (POINT, COMMA)
#: the usual amount, which needs no more than this
_PLAIN = re.compile(r"([+-]?)([0-9]{1,15})(?:([.,])([0-9]{1,2}))?", re.ASCII)
_DASHES = str.maketrans("\u2212\u2013\u2012\ufe63\uff0d", "-----")
_IN_BRACKETS = re.compile(r"\(\s*([^()+-]*)\)")
_SIGN_BEHIND = re.compile(r"([^()+-]*?)\s*([+-])")
_SIGN_BEFORE = re.compile(r"([+-]?)([0-9][0-9.,]*|[.,][0-9]+)", re.ASCII)
#: between thousands, or between lakhs and crores
_GROUPED = re.compile(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*|[0-9]{1,2}(?:([.,])[0-9]{2})+\2[0-9]{3}", re.ASCII)
_LONGEST = 60
#: signs that are of one currency alone: a dollar may be of many countries, also in an account of one of them
_CURRENCY_SIGNS = {
    "AUD": "A$", "BRL": "R$", "CAD": "C$", "CZK": "K\u010d", "EUR": "\u20ac", "GBP": "\u00a3", "ILS": "\u20aa",
    "INR": "\u20b9", "KRW": "\u20a9", "NGN": "\u20a6", "PHP": "\u20b1", "PLN": "z\u0142", "RUB": "\u20bd",
    "THB": "\u0e3f", "TRY": "\u20ba", "UAH": "\u20b4", "USD": "US$", "VND": "\u20ab",
}  # fmt: skip


class Amount(NamedTuple):
    """What is written: a number, and what it says about marks."""

    #: with the only mark as the decimal one, where that is not certain
    value: Decimal
    #: the decimal mark, where the amount shows which one it is
    decimal: str
    #: a mark before exactly three digits, which may stand between thousands as well
    doubtful: str = ""


@lru_cache(maxsize=8192)
def read_amount(text: str) -> Amount:
    """Read a signed amount: ``-12.34``, ``12,34-``, ``(12.34)``, ``+1.234,56``, ``1'234.56``, ``1 234,56``.

    :raise Invalid: ``amount_invalid``, ``amount_missing`` or ``amount_precision``
    """
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        sign, whole, mark, fraction = plain.groups()
        return Amount(_signed(plain_decimal(whole, fraction or "", text), sign == "-"), mark or "")
    if not text.strip():
        raise Invalid("amount_missing", "There is no amount", text)
    digits, negative, is_grouped = _digits(text)
    marks = [char for char in digits if char in _MARKS]
    if not marks:
        return Amount(_signed(plain_decimal(digits, "", text), negative), "")
    last = marks[-1]
    whole, _mark, fraction = digits.rpartition(last)
    if len(marks) == 1:
        doubtful = last if not is_grouped and _GROUPED.fullmatch(digits) and whole[0] != "0" else ""
        number = plain_decimal(whole, fraction, text)
        return Amount(_signed(number, negative), "" if doubtful else last, doubtful)
    if last in marks[:-1]:
        # the same mark twice: between thousands, so that the decimal one is the other
        if set(marks) != {last} or _GROUPED.fullmatch(digits) is None:
            raise _invalid(text)
        return Amount(_signed(plain_decimal(digits.replace(last, ""), "", text), negative), _other(last))
    if _GROUPED.fullmatch(whole) is None:
        raise _invalid(text)
    return Amount(_signed(plain_decimal(whole.replace(marks[0], ""), fraction, text), negative), last)


def without_sign(text: str, currency: str) -> str:
    """Return an amount without the sign or code of its currency, or as it is: another currency is no amount of it."""
    bare = text.strip()
    for sign in (currency, _CURRENCY_SIGNS.get(currency, currency)):
        if bare.count(sign) == 1:
            before, _sign, after = bare.partition(sign)
            if not after.strip() or before.strip() in ("", "-", "+", "("):
                return f"{before.strip()}{after.strip()}"
    return text


def _digits(text: str) -> tuple[str, bool, bool]:
    """:return: digits and marks, whether it is negative, and whether blanks or apostrophes stand between thousands"""
    if len(text) >= _LONGEST:
        raise _invalid(text)
    bare = text.strip().translate(_DASHES)
    brackets = _IN_BRACKETS.fullmatch(bare)
    behind = None if brackets else _SIGN_BEHIND.fullmatch(bare)
    if brackets is not None:
        bare = brackets[1].strip()
    elif behind is not None:
        bare = behind[2] + behind[1]
    short = without_spaces(bare)
    match = _SIGN_BEFORE.fullmatch(short)
    if match is None:
        raise _invalid(text)
    return match[2], brackets is not None or match[1] == "-", len(short) < len(bare) and len(match[2]) > 3


def _signed(number: Decimal, negative: bool) -> Decimal:
    return number.copy_negate() if negative and number else number


def _other(mark: str) -> str:
    return COMMA if mark == POINT else POINT


def _invalid(text: str) -> Invalid:
    return Invalid("amount_invalid", "This is not a valid amount", text)


class Marks:
    """The decimal mark of one file: told, or shown by its amounts."""

    def __init__(self, told: str = "") -> None:
        self._told = told
        #: decimal marks that amounts showed
        self.shown: set[str] = set()

    def see(self, amount: Amount) -> None:
        """Learn from an amount; both marks in one file are no contradiction until something depends on them."""
        if amount.decimal:
            self.shown.add(amount.decimal)

    @property
    def decimal(self) -> str:
        """The mark, or nothing where it is not known."""
        return self._told or (next(iter(self.shown)) if len(self.shown) == 1 else "")

    @property
    def are_mixed(self) -> bool:
        """Both are decimal marks in this file, so that nothing is decided by them."""
        return not self._told and len(self.shown) > 1

    def settle(self, amount: Amount, decimal: str = "") -> Decimal:
        """Read a doubtful amount by the decimal mark, which is known; for one without decimals by neither."""
        return amount.value if amount.doubtful == (decimal or self.decimal) else amount.value.scaleb(3)


#: a decimal mark that no amount has
NEITHER = "neither"


def mark_by_currency(doubtful: Collection[Amount], currencies: Collection[str]) -> str:
    """Say by the currency what no amount of a file tells.

    :return: the decimal mark where the currency has thousandths, :data:`NEITHER` where it has no decimals; else nothing
    """
    marks = {amount.doubtful for amount in doubtful}
    decimals = {places(currency) if currency != NO_CURRENCY else 2 for currency in currencies}
    if decimals == {0}:
        return NEITHER
    return marks.pop() if decimals == {3} and len(marks) == 1 else ""


def question(amount: Amount, place: str) -> Question:
    """Ask what nobody but a person knows."""
    number = amount.value
    readings = ((amount.doubtful, f"{number:f}"), (_other(amount.doubtful), f"{number.scaleb(3):f}"))
    return Question(
        "amount_ambiguous",
        "No amount tells whether its mark stands before decimals or between thousands",
        place=place,
        asks="decimal",
        readings=readings,
    )
