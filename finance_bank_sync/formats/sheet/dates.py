"""How the dates of a table are written, told by the dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import pairwise

from ..text_values import Invalid
from .values import Dates, begins_with

_DAYS = (
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%Y/%m/%d", "%d.%m.%y",
    "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%Y.%m.%d", "%Y.%m.%d.", "%d%m%Y", "%d.%m.%Y.", "%d. %m. %Y",
    "%Y. %m. %d", "%y/%m/%d", "%d %m %Y", "%Y年%m月%d日", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y", "%d/%b/%Y",
    "%d.%b.%Y", "%d%b%Y", "%d%b%y", "%d. %b %Y", "%b %d, %Y", "%b %d %Y", "%d %b, %Y", "%Y-%b-%d", "%d de %b de %Y",
    "%Y %b %d", "%b/%d/%Y", "%d/%b/%y",
)  # fmt: skip
_TIMES = (
    "", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M:%SZ", "T%H:%M:%S.%fZ", "T%H:%M:%S.%f", "T%H:%M:%S%z",
    "T%H:%M:%S.%f%z", " %H:%M:%S.%f", ", %H:%M", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %I:%M %p",
    " %H:%M:%S UTC", " %H:%M:%S%z", " %H:%M:%S %z", "T%H:%M", " %H.%M", " %H.%M.%S", "-%H.%M.%S.%f", "-%H.%M.%S",
    "-%H:%M:%S", "-%H:%M",
    " - %H:%M", " %H:%M:%S.%f%z", "T%H:%MZ",
)  # fmt: skip
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
#: day, month and year in any order and with any signs, and a time behind
_QUICK = re.compile(
    r"(?:[0-9]{1,4}(?:[-./年] ?| (?:de )?)(?:[0-9]{1,2}|[^\W\d_]{3,12}\.?)(?:[-./月] ?|,? (?:de )?)[0-9]{1,4}[日.]?"
    r"|[0-9]{8}|[0-9]{1,2}[^\W\d_]{3}[0-9]{2,4}|[^\W\d_]{3,12}\.?[ /][0-9]{1,2},?[ /][0-9]{4})(?:\D.{0,24})?"
)
#: one order of day and month makes a table span so many times the days of the other
_WIDER = 3


@lru_cache(maxsize=4096)
def _reader(code: str) -> Dates:
    return Dates(code)


def is_date(text: str, code: str) -> bool:
    """Say whether a text is a date of a format."""
    if "-" not in code and _DIGITS.fullmatch(text) and len(text) != 8:
        return False
    try:
        _reader(code)(text)
    except Invalid:
        return False
    return True


def formats(texts: Iterable[str]) -> list[str]:
    """:return: the formats that read every text, the likely one first"""
    given = list(dict.fromkeys(text for text in texts if text))
    if not given or not looks_like_date(given[0]):
        return []
    days = [code for code in _written(given[0]) if is_date(given[0], code)]
    return [code for code in days if all(is_date(text, code) for text in given)]


@lru_cache(maxsize=4096)
def looks_like_date(text: str) -> bool:
    """Say whether a text is a date of any format."""
    if not _QUICK.fullmatch(text):
        return False
    return any(is_date(text, code) for code in _written(text))


def _written(text: str) -> list[str]:
    """:return: formats of which the day begins a text, with all times that may stand behind it"""
    return [code + time for code in _DAYS if begins_with(code, text) for time in (_TIMES if len(text) > 9 else ("",))]


def choose(texts: list[str]) -> tuple[str, bool] | None:
    """Choose among the formats that read all dates of a table.

    :return: the format, and whether it could as well be written with the month first
    """
    fitting = formats(texts)
    if not fitting:
        return None
    code = fitting[0]
    is_unsure = is_month_unsure(texts, code)
    other = _swapped(code)
    if is_unsure and other in fitting:
        code = min((code, other), key=lambda one: (_disorder(texts, one), 0 if one == code else 1))
    return code, is_unsure


def _disorder(texts: list[str], code: str) -> int:
    """How little a table looks like one in the order of time, of a few weeks."""
    read = Dates(code)
    days = [read(text) for text in texts if text]
    other = Dates(_swapped(code))
    others = [other(text) for text in texts if text]
    wide = len(set(days)) > 2 and _span(days) > _WIDER * _span(others)
    return 2 * (not _is_sorted(days)) + wide


def _is_sorted(days: list[date]) -> bool:
    return all(a <= b for a, b in pairwise(days)) or all(a >= b for a, b in pairwise(days))


def _span(days: list[date]) -> int:
    return (max(days) - min(days)).days


def _swapped(code: str) -> str:
    return code.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")


def is_month_unsure(days: list[str], code: str) -> bool:
    """Say whether dates could as well be written with day and month the other way round."""
    if not code.startswith(("%d/%m", "%m/%d", "%d-%m", "%m-%d")):
        return False
    swapped = _swapped(code)
    given = [day for day in days if day]
    return bool(given) and all(is_date(day, code) and is_date(day, swapped) for day in given)
