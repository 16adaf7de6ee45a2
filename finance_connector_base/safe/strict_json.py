"""JSON from outside, read strictly: bounded, no doubt about its meaning, numbers exact.

What two readers could understand differently (a key that occurs twice, ``NaN``, text that is
not UTF-8) is refused. Numbers with a fraction are ``Decimal``: a float would change money.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from .errors import SafetyError

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 64
#: digits of one number; more costs time out of proportion and is no amount
MAX_DIGITS = 64

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def loads(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Read a JSON document.

    :raise SafetyError: ``json_too_large``, ``json_too_deep``, ``json_duplicate_key``,
        ``json_number``, ``json_encoding`` or ``json_syntax``
    """
    if len(data) > max_bytes:
        raise SafetyError("json_too_large", f"The JSON document is larger than {max_bytes} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SafetyError("json_encoding", "The JSON document is not UTF-8", f"byte {error.start}") from error
    _check_depth(text, max_depth)
    try:
        return json.loads(
            text,
            parse_float=_fraction,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        # the text of the error would quote nothing of the document, its place is enough
        raise SafetyError("json_syntax", "This is not JSON", f"line {error.lineno}, column {error.colno}") from error


def dumps(value: Any) -> bytes:
    """Write JSON in which a ``Decimal`` is a number with exactly its digits: ``0.10`` stays ``0.10``."""
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("JSON knows no such number")
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_quoted(str(key))}:{_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _check_depth(text: str, limit: int) -> None:
    """Before the parser, which is recursive."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        character = match.group()
        if character in "[{":
            depth += 1
            if depth > limit:
                raise SafetyError("json_too_deep", f"The JSON document is nested more than {limit} levels deep")
        elif character in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _value in pairs:
            if key in seen:
                raise SafetyError("json_duplicate_key", "The JSON document has a key twice", key[:80])
            seen.add(key)
    return found


def _integer(text: str) -> int:
    _check_digits(text)
    return int(text)


def _fraction(text: str) -> Decimal:
    _check_digits(text)
    value = Decimal(text)
    if not -MAX_DIGITS <= value.adjusted() <= MAX_DIGITS:
        raise SafetyError("json_number", "The JSON document has a number out of all bounds")
    return value


def _check_digits(text: str) -> None:
    if len(text) > MAX_DIGITS:
        raise SafetyError("json_number", f"The JSON document has a number of more than {MAX_DIGITS} digits")


def _constant(text: str) -> NoReturn:
    raise SafetyError("json_number", f"The JSON document says {text}, which is no number")
