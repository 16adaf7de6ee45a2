"""Dates of QIF files: whether the day or the month comes first, which the format does not say.

A number above 12 tells it. Else what is known of bookings does: they are listed in their order, those of an export are
near to each other, and none is later than the file. Where that decides nothing either, a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from ..model import FormatError, Question
from ..sheet.words import MONTHS, plain
from ..text_values import Invalid, calendar_day

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
_COMPACT = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)", re.ASCII)
_DATE = re.compile(r"(\d{1,4})[/.\- ]+(\d{1,2})[/.\-' ]+(\d{1,4})(?:[ T]\d{1,2}:\d\d(?::\d\d)?)?", re.ASCII)
#: the month by its name, in some twenty languages
_NAMED = re.compile(r"(?:(\d{1,2})[.\-/ ]+([^\W\d_]{3,12})|([^\W\d_]{3,12})[.\-/ ]+(\d{1,2}))[.,\-/' ]+(\d{2}|\d{4})")
#: (what begins with a year has no month after it that this one takes for another year)
_YEAR_LAST = re.compile(r"(\d\d)(\d\d)((?:19|20)\d\d)", re.ASCII)
_APOSTROPHE = re.compile(r"'\s*\d{1,2}$", re.ASCII)
#: dates of which the order of a list says something, and those of which its length does
_ENOUGH, _MANY = 4, 6
_SATURDAY = 5
#: a month and some days, and what is much longer
_SHORT, _LONG = 45, 90
#: days by which a booking may be dated after the file
_AHEAD = timedelta(days=7)
#: with the year first nobody means anything else
_IN_A_NAME = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(0[1-9]|1[0-2])\2([0-2]\d|3[01])(?!\d)", re.ASCII)

#: lines with the texts of their dates
Dates = Sequence[tuple[int, str]]


def proved_order(texts: Iterable[str]) -> str:
    """:return: the order that numbers above 12 prove, nothing where they prove none or both"""
    found = set()
    for text in texts:
        match = _match(text)
        if match is None or len(match[1]) == 4:
            continue
        if int(match[1]) > 12:
            found.add(DAY_FIRST)
        elif int(match[2]) > 12:
            found.add(MONTH_FIRST)
    return _only(found)


def order_of(
    dates: Dates, *, has_comma: bool, received: date | None = None, named: date | None = None
) -> tuple[str, int]:
    """Find out which comes first, the day or the month; no date may contradict another.

    An apostrophe before the year says that Quicken or a program of its kind wrote the file, and no more: it stands
    after the day in America and after the month elsewhere. Where nothing else tells the order, a decimal comma in the
    amounts says then that it was not America, and a decimal point is taken for the American way.

    :param has_comma: amounts have a decimal comma
    :param received: day on which the file came
    :param named: day in its name: that of the download, or the begin or end of its period
    :return: the order, and the line of the first date where it is assumed and not told
    :raise FormatError: some dates have the day first, others the month
    :raise Question: nothing tells it
    """
    first_of = {DAY_FIRST: 0, MONTH_FIRST: 0}
    first = apostrophe = 0
    days: dict[str, list[date]] = {DAY_FIRST: [], MONTH_FIRST: []}
    for line, text in dates:
        match = _match(text)
        if match is None or len(match[1]) == 4:
            continue
        if _APOSTROPHE.search(text):
            apostrophe = apostrophe or line
        if int(match[1]) > 12:
            first_of[DAY_FIRST] = first_of[DAY_FIRST] or line
        elif int(match[2]) > 12:
            first_of[MONTH_FIRST] = first_of[MONTH_FIRST] or line
        elif match[1].lstrip("0") != match[2].lstrip("0"):
            first = first or line
            for order, found in days.items():
                found.append(read_date(text, order))
    if all(first_of.values()):
        raise FormatError(
            "date_invalid", "The dates have the day first and the month first", place=f"line {max(first_of.values())}"
        )
    for order, line in first_of.items():
        if line:
            return order, 0
    if not first:
        # every day has the number of its month, or the year stands first
        return MONTH_FIRST, 0
    likely = _not_later(days, received) or _near_to(days, named) or _by_their_order(days)
    if likely:
        return likely, first
    if apostrophe:
        return DAY_FIRST if has_comma else MONTH_FIRST, apostrophe
    raise Question(
        "date_ambiguous",
        "No date tells whether the day or the month comes first",
        place=f"line {first}",
        asks="dates",
        readings=tuple((order, found[0].isoformat()) for order, found in days.items()),
    )


def _not_later(days: dict[str, list[date]], received: date | None) -> str:
    """:return: the order by which no booking is later than the file, where some are by the other one"""
    if received is None:
        return ""
    return _only(order for order, found in days.items() if max(found) <= received + _AHEAD)


def _near_to(days: dict[str, list[date]], named: date | None) -> str:
    """:return: the order by which the last booking is near to the day in the name, where by the other one it is not"""
    if named is None:
        return ""
    return _only(order for order, found in days.items() if abs((max(found) - named).days) <= _SHORT)


def _only(orders: Iterable[str]) -> str:
    possible = list(orders)
    return possible[0] if len(possible) == 1 else ""


def _by_their_order(days: dict[str, list[date]]) -> str:
    """:return: the order by which bookings follow each other, or are near to each other, and by the other one not"""
    count = min(len(set(found)) for found in days.values())
    votes = set()
    if count >= _ENOUGH:
        votes.add(
            _only(order for order, found in days.items() if found in (sorted(found), sorted(found, reverse=True)))
        )
    if count >= _MANY:
        spans = {order: (max(found) - min(found)).days for order, found in days.items()}
        near, far = sorted(spans, key=lambda order: spans[order])
        # what is booked on the same day of each month looks near, too, and then falls on days on which no bank works
        if spans[near] <= _SHORT and spans[far] >= _LONG and not _weekends(days[near]):
            votes.add(near)
    votes.discard("")
    return _only(votes)


def _weekends(found: list[date]) -> bool:
    return any(day.weekday() >= _SATURDAY for day in found)


def day_in(name: str) -> date | None:
    """Return the last day that the name of a file tells with its year first (``2026-03-31``, ``20260331``)."""
    found = []
    for year, _mark, month, day in _IN_A_NAME.findall(name):
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return max(found, default=None)


def _match(text: str) -> re.Match[str] | None:
    return _DATE.fullmatch(text) or _COMPACT.fullmatch(text) or _YEAR_LAST.fullmatch(text)


def read_date(text: str, order: str) -> date:
    """Read one date.

    :raise Invalid: it is none
    """
    match = _match(text)
    if match is None and (named := _NAMED.fullmatch(text)) is not None:
        day, word, other_word, other_day, year = named.groups()
        number = MONTHS.get(plain(word or other_word))
        if number:
            return read_date(f"{day or other_day}/{number}/{year}", DAY_FIRST)
    if match is None:
        raise Invalid("date_invalid" if text else "date_missing", "This is not a valid date", text)
    first, second, third = match.groups()
    if len(first) == 4:
        year, month, day = int(first), int(second), int(third)
    else:
        year = int(third)
        if len(third) <= 2:
            year += 2000 if _APOSTROPHE.search(text) or year < 80 else 1900
        month, day = (int(second), int(first)) if order == DAY_FIRST else (int(first), int(second))
    try:
        return calendar_day(year, month, day)
    except ValueError:
        raise Invalid("date_invalid", "There is no such day", text) from None
