"""The tables of a file that holds several: one an account, a month or a sheet, each below a title and a header row."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .dates import looks_like_date
from .names import candidates, is_text
from .profile import Cells
from .values import looks_like_number
from .words import MONTHS, PENDING_WORDS, is_balance, is_total, plain

#: cells that a header row of a table has at least, whatever it is called
_FEWEST = 3
#: what titles call amounts that are held and not booked yet
_PENDING = re.compile(
    r"\b(?:" + "|".join(sorted(PENDING_WORDS, key=len, reverse=True)) + r"|blocked amounts?|reserved|reservierte?\w*"
    r"|reservierung\w*|vorgemerkte?\w*|vormerkung\w*|geblokkeerd\w*|gereserveerde?|retenid[oa]s?|retenciones|bloccat[aeio]"
    r"|non contabilizzat[aeio]|operations a venir|upcoming|future dated|holds?|authori[sz]ations)\b"
)
#: columns that only a table of securities has
_SECURITIES = frozenset(
    "wkn isin stuck nom nominale nominal quantity shares ticker symbol stuckzahl nominaal titulos titres".split()
) | {"stuck nom", "security name", "fund name", "ausfuhrungskurs", "cours d execution", "price per share"}
_PERIOD = re.compile(r"(?:(?:0?[1-9]|1[0-2])[-/.])?(?:19|20)[0-9]{2}(?:[-/.](?:0?[1-9]|1[0-2]))?")


@dataclass(slots=True, kw_only=True)
class Section:
    """A table within a file."""

    #: name of the sheet that it is on; empty in a text
    sheet: str = ""
    #: what stands above its header row: its title, its balances
    above: list[Cells] = field(default_factory=list)
    #: the header row first; empty where there is none
    rows: list[Cells] = field(default_factory=list)
    #: what stands below its last booking
    below: list[Cells] = field(default_factory=list)

    @property
    def header(self) -> tuple[str, ...]:
        """The names of its columns."""
        return header_of(self.rows[0][1]) if self.rows else ()

    @property
    def lines(self) -> set[int]:
        """The numbers of its rows."""
        return {line for line, _cells in self.rows}

    @property
    def title(self) -> str:
        """What it is called: by its sheet, else by the first line above it."""
        first = next((" ".join(filter(None, (cell.strip() for cell in cells))) for _line, cells in self.above), "")
        return ": ".join(filter(None, (self.sheet, first[:80])))

    @property
    def place(self) -> str:
        """Where it stands, and what it is called."""
        lines = [line for line, _cells in (*self.above, *self.rows, *self.below)]
        where = f"{'rows' if self.sheet else 'lines'} {min(lines)} to {max(lines)}" if lines else "empty"
        name = self.title or ", ".join(filter(None, self.header))[:80]
        return f"{where}: {name}" if name else where

    @property
    def is_pending(self) -> bool:
        """Whether its title says that nothing of it is booked yet."""
        return _PENDING.search(plain(self.title)) is not None

    @property
    def is_of_securities(self) -> bool:
        """Whether its columns are those of securities."""
        return sum(plain(name) in _SECURITIES for name in self.header) > 1

    def says(self, text: str) -> bool:
        """Say whether a text stands above it, or in the name of its sheet."""
        told = "\n".join([self.sheet, *(" ".join(cells) for _line, cells in self.above)])
        return " ".join(text.casefold().split()) in " ".join(told.casefold().split())


def goes_on(last: Section, section: Section) -> bool:
    """Say whether a table is the next page of the last one: the same header row, and no title above it."""
    return bool(section.rows) and (last.sheet, last.header) == (section.sheet, section.header) and not section.above


def header_of(cells: Sequence[str]) -> tuple[str, ...]:
    """:return: the names of columns, without empty cells at the end"""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def are_periods(titles: Collection[str]) -> bool:
    """Say whether titles differ in the month or the year alone."""
    bare = {" ".join(word for word in title.split() if not _is_period(word)) for title in titles}
    return len(bare) == 1 and len(set(titles)) == len(titles)


def _is_period(word: str) -> bool:
    return plain(word) in MONTHS or _PERIOD.fullmatch(word) is not None


def split(rows: Sequence[Cells], known: Collection[frozenset[str]] = (), sheet: str = "") -> list[Section]:
    """Cut the rows of a file, or of a sheet, at the header rows of its tables.

    :param known: names of columns that make a row a header row
    """
    heads = [at for at, (_line, cells) in enumerate(rows) if is_head(tuple(cells), known)]
    if not heads:
        return [Section(sheet=sheet, above=list(rows))] if sheet else []
    sections, begin = [], 0
    for at, end in zip(heads, [*heads[1:], len(rows)], strict=True):
        last = _last_booking(rows, at, end)
        stop = _title_at(rows, last + 1, end) if end < len(rows) else end
        sections.append(
            Section(
                sheet=sheet,
                above=list(rows[begin:at]),
                rows=list(rows[at : last + 1]),
                below=list(rows[last + 1 : stop]),
            )
        )
        begin = stop
    return sections


def is_head(cells: tuple[str, ...], known: Collection[frozenset[str]]) -> bool:
    """Say whether a row names the columns of a table."""
    names = header_of(cells)
    given = [name for name in names if name]
    if len(given) < 2 or any(looks_like_number(name) or looks_like_date(name) for name in given):
        return False
    return any(columns <= set(given) for columns in known) or len(given) >= _FEWEST and _names_columns(names)


@lru_cache(maxsize=512)
def _names_columns(names: tuple[str, ...]) -> bool:
    found, _beside = candidates(list(names))
    known = {place for places in found.values() for place in places[:1]}
    known |= {at for at, name in enumerate(names) if is_text(name) or plain(name) in _SECURITIES}
    return not found.keys().isdisjoint(("date", "value_date")) and len(known) >= _FEWEST


def is_further_text(cells: Sequence[str]) -> bool:
    """Say whether a row may go on with the text of the booking above it: texts alone, and none where notes begin."""
    given = [cell.strip() for cell in cells if cell.strip()]
    return (
        bool(given)
        and not cells[0].strip()
        and not any(looks_like_number(cell) or looks_like_date(cell) for cell in given)
        and not is_no_booking(given)
    )


def _last_booking(rows: Sequence[Cells], head: int, end: int) -> int:
    """:return: place of the last row of a table that has a day and a figure, with the rows that go on with its text;
    of its header row if there is none
    """
    for at in range(end - 1, head, -1):
        cells = [cell.strip() for cell in rows[at][1]]
        days = [cell for cell in cells if looks_like_date(cell)]
        # whatever it is called: the reader of the rows knows balances, and a payer may be called Total
        if days and any(looks_like_number(cell) and cell not in days for cell in cells):
            while at + 1 < end and rows[at + 1][0] == rows[at][0] + 1 and is_further_text(rows[at + 1][1]):
                at += 1
            return at
    return head


def is_no_booking(cells: Sequence[str]) -> bool:
    """Say whether a row is called a balance or a total."""
    return any(map(is_balance, cells)) or any(map(is_total, cells))


def _title_at(rows: Sequence[Cells], begin: int, end: int) -> int:
    """:return: place of the row with which the next table begins: a title, below an empty line where there is one"""
    behind_gap = [at for at in range(max(begin, 1), end) if rows[at][0] > rows[at - 1][0] + 1]
    for at in behind_gap or range(begin, end):
        cells = [cell.strip() for cell in rows[at][1]]
        if not is_no_booking(cells) and not any(map(looks_like_number, filter(None, cells))):
            return at
    return behind_gap[-1] if behind_gap else end
