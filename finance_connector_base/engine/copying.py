"""Many rows into a table at once, by PostgreSQL's COPY: no statement to parse, no value to quote."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: what COPY's text form writes otherwise (PostgreSQL, COPY, "Text Format")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def text_of(value: Any) -> str:
    """Write one value: None, texts, numbers, dates, booleans and whatever else ``str`` writes as PostgreSQL reads it.

    :raise ValueError: a text has a zero byte, which no database text can hold
    """
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    text = value if isinstance(value, str) else str(value)
    if "\0" in text:
        raise ValueError("a text has a zero byte")
    return text.translate(_ESCAPES) if "\\" in text or not text.isprintable() else text


def copy_rows(cr: Any, table: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows that have these columns; the rules of the table hold, what it computes by default it computes.

    :param cr: cursor of psycopg2, or one that passes on to it
    :param table: name of the table, from code and never from outside, as are the columns
    """
    lines = ("\t".join([text_of(row[column]) for column in columns]) for row in rows)
    content = io.StringIO("\n".join(lines))
    # sql: table and columns are constants of the caller
    cr.copy_expert(f'COPY "{table}" ({", ".join(columns)}) FROM STDIN', content)
