"""A file read by the profiles of a company: one table by one of them, or several tables, each by the one that fits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from ..model import FormatError, StatementEvent, StatementStart
from .around import Around
from .chain import steps_of
from .profile import XLSX
from .reader import Sheet
from .sections import Section, are_periods, goes_on, is_no_booking, split
from .statement import Table, statements
from .workbook import Workbook

#: several profiles fit a table; the accounts of tables cannot be told apart
AMBIGUOUS, ACCOUNT_MISSING = "profiles_ambiguous", "section_account_missing"
#: a person has to say more in the profiles
UNSURE = frozenset((AMBIGUOUS, ACCOUNT_MISSING))
_FIGURES = ("amount", "debit", "credit", "detail_amount")
#: what is told of a table that nothing reads
NOT_READ = "section_not_read"


@dataclass(slots=True, kw_only=True)
class _Read:
    """A table, the profile that read it, and where it stands."""

    sheet: Sheet
    section: Section
    table: Table


class Tables:
    """The format of a file that profiles know."""

    def __init__(self, found: Sequence[Sheet], known: Iterable[Sheet] = ()) -> None:
        """Choose among profiles.

        :param found: those that know the file
        :param known: all of them: others may know other tables of it
        """
        self._found = list(found)
        first = self._found[0]
        self._known = list(dict.fromkeys([*found, *(one for one in known if _are_split_alike(one, first))]))
        self.code = first.code
        self.name = ", ".join(sheet.name for sheet in found)

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether one of the profiles knows a file."""
        return any(sheet.identify(head, filename) for sheet in self._found)

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Give the statements of the tables, in the order of the file.

        :raise FormatError: a row does not fit its profile, or it cannot be told which one reads a table
        """
        for table in self.tables(stream):
            yield from statements(table)

    def tables(self, stream: BinaryIO) -> list[Table]:
        """Read all tables before anything is made of them.

        :raise FormatError: a row does not fit its profile, or it cannot be told which one reads a table
        """
        only = self._found[0]
        if len(self._found) > 1 or not only.profile.has_header:
            self._check_header()
        is_book = only.profile.kind == XLSX
        try:
            if len(self._found) == 1 and not only.profile.title and not is_book:
                return [only.table(only.cells(stream))]
        except FormatError as error:
            if not only.profile.has_header:
                raise
            stream.seek(0)
            cut = self._cut(stream, self._names())
            if len(cut(only)) < 2 and not _has_notes_alone(cut(only)):
                raise
            return self._read_sections(cut, error)
        if not only.profile.has_header:
            return [only.table(only.cells(stream))]
        return self._read_sections(self._cut(stream, self._names()), None)

    def _check_header(self) -> None:
        if len(self._found) > 1 and not all(sheet.profile.has_header for sheet in self._found):
            raise _ambiguous(self._found, "the file")

    def parse_section(self, stream: BinaryIO, section: Section) -> Iterator[StatementEvent]:
        """Give the statements of one table of a file.

        :raise FormatError: a row does not fit the profile
        """
        [sheet] = self._found
        sections = self._cut(stream, ())(sheet)
        head = section.rows[0][0]
        at = next(at for at, one in enumerate(sections) if one.sheet == section.sheet and head in one.lines)
        table = _table(sheet, sections[at])
        for last, after in pairwise(sections[at:]):
            if not goes_on(last, after):
                break
            _join(table, _Read(sheet=sheet, section=after, table=_table(sheet, after)))
        return statements(table)

    # -- tables and their profiles -------------------------------------------------------------

    def _names(self) -> list[frozenset[str]]:
        return [sheet.names for sheet in self._known if sheet.profile.has_header and sheet.names]

    def _cut(self, stream: BinaryIO, names: Collection[frozenset[str]]) -> Callable[[Sheet], list[Section]]:
        """:return: what gives the tables as a profile writes their cells: a workbook holds dates and numbers"""
        first = self._found[0]
        if not isinstance(first, Workbook):
            sections = split(list(first.cells(stream)), names)
            return lambda sheet: sections
        pages = first.pages(stream)
        known: dict[tuple[str, str], list[Section]] = {}

        def cut(sheet: Sheet) -> list[Section]:
            assert isinstance(sheet, Workbook)
            key = (sheet.profile.date_format, sheet.profile.decimal_mark)
            if key not in known:
                known[key] = [
                    section for title, rows in pages for section in split(list(sheet.texts(rows)), names, sheet=title)
                ]
            return known[key]

        return cut

    def _read_sections(self, cut: Callable[[Sheet], list[Section]], error: FormatError | None) -> list[Table]:
        sections = cut(self._found[0])
        readers = self._readers(sections)
        read: list[_Read] = []
        left: list[Section] = []
        for at, sheet in enumerate(readers):
            if sheet is None:
                left.append(sections[at])
                continue
            section = cut(sheet)[at]
            one = _Read(sheet=sheet, section=section, table=_table(sheet, section))
            if read and read[-1].sheet is sheet and goes_on(sections[at - 1], section):
                _join(read[-1].table, one)
            else:
                read.append(one)
        if not read:
            raise error or _why_none(self._found[0], sections)
        _check_accounts(read)
        warnings = tuple((NOT_READ, section.place) for section in left)
        for one in read:
            one.table.warnings = warnings
        return [one.table for one in read]

    def _readers(self, sections: list[Section]) -> list[Sheet | None]:
        """:return: the profile of each table
        :raise FormatError: several profiles fit one
        """
        exact = {id(sheet) for sheet in self._known for section in sections if _is_layout(sheet, section)}
        readers: list[Sheet | None] = []
        for section in sections:
            fitting = [sheet for sheet in self._known if _fits(sheet, section)]
            # a profile that was made for one of the tables is not for another one with more columns
            fitting = [one for one in fitting if _is_layout(one, section) or id(one) not in exact]
            fitting = [one for one in fitting if _is_layout(one, section)] or fitting
            fitting = [one for one in fitting if one.profile.title] or fitting
            if len(fitting) > 1:
                raise _ambiguous(fitting, section.place)
            readers.append(fitting[0] if fitting else None)
        return readers


def preferred(found: Sequence[Sheet], filename: str) -> list[Sheet]:
    """Choose among the profiles that know a file: names of columns tell more than its name, and that more than what
    its columns hold."""
    by_header = [one for one in found if one.profile.has_header]
    return by_header or [one for one in found if one.names_file(filename)] or list(found)


def _ambiguous(sheets: Sequence[Sheet], place: str) -> FormatError:
    names = ", ".join(sheet.name for sheet in sheets)
    return FormatError(AMBIGUOUS, f"Several profiles fit, only one may: {names}", place=place)


def _why_none(sheet: Sheet, sections: Sequence[Section]) -> FormatError:
    """Say which column the profile misses in the table that has most of its columns."""
    likely = max(sections, key=lambda section: len(sheet.names & set(section.header)), default=None)
    try:
        if likely is not None and likely.header:
            sheet.check_header(likely.header)
    except FormatError as error:
        return error
    return FormatError("statement_missing", "No table of the file has the columns of the profile")


def _are_split_alike(one: Sheet, other: Sheet) -> bool:
    mine, its = one.profile, other.profile
    return mine.kind == its.kind and (mine.kind == XLSX or (mine.delimiter, mine.quote) == (its.delimiter, its.quote))


def _is_layout(sheet: Sheet, section: Section) -> bool:
    return bool(sheet.profile.layout) and sheet.profile.layout == section.header


def _fits(sheet: Sheet, section: Section) -> bool:
    profile = sheet.profile
    if not profile.has_header or not section.header or section.is_pending or not sheet.is_header(section.rows[0][1]):
        return False
    if profile.sheet and profile.sheet != section.sheet or profile.title and not section.says(profile.title):
        return False
    return not section.is_of_securities or _is_layout(sheet, section)


def _table(sheet: Sheet, section: Section) -> Table:
    rows, below = section.rows, section.below
    # what has an amount and is no total is read, or refused; but for as many rows as the profile leaves out
    figures = [sheet.place_of(role, section.header) for role in _FIGURES]
    last = len(below) - sheet.profile.footer_rows
    at = next((at for at in range(last, 0, -1) if _has_figure(below[at - 1][1], figures)), 0)
    rows, below = [*rows, *below[:at]], below[at:]
    sheet.check_footer(below, section.rows[0][1])
    # a sheet may be called by the account that it is of
    above = [(0, [section.sheet]), *section.above] if section.sheet else section.above
    return sheet.without_footer().table(rows, Around(above=above, below=below))


def _has_figure(cells: Sequence[str], places: Sequence[int]) -> bool:
    figures = (cells[at] for at in places if 0 <= at < len(cells))
    return not is_no_booking(cells) and any(char.isdecimal() for figure in figures for char in figure)


def _has_notes_alone(sections: list[Section]) -> bool:
    """Say whether nothing but notes, balances and totals stands below the only table: nothing that could be lost."""
    return len(sections) == 1 and not any(
        char.isdecimal()
        for _line, cells in sections[0].below
        if not is_no_booking(cells)
        for cell in cells
        for char in cell
    )


# -- tables of one account ---------------------------------------------------------------------


def _join(table: Table, one: _Read) -> None:
    """Take the rows of the next page.

    :raise FormatError: no balance proves that they go on with those of the last one
    """
    rows = [*table.rows, *one.table.rows]
    found = steps_of(rows)
    told = sum(row.balance is not None for row in rows)
    if not found.all or found.best != found.all or found.all < told - 1:
        raise FormatError(
            "several_tables",
            "Another table begins here: cut the file in two above this line",
            place=f"line {one.section.rows[0][0]}",
        )
    table.rows = rows
    table.around.below = one.table.around.below


def _check_accounts(read: list[_Read]) -> None:
    """Tables of one profile are of its account if they say so, or follow each other; else nothing tells them apart.

    :raise FormatError: they could be of several accounts
    """
    by_account: dict[str, list[_Read]] = {}
    for one in read:
        if "account" not in one.table.profile.columns:
            by_account.setdefault(one.table.profile.account, []).append(one)
    for account, tables in by_account.items():
        if len(tables) < 2 or all(account in one.table.around.ibans for one in tables):
            continue
        tables = [one for one in tables if one.table.rows]
        if not _follow(tables) and not are_periods([one.section.title for one in tables]):
            raise FormatError(
                ACCOUNT_MISSING,
                "Nothing tells of which account each of these tables is: write a profile for each, with a text of its"
                " title",
                place="; ".join(one.section.place for one in tables),
            )


def _follow(tables: list[_Read]) -> bool:
    """Say whether each table begins with the balance with which the one before it ends."""
    told = []
    for one in tables:
        copy = Table(profile=one.table.profile, code=one.table.code, rows=list(one.table.rows), around=one.table.around)
        start = next(event for event in statements(copy) if isinstance(event, StatementStart))
        ends = {balance.code: balance for balance in start.balances}
        if len(ends) < 2 or start.from_date is None or "OPBD" not in ends or "CLBD" not in ends:
            return False
        told.append((start.from_date, ends))
    told.sort(key=lambda one: one[0])
    return all(before["CLBD"].money == after["OPBD"].money for (_first, before), (_next, after) in pairwise(told))
