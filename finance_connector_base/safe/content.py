"""The content of messages at rest: many small values under one data key.

Unlike ``crypto.seal``, which wraps a data key of its own for each value, the values of a company, an environment
and a day share one (``finance.content.key``): a thousand messages cost one key, not a thousand.

    sealed content   ``c1:<number of the data key>:<nonce, form and ciphertext in base64>``

The associated data names the place (model, record, field, company, connection) and the data key, whose own
wrapping names environment and database: content copied to another place does not open.
"""

from __future__ import annotations

import base64
import os
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Collection, Hashable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .crypto import SealBroken

VERSION = "c1"
#: characters from which compressing is worth its time
COMPRESSED_FROM = 512
_NONCE = 12
_PLAIN, _COMPRESSED = b"p", b"z"
#: opened data keys that a process remembers, and for how many seconds
REMEMBERED, REMEMBERED_FOR = 512, 60.0


def seal(cipher: AESGCM, number: int, text: str, associated: str) -> str:
    """:param number: of the data key
    :return: the sealed content
    """
    data, form = text.encode(), _PLAIN
    if len(data) >= COMPRESSED_FROM:
        data, form = zlib.compress(data, 1), _COMPRESSED
    # random: a value that is written again never meets the nonce of the one before
    nonce = os.urandom(_NONCE)
    body = nonce + form + cipher.encrypt(nonce, data, _bound(number, form, associated))
    return f"{VERSION}:{number}:{base64.b64encode(body).decode('ascii')}"


def number_of(sealed: str) -> int:
    """:return: number of the data key
    :raise SealBroken: it is no sealed content
    """
    version, _colon, rest = sealed.partition(":")
    number, _colon, body = rest.partition(":")
    if version != VERSION or not number.isascii() or not number.isdigit() or not body:
        raise SealBroken("not sealed, or in a version that is not known")
    return int(number)


def unseal(cipher: AESGCM, sealed: str, associated: str) -> str:
    """:raise SealBroken: changed, moved, or sealed by another data key"""
    number = number_of(sealed)
    try:
        body = base64.b64decode(sealed.rpartition(":")[2], validate=True)
        nonce, form, data = body[:_NONCE], body[_NONCE : _NONCE + 1], body[_NONCE + 1 :]
        clear = cipher.decrypt(nonce, data, _bound(number, form, associated))
        return (zlib.decompress(clear) if form == _COMPRESSED else clear).decode()
    except (InvalidTag, ValueError, zlib.error) as error:
        raise SealBroken("the content does not open here") from error


def _bound(number: int, form: bytes, associated: str) -> bytes:
    return f"{VERSION}/{number}/{form.decode('latin-1')}/{associated}".encode()


class _Opened(NamedTuple):
    cipher: AESGCM
    #: public name of the master key that wraps the data key
    wrapped_by: str
    until: float


class Ciphers:
    """Data keys that this process has opened a moment ago: a worker does not unwrap one for each message.

    One is given only while its master key is at hand: a server that loses the key is locked at once.
    """

    def __init__(self, limit: int = REMEMBERED, seconds: float = REMEMBERED_FOR) -> None:
        self._limit, self._seconds = limit, seconds
        self._opened: OrderedDict[Hashable, _Opened] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, place: Hashable, at_hand: Collection[str]) -> AESGCM | None:
        """:param at_hand: public names of the master keys that the server has now"""
        with self._lock:
            opened = self._opened.get(place)
            if opened is None or opened.until < time.monotonic() or opened.wrapped_by not in at_hand:
                return None
            self._opened.move_to_end(place)
            return opened.cipher

    def put(self, place: Hashable, wrapped_by: str, key: bytes) -> AESGCM:
        """Remember a data key; the one that was not used for longest goes."""
        cipher = AESGCM(key)
        with self._lock:
            self._opened[place] = _Opened(cipher, wrapped_by, time.monotonic() + self._seconds)
            self._opened.move_to_end(place)
            while len(self._opened) > self._limit:
                self._opened.popitem(last=False)
        return cipher


#: of this process
CIPHERS = Ciphers()
