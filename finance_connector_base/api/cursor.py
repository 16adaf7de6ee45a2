"""Where a list goes on: a place that only we can write, and that belongs to one list and its filters."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from .problem import Problem

_LENGTH = 16


class Cursors:
    """Writes and reads the cursors of one database.

    :param secret: text that this database alone has
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"finance cursors/" + secret.encode()).digest()

    def write(self, name: str, filters: Mapping[str, Any], place: Sequence[str | int]) -> str:
        """:return: the cursor
        :param name: of the list
        :param filters: what it is narrowed to; another list with the cursor would skip or repeat
        :param place: values of the last row, in the order of the list
        """
        body = json.dumps(list(place), separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._seal(name, filters, body) + body).rstrip(b"=").decode("ascii")

    def read(self, name: str, filters: Mapping[str, Any], text: str) -> list[Any]:
        """:return: the place
        :raise Problem: ``cursor``
        """
        try:
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise _none() from error
        seal, body = data[:_LENGTH], data[_LENGTH:]
        if not hmac.compare_digest(seal, self._seal(name, filters, body)):
            raise _none()
        place: list[Any] = json.loads(body)
        return place

    def _seal(self, name: str, filters: Mapping[str, Any], body: bytes) -> bytes:
        head = json.dumps([name, sorted((key, str(value)) for key, value in filters.items())]).encode()
        return hmac.new(self._key, head + b"\0" + body, hashlib.sha256).digest()[:_LENGTH]


def _none() -> Problem:
    return Problem("cursor", "Take the cursor as it was given, for the same list with the same filters, or begin anew.")
