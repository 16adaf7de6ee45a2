"""Foreign text made fit for the database."""

from __future__ import annotations

import json
import math
from typing import Any


def printable(text: str | None) -> str:
    """A name as it can be stored: lone surrogates of undecodable file names as escapes, no NUL."""
    return (text or "").encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "")


def to_json(value: Any) -> str:
    """JSON text that PostgreSQL takes: what has no JSON form becomes its text, NUL and lone surrogates go."""
    return json.dumps(_storable(value), default=lambda other: printable(str(other)))


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {printable(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value
