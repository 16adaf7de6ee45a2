"""Dates and amounts as the cells of a bank's table write them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from ..model import NO_CURRENCY
from ..text_values import Invalid, plain_decimal
from .words import CREDIT_WORDS, CURRENCIES, DEBIT_WORDS, MONTHS, plain

_FIRST_YEAR, _LAST_YEAR = 1950, 2100
#: dates and texts that are kept, as they come again and again
KEPT = 20_000
#: sign, what is no digit, sign, digits, sign, what is no digit, sign
_PARTS = re.compile(
    r"([+(-]*)((?:[^\W\d_]{1,5}\.|[^0-9()+.,'-]{1,6})?)([+(-]*)([.,]?[0-9][0-9.,']*)([+)-]*)([^0-9()+-]{0,6})([+)-]*)"
)
#: short names of currencies that are written with a point before the figure
_WITH_POINT = frozenset("rs kr fr sfr rp din ft".split())
_AFTER = {ord("\u2212"): "-", ord("\u2013"): "-", ord("\u2019"): "'", ord("`"): "'", ord("\u00b4"): "'"}
#: what stands behind an amount that went out, or behind a balance that is owed
_OWED = (DEBIT_WORDS | {"od", "dt"}) - {"-", "out", "uit", "af", "no"}
_OWNED = CREDIT_WORDS - {"+", "in", "bij", "k", "co"}
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)


def looks_like_number(text: str) -> bool:
    """Say whether a text is an amount, however it is written."""
    match = _PARTS.fullmatch("".join(text.translate(_AFTER).split())) if len(text) <= 40 else None
    if match is None or len(match[2]) > 4 or len(match[6]) > 4:
        return False
    # letters before a figure or two are the number of a column or of a booking
    return not (match[2].isalpha() and len(match[4]) < 3 and match[4].isdigit() and match[2] not in CURRENCIES)


class Dates:
    """Reads dates of one format, those with names of months in a dozen languages, too."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._pattern = _pattern(code)
        self._known: dict[str, date] = {}

    def __call__(self, text: str) -> date:
        """:raise Invalid: this is no date of that format"""
        known = self._known.get(text)
        if known is None:
            if len(self._known) > KEPT:
                self._known.clear()
            known = self._known[text] = self._read(text)
        return known

    def _read(self, text: str) -> date:
        try:
            if self._pattern is None:
                return datetime.strptime(text, self._code).date()
            match = self._pattern.fullmatch(text)
            if match is not None:
                return _day(match.groupdict())
        except ValueError:
            pass
        raise Invalid("date_invalid" if text else "date_missing", "This is not a date as the profile has it", text)


#: what a directive of :meth:`datetime.strptime` reads; formats with another one are left to it
_DIRECTIVES = {
    "d": "(?P<d>[0-9]{1,2})", "m": "(?P<m>[0-9]{1,2})", "Y": "(?P<Y>[0-9]{4})", "y": "(?P<y>[0-9]{2})",
    "b": r"(?P<b>[^\W\d_]{2,}\.?)", "B": r"(?P<b>[^\W\d_]{2,}\.?)", "H": "(?:2[0-3]|[01]?[0-9])",
    "I": "(?:1[0-2]|0?[1-9])", "M": "[0-5]?[0-9]", "S": "(?:6[01]|[0-5]?[0-9])", "f": "[0-9]{1,9}",
    "p": "[AaPp]\\.?[Mm]\\.?", "z": "(?:Z|[+-][0-9]{2}:?[0-9]{2})",
}  # fmt: skip


def begins_with(code: str, text: str) -> bool:
    """Say whether what a format reads stands at the begin of a text, as far as a quick look tells."""
    pattern = _pattern(code)
    return pattern is not None and pattern.match(text) is not None


@lru_cache(maxsize=4096)
def _pattern(code: str) -> re.Pattern[str] | None:
    """:return: what a format reads, or None where it holds a directive that is not known here"""
    pieces = re.split("%(.)", code)
    literals, directives = pieces[::2], pieces[1::2]
    if not set(directives) <= set(_DIRECTIVES) or any(directives.count(one) > 1 for one in directives):
        return None
    pattern = re.escape(literals[0])
    for directive, literal in zip(directives, literals[1:], strict=True):
        pattern += _DIRECTIVES[directive] + re.escape(literal).replace("\\ ", r"\s+")
    try:
        return re.compile(pattern, re.ASCII if "%b" not in code and "%B" not in code else 0)
    except re.error:
        return None


