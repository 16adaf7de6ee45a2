"""Tables as XLSX or CSV, in and out: what was text stays text, and no cell is a formula.

A text that a spreadsheet program would take for a formula gets an apostrophe in front, and loses it
again when it comes back; numbers are written as numbers.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.styles import Font  # type: ignore[import-untyped]

MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_SIZE = 20_000_000
MAX_UNPACKED = 200_000_000

#: what begins a formula in one program or another, full-width forms included
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class SheetError(ValueError):
    """A file that is no such table; the text is a code for the words of the screen."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it was found.

    :param number: as the spreadsheet program counts, so that people find it
    """

    sheet: str
    number: int
    values: dict[str, Any]


def guard(value: Any) -> Any:
    """Make a text harmless for spreadsheet programs."""
    if isinstance(value, str) and (value.startswith(_FORMULA) or value.startswith("'")):
        return f"'{value}"
    return value


def unguard(value: Any) -> Any:
    """Undo :func:`guard`."""
    return value[1:] if isinstance(value, str) and value.startswith("'") else value


def write_xlsx(sheet: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Write one sheet with a bold header that stays in view."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.freeze_panes = "A2"
    for position in range(len(header)):
        page.column_dimensions[openpyxl.utils.get_column_letter(position + 1)].width = 20
    bold = []
    for title in header:
        cell = WriteOnlyCell(page, value=title)
        cell.font = Font(bold=True)
        bold.append(cell)
    page.append(bold)
    for row in rows:
        page.append([_cell(page, value) for value in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Write UTF-8 with the mark that makes spreadsheet programs see it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_plain(value) for value in row])
    return target.getvalue().encode("utf-8-sig")


def read(content: bytes, name: str) -> list[Line]:
    """Read every sheet whose first row is a header.

    :raise SheetError: not a table, or a harmful or too large one
    """
    if len(content) > MAX_SIZE:
        raise SheetError("too_large")
    if content[:2] == b"PK":
        return list(_read_xlsx(content))
    if name.lower().endswith((".xlsx", ".xls", ".ods")):
        raise SheetError("not_xlsx")
    return list(_read_csv(content))


def _cell(page: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # said to be text: otherwise the library itself would make a formula of it
    cell = WriteOnlyCell(page, value="")
    cell.value = guard(value)
    cell.data_type = "s"
    return cell


def _plain(value: Any) -> Any:
    if value is None or value is False:
        return ""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return guard(value) if isinstance(value, str) else value


def _read_xlsx(content: bytes) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > 500 or sum(member.file_size for member in members) > MAX_UNPACKED:
                raise SheetError("too_large")
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as stream:
                        if b"<!DOCTYPE" in stream.read(4096).upper():
                            raise SheetError("harmful")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except SheetError:
        raise
    except Exception as error:
        raise SheetError("not_xlsx") from error
    try:
        for page in book.worksheets:
            yield from _lines(page.title, page.iter_rows(values_only=True, max_col=MAX_COLUMNS))
    finally:
        book.close()


def _read_csv(content: bytes) -> Iterator[Line]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetError("not_utf8") from error
    if "\0" in text:
        raise SheetError("not_csv")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    try:
        yield from _lines("CSV", csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise SheetError("not_csv") from error


def _lines(sheet: str, rows: Iterable[Sequence[Any]]) -> Iterator[Line]:
    header: list[str] = []
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise SheetError("too_many")
        if number == 1:
            header = [str(value or "").strip() for value in row]
            continue
        values = {title: _clean(value) for title, value in zip(header, row, strict=False) if title}
        if any(value is not None for value in values.values()):
            yield Line(sheet, number, values)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        value = unguard(value.strip())
        return value or None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    return value
