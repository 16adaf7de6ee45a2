"""Cells of the rows of a comma-separated text, as a profile says that it is split."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from .model import FormatError
from .sheet_profile import Cells, SheetProfile


def split(text: io.TextIOWrapper, profile: SheetProfile) -> Iterator[Cells]:
    """Yield number and cells of every row that is not empty, from the first one or the header row on.

    :raise FormatError: a row cannot be split
    """
    reader = csv.reader((line.replace("\ufeff", "", 1) for line in text), dialect(profile))
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
