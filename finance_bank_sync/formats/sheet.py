"""Tables of banks, each read as a profile says (specs/mt940_ofx_bai2.md section D): comma-separated files here, XLSX
in :mod:`.workbook`.

A profile is what a person knows about the files of one bank: where which column is, and how numbers
and dates are written. Nothing is guessed from the rows; a row that does not fit is refused with its
number and column.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from .model import FormatError, StatementEvent
from .sheet_profile import MOST_COLUMNS, SheetProfile
from .sheet_row import Row, RowReader
from .sheet_statement import statements
from .sheet_words import is_balance, is_total

Cells = tuple[int, list[str]]
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
        self._names = {place for place in (*profile.columns.values(), *profile.more_texts) if isinstance(place, str)}

    def identify(self, head: bytes, filename: str) -> bool:
        """Say whether a header row holds every column that is named, and the file name fits."""
        profile = self.profile
        if profile.file_names and not any(text.lower() in filename.lower() for text in profile.file_names):
            return False
        if not profile.has_header:
            return bool(profile.file_names) and filename.lower().endswith((".csv", ".txt", ".tab", ".tsv"))
        if b"\x00" in head:
            return False
        # the head comes as UTF-8 where the file is UTF-16; its last character may be cut
        encoding = "utf-8" if profile.encoding == "utf-16" else profile.encoding
        text = head.removeprefix(codecs.BOM_UTF8).decode(encoding, "ignore")
        try:
            rows = csv.reader(io.StringIO(text, newline=""), self._dialect())
            return any(self._is_header(cells) for cells in rows)
        except csv.Error:
            return False

    def parse(self, stream: BinaryIO) -> Iterator[StatementEvent]:
        """Give the statements: the rows of an account each.

        :raise FormatError: a row does not fit the profile
        """
        profile = self.profile
        # a sheet has the newest row first often enough, and its balance stands beside each row
        yield from statements(
            list(self.rows(stream)),
            newest_first=profile.newest_first,
            code=self.code,
            account=profile.account,
            currency=profile.currency,
        )

    def rows(self, stream: BinaryIO) -> Iterator[Row]:
        """Yield bookings and balances in the order of the file, for the statement or a preview."""
        return self.rows_of(self._cells(stream))

    def rows_of(self, table: Iterable[Cells]) -> Iterator[Row]:
        """Yield bookings and balances of a table that is split into cells."""
        reader: RowReader | None = None
        last: Row | None = None
        length = shortest = MOST_COLUMNS
        for line, cells, header in self._bookings(table):
            if reader is None:
                reader = self._reader(header, cells)
            text = reader.continued(cells) if last is not None and last.detail is not None else None
            if text is not None and last is not None:
                last.add_text(text)
                continue
            if last is not None:
                yield last
                shortest = min(shortest, length)
            last, length = reader.read(line, cells), len(cells)
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

    def _bookings(self, table: Iterable[Cells]) -> Iterator[tuple[int, list[str], list[str]]]:
        """Yield number and cells of the rows below the header row and above the footer, and the header row."""
        profile = self.profile
        header: list[str] | None = None
        width, widest = 0, self._widest()
        held: list[Cells] = []
        for line, cells in self._table(table):
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
        self._check_footer(held, header)

    def _table(self, table: Iterable[Cells]) -> Iterator[Cells]:
        """Leave out what stands above the header row, wherever that is: preambles differ from file to file."""
        profile = self.profile
        if not profile.has_header or not self._names:
            yield from (row for row in table if row[0] > profile.skip_lines)
            return
        above: list[Cells] = []
        rows = iter(table)
        for row in rows:
            if self._is_header(row[1]):
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

    def _is_header(self, cells: Sequence[str]) -> bool:
        return self._names <= {cell.strip() for cell in cells} if len(cells) >= len(self._names) else False

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

    def _check_footer(self, rows: list[Cells], header: list[str]) -> None:
        """A row that would be left out and reads as a booking is none of the footer, unless it is a total."""
        reader: RowReader | None = None
        for line, cells in rows:
            if any(map(is_total, cells)) or any(map(is_balance, cells)) or _is_cut(len(cells), len(header)):
                continue
            try:
                reader = reader or self._reader(header, cells)
                row = reader.read(line, cells)
            except FormatError:
                continue
            if row.detail is not None:
                raise FormatError(
                    "footer_is_booking",
                    f"The last {self.profile.footer_rows} rows are no bookings, as the profile has it; this one is",
                    place=f"line {line}",
                )

    def _reader(self, header: list[str], first: list[str]) -> RowReader:
        places = self._places(header) if self.profile.has_header else self._places(first)
        texts = {places.pop("text", -1)} | {self._place(header, place) for place in self.profile.more_texts}
        return RowReader(self.profile, places, sorted(texts - {-1}))

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
            yield from self._split(text)
        except UnicodeError:
            raise FormatError(
                "encoding_wrong", f"The file is not valid {profile.encoding.upper()}; choose another encoding"
            ) from None
        finally:
            text.detach()

    def _split(self, text: io.TextIOWrapper) -> Iterator[Cells]:
        reader = csv.reader((line.replace("\ufeff", "", 1) for line in text), self._dialect())
        skipped = 0 if self.profile.has_header else self.profile.skip_lines
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise FormatError(
                    "row_invalid", f"The row cannot be read: {error}", place=f"line {reader.line_num}"
                ) from None
            if reader.line_num > skipped and any(cell.strip() for cell in cells):
                yield reader.line_num, cells

    def _dialect(self) -> type[csv.Dialect]:
        profile = self.profile

        class Dialect(csv.Dialect):
            delimiter = profile.delimiter
            quotechar = profile.quote or None
            quoting = csv.QUOTE_MINIMAL if profile.quote else csv.QUOTE_NONE
            doublequote = True
            skipinitialspace = False
            lineterminator = "\n"
            strict = True

        return Dialect


def _is_cut(length: int, others: int) -> bool:
    """Say whether a row has too few cells to be one like the others."""
    return length + 1 < others < MOST_COLUMNS
