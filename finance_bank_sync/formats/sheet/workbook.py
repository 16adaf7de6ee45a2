"""XLSX files of banks, read as a profile says: the same profile as for CSV, another kind of file.

A workbook is a ZIP archive of XML. Before anything of it is parsed, its directory is looked at: how
many parts, how large, no DTD anywhere. Rows are streamed; a cell becomes the text that the profile
expects, so that one set of rules reads both kinds.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

try:
    import openpyxl  # type: ignore[import-untyped]
except ImportError:  # tools/inspect-statement does without it, until it is asked for a workbook
    openpyxl = None

from ..model import FormatError
from .cells import bare_of_marks
from .profile import MOST_COLUMNS, XLSX, Cells, SheetProfile
from .reader import HEAD_ROWS, Sheet
from .shape import has_shape, is_telling

MAX_PARTS = 500
#: unpacked bytes of all parts together; shared texts are held in memory
MAX_UNPACKED = 64 * 1024**2
MAX_ROWS = 200_000
Values = tuple[int, tuple[Any, ...]]
_CHUNK = 1024**2
_MARK = b"<!DOCTYPE"
#: general purpose bits that say that a part is encrypted
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
#: what a damaged archive makes of :mod:`zipfile`
_DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, ValueError, NotImplementedError, OverflowError,
    EOFError, RuntimeError, OSError,
)  # fmt: skip


def is_workbook(stream: BinaryIO) -> bool:
    """Say whether a ZIP archive is a spreadsheet of Office Open XML; the stream is at its begin again."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return {"[Content_Types].xml", "xl/workbook.xml"} <= set(archive.namelist())
    except _DAMAGE:
        return False
    finally:
        stream.seek(0)


class Workbook(Sheet):
    """The format of one profile for XLSX."""

    def __init__(self, profile: SheetProfile) -> None:
        super().__init__(profile)
        self.code = "xlsx"
        self.name = f"XLSX {profile.name}"

    def identify(self, head: bytes, filename: str) -> bool:
        """A workbook does not show its header in its first bytes, see :meth:`identify_file`."""
        return False

    def identify_file(self, stream: BinaryIO, filename: str) -> bool:
        """Say whether the header row holds every column that is named, and the file name fits.

        :raise FormatError: the workbook is not safe to look at
        """
        profile = self.profile
        is_named = self.names_file(filename)
        if profile.has_header and profile.file_names and not is_named:
            return False
        try:
            pages = [
                [cells for _line, cells in self.texts(rows)]
                for title, rows in self.pages(stream, HEAD_ROWS)
                if profile.sheet in ("", title)
            ]
            if not profile.has_header:
                return is_named or is_telling(profile.layout) and has_shape(profile.layout, next(iter(pages), []))
            return any(self.is_header(cells) for rows in pages for cells in rows)
        finally:
            stream.seek(0)

    def _cells(self, stream: BinaryIO) -> Iterator[Cells]:
        return self.texts(self.values(stream))

    def values(self, stream: BinaryIO) -> Iterator[Values]:
        """Yield number and values of the rows, as the workbook holds them.

        :raise FormatError: the workbook is not safe to look at, or broken
        """
        book = _opened(stream)
        try:
            yield from _rows(self._page(book))
        finally:
            book.close()

    @staticmethod
    def pages(stream: BinaryIO, most: int | None = None) -> list[tuple[str, list[Values]]]:
        """Read all sheets.

        :param most: rows of each
        :return: name and rows of each
        :raise FormatError: the workbook is not safe to look at, or broken
        """
        book = _opened(stream)
        try:
            return [(page.title, list(islice(_rows(page), most))) for page in book.worksheets]
        finally:
            book.close()

    def texts(self, rows: Iterable[Values]) -> Iterator[Cells]:
        """Yield the rows with cells as the profile expects them in a CSV file."""
        skipped = 0 if self.profile.has_header else self.profile.skip_lines
        for line, row in rows:
            cells = [self._text(value) for value in row]
            if line > skipped and any(cell.strip() for cell in cells):
                yield line, cells

    def _page(self, book: Any) -> Any:
        name = self.profile.sheet
        pages = book.worksheets
        if name:
            pages = [page for page in pages if page.title == name]
        if not pages:
            raise FormatError("sheet_missing", "The workbook has no such sheet", place="workbook", value=name[:40])
        return pages[0]

    def _text(self, value: Any) -> str:
        """A cell as the profile expects it in a CSV file."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, datetime | date):
            return value.strftime(self.profile.date_format)
        if isinstance(value, time):
            return value.isoformat()
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            # spreadsheet programs keep 15 digits: what stands behind them is noise of binary numbers
            exact = f"{Decimal(f'{value:.15g}'):f}" if value == value and abs(value) < 1e15 else str(value)
            return exact.replace(".", self.profile.decimal_mark)
        text = str(value)
        return text if text.isascii() else bare_of_marks(text)


def _opened(stream: BinaryIO) -> Any:
    _check(stream)
    if openpyxl is None:
        raise FormatError("workbook_unreadable", "Workbooks need the Python package openpyxl")
    try:
        return openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except Exception:  # openpyxl raises whatever its parts raise
        raise FormatError("workbook_broken", "The workbook cannot be opened") from None


def _rows(page: Any) -> Iterator[Values]:
    rows = page.iter_rows(values_only=True, max_col=MOST_COLUMNS)
    for line, row in enumerate(_guarded(rows), 1):
        if line > MAX_ROWS:
            raise FormatError("too_many_rows", f"The sheet has more than {MAX_ROWS} rows", place=f"row {line}")
        yield line, row


def _guarded(rows: Iterator[Any]) -> Iterator[Any]:
    """Rows are parsed while they are asked for: what is broken inside names itself."""
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except Exception:  # openpyxl raises whatever its parts raise
            raise FormatError("workbook_broken", "The workbook holds a row that cannot be read") from None


def _check(stream: BinaryIO) -> None:
    """:raise FormatError: before anything is parsed, when the workbook is too large or holds what no bank writes"""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise FormatError("workbook_too_large", "The workbook is larger than one that is read here")
            for part in parts:
                if part.flag_bits & _ENCRYPTED:
                    raise FormatError("workbook_encrypted", "The workbook is encrypted")
                if part.filename.endswith((".xml", ".rels", ".vml")):
                    with archive.open(part) as source:
                        _check_part(source, part.filename)
    except _DAMAGE:
        raise FormatError("workbook_broken", "The workbook is damaged") from None
    finally:
        stream.seek(0)


def _check_part(source: Any, name: str) -> None:
    """No part has a DTD, in whatever encoding: entities grow without end, and read other files."""
    rest = b""
    while chunk := source.read(_CHUNK):
        block = rest + chunk
        if _MARK in block or b"\x00" in block:
            raise FormatError("workbook_unsafe", "A part of the workbook has a DTD or is not UTF-8", place=name[:80])
        rest = block[-len(_MARK) :]


def titles(stream: BinaryIO) -> list[str]:
    """:return: names of the sheets of a workbook
    :raise FormatError: the workbook is not safe to look at, or broken
    """
    _check(stream)
    if openpyxl is None:
        return []
    try:
        book = openpyxl.load_workbook(stream, read_only=True)
        names = [page.title for page in book.worksheets]
        book.close()
    except Exception:  # openpyxl raises whatever its parts raise
        raise FormatError("workbook_broken", "The workbook cannot be opened") from None
    return names


def sheet_of(profile: SheetProfile) -> Sheet:
    """:return: the reader of a profile's kind of file"""
    return Workbook(profile) if profile.kind == XLSX else Sheet(profile)
