"""Dates of OFX: the year first, as the format has it, or behind, as some banks of Brazil write some of them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from ..model import Question
from ..qif.dates import DAY_FIRST, MONTH_FIRST
from ..text_values import Invalid, calendar_day

#: year, month and day; then time and zone in whatever way, which never move a date
_DATE = re.compile(
    r"(\d{4})(?:(\d\d)(\d\d)|[-/.](\d\d)[-/.](\d\d)(?!\d))"
    r"(?:[T ]?\d{1,2}(?:[:.]?\d{1,6}){0,4})?\s*(?:\[[^\]]{0,20}\]?|[+-]\d\d(?::?\d\d)?|:\d{1,6}|Z|[A-Z]{3,5})?",
    re.ASCII,
)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?: \d\d:\d\d(?::\d\d)?)?", re.ASCII)
_LONGEST = 60
#: by which a booking may be outside of the period that its statement tells
_NEAR = timedelta(days=5)


class Days:
    """Reads the dates of one file."""

    def __init__(self, order: str = "") -> None:
        """Begin.

        :param order: what a person said of dates with the year last
        """
        self._order = order
        #: of the statement that is read
        self.period: tuple[date, date] | None = None

    def read(self, text: str, line: int) -> date:
        """Read the calendar date as it is written; time and zone never move it.

        :raise Invalid: it is none
        :raise Question: day and month could be the other way round
        """
        try:
            return _year_first(text)
        except Invalid:
            match = _YEAR_LAST.fullmatch(text.strip()) if len(text) < _LONGEST else None
            if match is None:
                raise
        found = _both(int(match[1]), int(match[3]), int(match[4]))
        if not found:
            raise Invalid("date_invalid", "There is no such day", text)
        return found[self._order_of(found, match[2], line)]

    def _order_of(self, found: dict[str, date], mark: str, line: int) -> str:
        if len(found) == 1:
            [order] = found
            self._order = self._order or order
            return order
        if self._order or found[DAY_FIRST] == found[MONTH_FIRST]:
            return self._order or DAY_FIRST
        if mark == ".":  # nobody writes the month first with points
            return DAY_FIRST
        if self.period is not None:
            begin, end = self.period
            inside = [order for order, day in found.items() if begin - _NEAR <= day <= end + _NEAR]
            if len(inside) == 1:
                return inside[0]
        raise Question(
            "date_ambiguous",
            "Nothing tells whether the day or the month comes first",
            place=f"line {line}",
            asks="dates",
            readings=tuple((order, day.isoformat()) for order, day in found.items()),
        )


def _both(first: int, second: int, year: int) -> dict[str, date]:
    found = {}
    for order, day, month in ((DAY_FIRST, first, second), (MONTH_FIRST, second, first)):
        try:
            found[order] = calendar_day(year, month, day)
        except ValueError:
            continue
    return found


@lru_cache(maxsize=2048)
def _year_first(text: str) -> date:
    match = _DATE.fullmatch(text.strip()) if len(text) < _LONGEST else None
    if match is None:
        raise Invalid("date_invalid", "This is not a valid date", text)
    year, month, day, other_month, other_day = match.groups()
    try:
        return calendar_day(int(year), int(month or other_month), int(day or other_day))
    except ValueError:
        raise Invalid("date_invalid", "There is no such day", text) from None
