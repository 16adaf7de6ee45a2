"""The digest of what an approver saw (RELIABILITY decisions 7 to 12: an approval binds a hash).

Canonical form, version 1: JSON without blanks, keys in alphabetical order, UTF-8; a field that has its default (None,
False or nothing) is left out; amounts and dates are texts (``"1234.5"`` without trailing zeros, ``"2026-03-02"``). The
digest is SHA-256 of ``payment/1`` or ``batch/1``, a line feed, and that text, as hexadecimal digits.

A payment is digested with what its group says about it: who pays from which account on which day and how. The ids of
message and group and the time of creation are technical and not part of it: an order may be written into another file
without being approved anew. A field that is added later and is not used changes no digest.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from .fields import plan
from .model import Batch, Group, Payment

#: fields of a group that do not say anything about its payments
_TECHNICAL = {"id", "payments"}


def plain(value: Any) -> Any:
    """:return: the canonical form of a value, made of dictionaries, lists and texts"""
    if isinstance(value, Decimal):
        normal = value.normalize()
        return f"{normal:f}" if normal else "0"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        kind: Any = type(value)
        found = ((name, getattr(value, name)) for name, _text in plan(kind))
        unused = _unused(kind)
        return {name: plain(inner) for name, inner in found if inner != () and inner is not unused.get(name)}
    return value


@cache
def _unused(kind: Any) -> dict[str, Any]:
    """What fields hold that say nothing: None, or False where that is the default."""
    return {field.name: False if field.default is False else None for field in dataclasses.fields(kind)}


def payment_digest(group: Group, payment: Payment) -> str:
    """:return: SHA-256 of everything that is approved with one payment"""
    return _digest("payment/1", {"group": _shared(group), "payment": plain(payment)})


def contents(batch: Batch) -> Iterator[tuple[dict[str, Any], str]]:
    """The payments of a batch in their order: the canonical form that is approved, and its digest."""
    for group in batch.groups:
        shared = _shared(group)
        for payment in group.payments:
            document = {"group": shared, "payment": plain(payment)}
            yield document, _digest("payment/1", document)


def batch_digest(batch: Batch) -> str:
    """:return: SHA-256 of all payments of a batch in their order, direction and initiator included"""
    return digest_of(batch, (digest for _document, digest in contents(batch)))


def digest_of(batch: Batch, payments: Iterable[str]) -> str:
    """:return: :func:`batch_digest`, where the digests of its payments are known already"""
    return _digest(
        "batch/1",
        {"direction": batch.direction, "initiator": plain(batch.initiator), "payments": list(payments)},
    )


def _shared(group: Group) -> dict[str, Any]:
    bare = dataclasses.replace(group, payments=())
    found: dict[str, Any] = plain(bare)
    return {name: value for name, value in found.items() if name not in _TECHNICAL}


def _digest(name: str, document: Any) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # a text may hold half a character (a lone surrogate); it is digested, not refused
    return hashlib.sha256(f"{name}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