def _day(parts: dict[str, str | None]) -> date:
    """:raise ValueError: there is no such day"""
    year = int(parts.get("Y") or parts.get("y") or "x")
    if year < 100:
        year += 2000 if year < 69 else 1900
    if not _FIRST_YEAR <= year <= _LAST_YEAR:  # another calendar: Thailand counts from the Buddha on
        raise ValueError(year)
    name = parts.get("b")
    month = MONTHS.get(plain(name), "x") if name else parts.get("m") or "x"
    return date(year, int(month), int(parts.get("d") or "x"))


class Numbers:
    """Reads amounts with one decimal mark, and one mark between thousands."""

    def __init__(self, decimal: str, thousands: str) -> None:
        self._decimal = decimal
        self._thousands = "" if thousands.isspace() else thousands
        point, mark = re.escape(decimal), re.escape(self._thousands)
        groups = f"[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+|" if mark else ""
        self._usual = re.compile(f"[+-]?(?:{groups}[0-9]+)(?:{point}[0-9]{{1,5}})?", re.ASCII)

    def __call__(self, text: str, currency: str = "") -> Decimal:
        """Read an amount.

        :param currency: of the row; another one beside the figure is refused
        :raise Invalid: this is no amount that is written so
        """
        if len(text) <= 18 and self._usual.fullmatch(text):
            if self._thousands:
                text = text.replace(self._thousands, "")
            number = Decimal(text if self._decimal == "." else text.replace(self._decimal, "."))
            return number if number else number.copy_abs()
        return self._unusual(text, currency)

    def _unusual(self, text: str, currency: str) -> Decimal:
        """Blanks between thousands, signs and codes of currencies, signs behind, parentheses."""
        match = _PARTS.fullmatch("".join(text.translate(_AFTER).split()))
        if match is None:
            raise self._invalid(text)
        before, word, between, digits, behind, last, end = match.groups()
        signs = before + between + behind + end
        signs_without = signs.replace("(", "").replace(")", "")
        in_parentheses = signs.count("(") == 1 == signs.count(")")
        if (
            len(signs_without) + in_parentheses > 1
            or not in_parentheses
            and ("(" in signs or ")" in signs)
            or ")" in before + between
        ):
            raise self._invalid(text)
        is_negative = in_parentheses or signs_without == "-"
        for name in (word, last):
            bare = name.strip(".").casefold()
            if name is last and bare in _OWED | _OWNED:
                if bare in _OWNED and is_negative:
                    raise Invalid("amount_invalid", "The sign and the word beside the amount contradict", text)
                is_negative = is_negative or bare in _OWED
            elif currency not in ("", NO_CURRENCY, name) and _CODE.fullmatch(name):
                raise Invalid("currency_differs", "The amount is in another currency than its row", text)
            elif any(char in "/%:#*" for char in name) or name is word and name[-1:] == "." and bare not in _WITH_POINT:
                raise self._invalid(text)
        number = self._digits(digits, text)
        return number.copy_negate() if is_negative and number else number

    def _digits(self, digits: str, text: str) -> Decimal:
        whole, mark, fraction = digits.partition(self._decimal)
        if mark and not fraction:
            raise self._invalid(text)
        between = "'" if "'" in whole else self._thousands  # (an apostrophe is nothing else)
        if between and between in whole:
            first, *groups = whole.split(between)
            # thousands, or the lakhs and crores of India
            sizes = {len(group) for group in groups[:-1]}
            if len(groups[-1]) != 3 or sizes - {3} and sizes - {2} or not 1 <= len(first) <= 3 or first[0] == "0":
                raise Invalid("amount_invalid", "The marks between thousands stand in wrong places", text)
            whole = first + "".join(groups)
        if not (whole + fraction).isascii() or not (whole + fraction).isdigit():
            raise self._invalid(text)
        return plain_decimal(whole, fraction, text)

    @staticmethod
    def _invalid(text: str) -> Invalid:
        return Invalid(
            "amount_invalid" if text else "amount_missing", "This is not an amount as the profile has it", text
        )
