"""Many rows into a table at once, by PostgreSQL's COPY: no statement to parse, no value to quote."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from typing import Any

#: what COPY's text form writes otherwise (PostgreSQL, COPY, "Text Format")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
#: whose text has nothing to write otherwise
_PLAIN = frozenset({int, float, Decimal, date})
#: rows of one COPY: bounds the memory of writing however many there are
AT_ONCE = 20_000
#: rows that are handed over together: some ten thousand characters
IN_ONE_PIECE = 50


def text_of(value: Any) -> str:
    """Write one value: None, texts, numbers, dates, booleans and whatever else ``str`` writes as PostgreSQL reads it.

    :raise ValueError: a text has a zero byte, which no database text can hold
    """
    if value is None:
        return "\\N"
    kind = type(value)
    if kind in _PLAIN:
        return str(value)
    if kind is bool:
        return "t" if value else "f"
    text = value if kind is str else str(value)
    if text.isprintable() and "\\" not in text:
        return text
    if "\0" in text:
        raise ValueError("a text has a zero byte")
    return text.translate(_ESCAPES)


def copy_rows(cr: Any, table: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows that have these columns; the rules of the table hold, what it computes by default it computes.

    :param cr: cursor of psycopg2, or one that passes on to it
    :param table: name of the table, from code and never from outside, as are the columns
    :param rows: taken as they come, so many at a time; whoever yields them may ask the database meanwhile
    """
    waiting = iter(rows)
    # sql: table and columns are constants of the caller
    statement = f'COPY "{table}" ({", ".join(columns)}) FROM STDIN'
    while taken := list(islice(waiting, AT_ONCE)):
        cr.copy_expert(statement, _Text(columns, taken))


class _Text(io.TextIOBase):
    """Rows as COPY reads them, written when they are asked for: the database stores some while we write the next."""

    def __init__(self, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
        self._values = itemgetter(*columns) if len(columns) > 1 else lambda row: (row[columns[0]],)
        self._rows = iter(rows)

    def read(self, size: int | None = -1, /) -> str:
        """Give the next lines; psycopg2 takes a piece that is longer than it asked for."""
        some = islice(self._rows, IN_ONE_PIECE) if size is not None and size >= 0 else self._rows
        return "".join(_lines(self._values, some))


def _lines(values: Callable[[Mapping[str, Any]], Sequence[Any]], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return [
        # most values are nothing or plain text, and a call takes longer than to see that
        "\t".join(
            [
                "\\N"
                if value is None
                else value
                if type(value) is str and value.isprintable() and "\\" not in value
                else str(value)
                if type(value) in _PLAIN
                else text_of(value)
                for value in values(row)
            ]
        )
        + "\n"
        for row in rows
    ]
