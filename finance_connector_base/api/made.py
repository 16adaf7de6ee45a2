"""What is answered, apart from how it travels: kept for repetitions, sent to whoever asked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .problem import MEDIA_TYPE, Problem

#: a key that names a request, quoted as the draft of the IETF wants it, or as it is
KEY = r"[A-Za-z0-9._:-]{1,255}"
_KEY = re.compile(f'"({KEY})"|({KEY})')


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An answer.

    :param location: path below the base where the thing that was made is found
    :param is_replayed: it was given before, to a request with the same key
    """

    status: int
    content: bytes
    media_type: str = "application/json"
    location: str | None = None
    is_replayed: bool = False


Work = Callable[[], Made]


def of_problem(problem: Problem, instance: str) -> Made:
    """:return: the answer that tells a problem"""
    return Made(status=problem.status, content=problem.write(instance), media_type=MEDIA_TYPE)


def read_key(header: str | None) -> str:
    """:return: the name that a client gave its request in ``Idempotency-Key``
    :raise Problem: ``idempotency_missing``, ``malformed``
    """
    if not header or not header.strip():
        raise Problem(
            "idempotency_missing",
            "Send Idempotency-Key: a name of your own for this request, the same if you repeat it.",
        )
    match = _KEY.fullmatch(header.strip())
    if not match:
        raise Problem("malformed", "Idempotency-Key has 1 to 255 letters, digits and . _ : -")
    return match[1] or match[2]


def fingerprint(method: str, path: str, parameters: dict[str, str], body: Any) -> str:
    """Give the same text for requests that ask for the same, however their JSON is laid out."""
    facts = [method, path, sorted(parameters.items()), body]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
