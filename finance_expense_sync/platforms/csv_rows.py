"""Rows of CSV files: text in UTF-8, with or without a mark, separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

#: longest file that is read
MOST_ROWS = 200_000


class CsvError(ValueError):
    """The file, or a report in it, cannot be read.

    :param place: line of the file, from 1
    """

    def __init__(self, text: str, place: int | None = None) -> None:
        super().__init__(f"line {place}: {text}" if place else text)
        self.place = place


def rows_of(
    content: bytes, needed: Sequence[str], is_known: Callable[[str], bool]
) -> tuple[list[str], Iterator[tuple[int, list[str]]], str]:
    """Open a file whose first line names its columns.

    :param needed: columns without which it is none
    :param is_known: says of a name whether it is a column; one that is misspelt would be missed in silence
    :return: (names of the columns, rows with the line they are in, what separates them)
    :raise CsvError: at once, or where a row breaks off
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CsvError("is no text in UTF-8") from None
    if "\0" in text:
        raise CsvError("is no text")
    head = text.split("\n", 1)[0]
    dialect = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=dialect, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
    except csv.Error as error:
        raise CsvError(str(error), 1) from None
    missing = [name for name in needed if name not in header]
    if missing:
        raise CsvError(f"the first line lacks {', '.join(missing)}", 1)
    unknown = [name for name in header if not is_known(name)]
    if unknown or len(set(header)) != len(header):
        raise CsvError(f"columns nobody knows or named twice: {', '.join(unknown)[:200]}", 1)

    def rows() -> Iterator[tuple[int, list[str]]]:
        try:
            for count, row in enumerate(reader):
                if count >= MOST_ROWS:
                    raise CsvError(f"has more than {MOST_ROWS} lines")
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            raise CsvError(str(error), reader.line_num) from None

    return header, rows(), dialect


def without(data: dict[str, Any]) -> dict[str, Any]:
    """:return: the data without what is empty"""
    return {name: value for name, value in data.items() if value is not None and value != ""}
