"""Cells of the rows of a comma-separated text, as a profile says that it is split."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

from ..model import FormatError
from .profile import Cells, SheetProfile

#: marks that have no width: of the byte order, and of the direction of writing
_MARKS = re.compile("[\ufeff\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: a text that spreadsheet programs are to leave as it is
_FORMULA = re.compile(r'(^|[;,\t|])="([^"]*)"(?=[;,\t|\r\n]|$)')


def bare_of_marks(text: str) -> str:
    """:return: a text without the marks that nobody sees"""
    return _MARKS.sub("", text)


def _bare(line: str) -> str:
    if '="' in line:
        line = _FORMULA.sub(r'\1"\2"', line)
    return line if line.isascii() else bare_of_marks(line)


def split(text: io.TextIOWrapper, profile: SheetProfile) -> Iterator[Cells]:
    """Yield number and cells of every row that is not empty, from the first one or the header row on.

    :raise FormatError: a row cannot be split
    """
    reader = csv.reader(map(_bare, text), dialect(profile))
    skipped = 0 if profile.has_header else profile.skip_lines
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


def dialect(profile: SheetProfile) -> type[csv.Dialect]:
    """:return: how the texts of a profile are split"""

    class Dialect(csv.Dialect):
        delimiter = profile.delimiter
        quotechar = profile.quote or None
        quoting = csv.QUOTE_MINIMAL if profile.quote else csv.QUOTE_NONE
        doublequote = True
        skipinitialspace = False
        lineterminator = "\n"
        strict = True

    return Dialect


def rows_in(head: bytes, profile: SheetProfile) -> list[list[str]]:
    """:return: the rows in the first bytes of a file, the last one maybe cut"""
    # the head comes as UTF-8 where the file is UTF-16; its last character may be cut
    encoding = "utf-8" if profile.encoding == "utf-16" else profile.encoding
    text = bare_of_marks(head.removeprefix(codecs.BOM_UTF8).decode(encoding, "ignore"))
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), dialect(profile)))
    except csv.Error:
        pass  # the last row is cut, or it is another kind of text: those before it tell
    return rows
