"""Tables of banks, each read as a profile says (specs/mt940_ofx_bai2.md section D): comma-separated files here, XLSX
in :mod:`.workbook`.

A profile is what a person knows about the files of one bank: where which column is, and how numbers
and dates are written. Nothing is guessed from the rows; a row that does not fit is refused with its
number and column.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

from ..model import FormatError, StatementEvent
from .around import Around, own_account
from .booking import Row
from .cells import rows_in, split
from .profile import MOST_COLUMNS, Cells, SheetProfile
from .row import RowReader
from .shape import has_shape, is_telling
from .statement import Table, statements
from .words import is_balance, is_total

#: of a file, as the formats get to see it
_HEAD_SIZE = 8000
#: of an account: one that is part of an IBAN is that account
_SHORTEST_NUMBER = 5
_LONGEST_CELL = 32 * 1024
#: rows among which the header row is looked for
HEAD_ROWS = 100


class Sheet:
    """The format of one profile."""

    def __init__(self, profile: SheetProfile) -> None:
        problem = profile.problem()
        if problem:
            raise ValueError(problem)
        self.profile = profile
        self.code = "csv"
        self.name = f"CSV {profile.name}"
        places = (*profile.columns.values(), *profile.more_texts)
        #: the columns that are named: a header row has all of them
        self.names = frozenset(place for place in places if isinstance(place, str))

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether a header row holds every column that is named, and the file name fits."""
        profile = self.profile
        if b"\x00" in head:
            return False
        if not profile.has_header:
            if not filename.lower().endswith((".csv", ".txt", ".tab", ".tsv")):
                return False
            return self.names_file(filename) or is_telling(profile.layout) and self.has_shape(head)
        if profile.file_names and not self.names_file(filename):
            return False
        return any(map(self.is_header, rows_in(head, self.profile)))

    def names_file(self, filename: str) -> bool:
        """Say whether a file is called as the profile says."""
        return any(text.lower() in filename.lower() for text in self.profile.file_names)

    def has_shape(self, head: bytes) -> bool:
        """Say whether the first rows hold what the columns of a table without a header row held in the sample."""
        rows = rows_in(head, self.profile)[self.profile.skip_lines :]
        whole = rows[:-1] if len(head) >= _HEAD_SIZE else rows
        return has_shape(self.profile.layout, [cells for cells in whole if any(cell.strip() for cell in cells)])

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Give the statements: the rows of an account each.

        :raise FormatError: a row does not fit the profile
        """
        # a sheet has the newest row first often enough, and its balance stands beside each row
        yield from statements(self.table(self._cells(stream)))

    def without_footer(self) -> Sheet:
        """The reader of rows that have no footer."""
        return type(self)(replace(self.profile, footer_rows=0)) if self.profile.footer_rows else self

    def place_of(self, role: str, header: Sequence[str]) -> int:
        """:return: the place of a column, or -1 where the profile names none, or one that is not there"""
        place = self.profile.columns.get(role, 0)
        return place - 1 if isinstance(place, int) else header.index(place) if place in header else -1

    def table(self, cells: Iterable[Cells], around: Around | None = None) -> Table:
        """Read all rows of a table.

        :param around: what stands around them, as far as it is known
        :raise FormatError: a row does not fit the profile
        """
        around = around or Around()
        rows = list(self.rows_of(cells, around))
        profile = self.profile_for(around)
        if around.is_of_own_column:
            for row in rows:
                row.account = profile.account
        return Table(profile=profile, code=self.code, rows=rows, around=around)

    def profile_for(self, around: Around) -> SheetProfile:
        """The profile with the account that the table names above its rows, where that is another one."""
        own = "".join(filter(str.isalnum, self.profile.account)).upper()
        numbers = around.ibans if "account" not in self.profile.columns else []
        if len(numbers) != 1 or len(own) >= _SHORTEST_NUMBER and own in numbers[0]:
            return self.profile
        return replace(self.profile, account=numbers[0])

    def rows(self, stream: BinaryIO) -> Iterator[Row]:
        """Yield bookings and balances in the order of the file, for the statement or a preview."""
        return self.rows_of(self._cells(stream))

    def rows_of(self, table: Iterable[Cells], around: Around | None = None) -> Iterator[Row]:
        """Yield bookings and balances of a table that is split into cells.

        :param around: gets what stands above and below them
        """
        reader: RowReader | None = None
        last: Row | None = None
        length = shortest = MOST_COLUMNS
        around, own = around or Around(), -1
        for line, cells, header in self._bookings(table, around):
            if reader is None:
                reader = self._reader(header, cells, self.profile_for(around))
                own = own_account(header, cells, reader.places) if self.profile.has_header else -1
            if 0 <= own < len(cells):
                around.accounts.add(cells[own])
            if last is not None and last.detail is not None:
                text = reader.continued(cells)
                part = reader.part(line, cells, last) if text is None else None
                if part is not None:
                    last.parts = [*(last.parts or ()), part]
                    continue
                if text is not None:
                    last.add_text(text)
                    continue
            if last is not None:
                yield last
                shortest = min(shortest, length)
            try:
                last, length = reader.read(line, cells), len(cells)
            except FormatError as error:
                if error.code != "date_invalid" or not is_total(error.value):
                    raise
                last = None  # the sum of a day or a page: what stands where the day would be is no payer's text
        if last is not None:
            is_cut = _is_cut(length, shortest) and last.detail is not None and "balance" not in self.profile.columns
            if last.is_doubtful or is_cut:
                raise FormatError(
                    "balance_or_booking",
                    "The last row could be a balance or a booking: count it among the rows at the end without bookings",
                    place=f"line {last.line}",
                )
            yield last

    def cells(self, stream: BinaryIO) -> Iterator[Cells]:
        """Yield number and cells of the rows as they stand in the file, header row included.

        :raise FormatError: the file is no table of this kind
        """
        return self._cells(stream)

    # -- rows ---------------------------------------------------------------------------

    def _bookings(self, table: Iterable[Cells], around: Around) -> Iterator[tuple[int, list[str], list[str]]]:
        """Yield number and cells of the rows below the header row and above the footer, and the header row."""
        profile = self.profile
        header: list[str] | None = None
        width, widest = 0, self._widest()
        held: list[Cells] = []
        for line, cells in self._table(table, around):
            if len(cells) > MOST_COLUMNS or max(map(len, cells)) > _LONGEST_CELL:
                raise FormatError("row_too_long", "The row is too long", place=f"line {line}")
            if "\x00" in "".join(cells):
                raise FormatError("control_character", "The row holds a control character", place=f"line {line}")
            if header is None:
                header = [cell.strip() for cell in cells]
                if profile.has_header:
                    width = max(len(cells), widest)
                    # a file of no bookings has nothing that is read below
                    self._places(header)
                    continue
            width = width or (len(cells) if len(cells) >= widest else 0)
            held.append((line, cells))
            if len(held) > profile.footer_rows:
                number, booking = held.pop(0)
                self._check_row(number, booking, header, width)
                yield number, booking, header
        if header is None:
            raise FormatError("statement_missing", "The file has no header row", place="end of file")
        around.below += held
        self.check_footer(held, header)

    def _table(self, table: Iterable[Cells], around: Around) -> Iterator[Cells]:
        """Leave out what stands above the header row, wherever that is: preambles differ from file to file."""
        profile = self.profile
        if not profile.has_header or not self.names:
            yield from (row for row in table if row[0] > profile.skip_lines)
            return
        above: list[Cells] = []
        rows = iter(table)
        for row in rows:
            if self.is_header(row[1]):
                around.above += above
                yield row
                break
            above.append(row)
            if len(above) == HEAD_ROWS:
                yield from self._unknown_header(above)
                break
        else:
            yield from self._unknown_header(above)
            return
        yield from rows

    def _unknown_header(self, above: list[Cells]) -> Iterator[Cells]:
        """The header row is where the profile says; it lacks a column, and that will be told."""
        line = self.profile.skip_lines
        yield from (row for row in above if row[0] > line)

    def is_header(self, cells: Sequence[str]) -> bool:
        """Say whether a row holds the names of all columns that are named."""
        return self.names <= {cell.strip() for cell in cells} if len(cells) >= len(self.names) else False

    def check_header(self, cells: Sequence[str]) -> None:
        """Refuse a header row that lacks a column, or has it twice.

        :raise FormatError: ``column_missing``, with the name of the column
        """
        self._reader(list(cells), [], self.profile)

    def _check_row(self, line: int, cells: list[str], header: list[str], width: int) -> None:
        if 0 < width < len(cells) and any(cell.strip() for cell in cells[width:]):
            raise FormatError(
                "row_too_wide",
                "The row has more cells than the others: a text with the delimiter in it needs quotes",
                place=f"line {line}",
            )
        if self.profile.has_header and cells[0].strip() == header[0] and [cell.strip() for cell in cells] == header:
            raise FormatError(
                "several_tables", "Another table begins here: cut the file in two above this line", place=f"line {line}"
            )

    def _widest(self) -> int:
        places = (*self.profile.columns.values(), *self.profile.more_texts)
        return max((place for place in places if isinstance(place, int)), default=0)

    def check_footer(self, rows: list[Cells], header: list[str]) -> None:
        """A row that would be left out and reads as a booking is none of the footer, unless it is a total."""
        reader: RowReader | None = None
        for line, cells in rows:
            if any(map(is_total, cells)) or any(map(is_balance, cells)) or _is_cut(len(cells), len(header)):
                continue
            try:
                reader = reader or self._reader(header, cells, self.profile)
                row = reader.read(line, cells)
            except FormatError:
                continue
            if row.detail is not None:
                raise FormatError(
                    "footer_is_booking",
                    f"The last {self.profile.footer_rows} rows are no bookings, as the profile has it; this one is",
                    place=f"line {line}",
                )

    def _reader(self, header: list[str], first: list[str], profile: SheetProfile) -> RowReader:
        places = self._places(header) if self.profile.has_header else self._places(first)
        texts = {places.pop("text", -1)} | {self._place(header, place) for place in self.profile.more_texts}
        return RowReader(profile, places, sorted(texts - {-1}))

    def _places(self, header: list[str]) -> dict[str, int]:
        return {role: self._place(header, place) for role, place in self.profile.columns.items()}

    @staticmethod
    def _place(header: list[str], place: str | int) -> int:
        if isinstance(place, int):
            return place - 1
        if header.count(place) == 1:
            return header.index(place)
        raise FormatError(
            "column_missing",
            "The header row names this column " + ("twice" if place in header else "nowhere"),
            place="header row",
            value=place[:40],
        )

    # -- cells --------------------------------------------------------------------------

    def _cells(self, stream: BinaryIO) -> Iterator[Cells]:
        """Yield number and cells of every row that is not empty, from the first one or the header row on."""
        profile = self.profile
        text = io.TextIOWrapper(stream, encoding=profile.encoding, errors="strict", newline="")
        try:
            yield from split(text, profile)
        except UnicodeError:
            raise FormatError(
                "encoding_wrong", f"The file is not valid {profile.encoding.upper()}; choose another encoding"
            ) from None
        finally:
            text.detach()


def _is_cut(length: int, others: int) -> bool:
    """Say whether a row has too few cells to be one like the others."""
    return length + 1 < others < MOST_COLUMNS
