"""What went wrong, for programs and for the people who wrote them (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MEDIA_TYPE = "application/problem+json"
_PREFIX = "urn:finance-integration-suite:problem:"

#: code -> (HTTP status, title); codes are part of the contract and never change their meaning
CODES: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read"),
    "invalid": (422, "The request is not valid"),
    "version": (400, "This version is not spoken here"),
    "idempotency_missing": (400, "The request needs a name"),
    "cursor": (400, "The cursor is none of this list"),
    "key_missing": (401, "A key is needed"),
    "key_refused": (401, "The key is not accepted"),
    "not_allowed": (403, "The key does not have this right"),
    "not_found": (404, "There is nothing here"),
    "method": (405, "This is not done here"),
    "not_acceptable": (406, "Only JSON is answered"),
    "conflict": (409, "The request is at odds with another one"),
    "idempotency_running": (409, "The first request with this key is still running"),
    "gone": (410, "This version is no longer served"),
    "too_large": (413, "The request is too large"),
    "media_type": (415, "Only JSON is read"),
    "idempotency_reused": (422, "This idempotency key was used for something else"),
    "too_many": (429, "Too many requests"),
    "internal": (500, "Something went wrong here"),
    "unavailable": (503, "Try again later"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a request.

    :param pointer: JSON pointer into the body, or the name of the parameter behind a ``?``
    """

    detail: str
    pointer: str


class Problem(Exception):
    """A request that is answered with a problem.

    :param code: one of :data:`CODES`
    :param detail: what is wrong and what to do, without values of the request
    :param faults: what is wrong where
    :param headers: further headers of the answer
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.status, self.title = CODES[code]
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})

    def facts(self, instance: str = "") -> dict[str, Any]:
        """:return: the members of the document
        :param instance: id under which the log knows this request
        """
        found: dict[str, Any] = {"type": _PREFIX + self.code, "title": self.title, "status": self.status}
        if self.detail:
            found["detail"] = self.detail
        if instance:
            found["instance"] = f"urn:finance-integration-suite:request:{instance}"
        if self.faults:
            found["errors"] = [{"detail": fault.detail, "pointer": fault.pointer} for fault in self.faults]
        return found

    def write(self, instance: str = "") -> bytes:
        """:return: the document"""
        return json.dumps(self.facts(instance), ensure_ascii=False).encode()
