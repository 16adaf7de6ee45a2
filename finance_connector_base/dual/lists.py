"""Reading what an old interface has done, as a list: CSV with a header, or JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

#: lines of one list
MAX_LINES = 200_000
#: what separates columns; the one that the header has most of
SEPARATORS = (";", ",", "\t")


class ListUnreadable(ValueError):
    """The file is no list; the text says why."""


def read(content: bytes) -> list[dict[str, Any]]:
    """:return: one dict a line, values as they are written

    :raise ListUnreadable: it is neither a JSON list of objects nor CSV with a header
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ListUnreadable("it is not written in UTF-8") from None
    rows = _json(text) if text.lstrip().startswith("[") else _csv(text)
    if len(rows) > MAX_LINES:
        raise ListUnreadable(f"it has more than {MAX_LINES} lines")
    return rows


def _json(text: str) -> list[dict[str, Any]]:
    try:
        # numbers stay as they are written
        items = json.loads(text, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ListUnreadable("it is no JSON") from None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ListUnreadable("it is no list of objects")
    return items


def _csv(text: str) -> list[dict[str, Any]]:
    header = text.partition("\n")[0]
    separator = max(SEPARATORS, key=header.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator, strict=True) if any(row)]
    except csv.Error as error:
        raise ListUnreadable(f"it is no CSV: {error}") from None
    if not rows:
        raise ListUnreadable("it is empty")
    names = [name.strip() for name in rows[0]]
    if not all(names) or len(set(names)) < len(names):
        raise ListUnreadable("its first line does not name every column once")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            raise ListUnreadable(f"line {number} has {len(row)} columns instead of {len(names)}")
    return [dict(zip(names, (value.strip() for value in row), strict=True)) for row in rows[1:]]


def _no_constant(_text: str) -> Any:
    raise ValueError
