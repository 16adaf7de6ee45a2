"""What the writers of delimited files share: settings as lists and pairs, rows out and back in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO


def words(text: str) -> tuple[str, ...]:
    """Read ``Account, Entity``."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def pairs(text: str) -> dict[str, str]:
    """Read ``Movement = FCCS_No Movement; View = FCCS_YTD_Input``.

    :raise ValueError: a part without an equals sign; its text is the part
    """
    found = {}
    for part in filter(None, (one.strip() for one in text.replace("\n", ";").split(";"))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ValueError(part)
        found[name.strip()] = value.strip()
    return found


class Delimited:
    """Writes rows of a delimited file as UTF-8 without byte order mark.

    A cell that begins like a formula is left as it is: programs read these files, and a member of a dimension that got
    an apostrophe would be another one.
    """

    def __init__(self, stream: BinaryIO, delimiter: str = ",") -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        self._table = csv.writer(self._text, delimiter=delimiter, lineterminator="\r\n")

    def add(self, cells: Sequence[str]) -> None:
        """Write one row."""
        self._table.writerow(cells)

    def close(self) -> None:
        """Let go of the stream without closing it."""
        self._text.flush()
        self._text.detach()


def read(stream: BinaryIO, delimiter: str = ",") -> Iterator[list[str]]:
    """Read back what :class:`Delimited` has written."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        yield from csv.reader(text, delimiter=delimiter)
    finally:
        text.detach()


def place_of(header: Sequence[str], row: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """:param names: what we call a column -> what the file calls it; :return: the cells of these columns"""
    cells = dict(zip(header, row, strict=False))
    return {ours: cells.get(theirs, "") for ours, theirs in names.items()}


def nth(rows: Iterable[list[str]], number: int) -> list[str] | None:
    """:return: the row of this number, the first being 1"""
    for count, row in enumerate(rows, 1):
        if count == number:
            return row
    return None
