"""Names of records for the outside: they say nothing, and nobody can guess another one.

A number of a record tells how many there are and invites to try its neighbours. A public name is that number, sealed
by one block of AES together with the kind of the record: the same record has the same name for ever, a name of one
kind is none of another, and of 2**64 texts one is a name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


class PublicNames:
    """Names for the records of one database.

    :param secret: text that this database alone has, at least 16 characters
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < 16:
            raise ValueError("the secret is too short")
        key = hashlib.sha256(b"finance public names/" + secret.encode()).digest()
        # one block under a key of its own: a permutation, not a mode for data
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())

    def of(self, kind: str, number: int) -> str:
        """:return: the name of a record, e.g. ``invoice_mfzwizltoq2gk3tufvxxa5df4e``"""
        sealer = self._cipher.encryptor()
        block = sealer.update(_tag(kind) + number.to_bytes(8, "big")) + sealer.finalize()
        return f"{kind}_{base64.b32encode(block).decode('ascii').rstrip('=').lower()}"

    def read(self, kind: str, name: str) -> int | None:
        """:return: the number of a record, or None: it is no name of this kind"""
        head, _line, text = name.rpartition("_")
        if head != kind or len(text) != 26 or any(letter not in _ALPHABET for letter in text):
            return None
        try:
            block = base64.b32decode(text.upper() + "======")
        except (binascii.Error, ValueError):
            return None
        # the last letter carries two bits that must be nothing: a name is written in one way only
        if base64.b32encode(block).decode("ascii").rstrip("=").lower() != text:
            return None
        opener = self._cipher.decryptor()
        clear = opener.update(block) + opener.finalize()
        if not hmac.compare_digest(clear[:8], _tag(kind)):
            return None
        return int.from_bytes(clear[8:], "big")


def _tag(kind: str) -> bytes:
    return hashlib.sha256(kind.encode()).digest()[:8]
