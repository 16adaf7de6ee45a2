"""The one form of an entry that is hashed: the same facts are the same bytes, different facts are different bytes.

A version byte, then each fact in the order of :data:`FACTS`: four bytes of length (big endian) and the text in
UTF-8, or ``FF FF FF FF`` for nothing. Numbers are decimal strings, moments are UTC with microseconds. What was
before and after is the text of canonical JSON (:func:`plain_json`), hashed as the text it is, so that a verifier
needs no writer of JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, NamedTuple

VERSION = 1
_NOTHING = b"\xff\xff\xff\xff"


class Facts(NamedTuple):
    """What an entry says. The order is that of the canonical form and never changes within a version."""

    number: int
    at: datetime
    event: str
    model: str | None
    res_id: int | None
    record_name: str | None
    company_ref: int | None
    user_ref: int | None
    user_login: str | None
    correlation_id: str | None
    reason: str | None
    before: str | None
    after: str | None
    key: str | None


FACTS = Facts._fields


def moment(value: datetime) -> str:
    """:return: UTC with microseconds; a moment without zone is UTC"""
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return f"{value.isoformat(timespec='microseconds')}Z"


def clean(value: str | None) -> str | None:
    """:return: text that a database can keep and UTF-8 can write; nothing for an empty one"""
    if not value:
        return None
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def encode(facts: Facts) -> bytes:
    """:return: the bytes of the canonical form"""
    parts = [bytes((VERSION,))]
    for value in facts:
        if value is None:
            parts.append(_NOTHING)
            continue
        text = value if isinstance(value, str) else moment(value) if isinstance(value, datetime) else str(value)
        raw = text.encode()
        parts.append(len(raw).to_bytes(4, "big"))
        parts.append(raw)
    return b"".join(parts)


def digest(facts: Facts) -> bytes:
    """:return: SHA-256 of the canonical form"""
    return hashlib.sha256(encode(facts)).digest()


def plain_json(value: Mapping[str, Any] | None) -> str | None:
    """Write facts as canonical JSON: keys sorted, no spaces, ASCII, numbers that are not whole as decimal strings.

    :return: the text, or nothing for no facts
    """
    if not value:
        return None
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"sha256:{hashlib.sha256(value).hexdigest()}"
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(inner) for inner in value), key=str)
    return str(value)
