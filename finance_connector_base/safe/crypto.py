"""Envelope encryption with AES-256-GCM; the key that opens everything stays outside the database.

Each value has a data key of its own, wrapped by the master key. The master key can therefore be
exchanged by wrapping the data keys again, without touching what they encrypt.

The associated data binds a sealed value to the place it belongs to (model, record, field,
company, environment, database): a ciphertext copied to another place does not open.

    sealed value   ``v2:<id of master key>:<wrapped data key>:<nonce and ciphertext>``
    wrapped key    ``v2:<id of master key>:<wrapped data key>``
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: 32 random bytes in base64
KEY_VARIABLE = "FINANCE_MASTER_KEY"
#: path of a file holding the same
KEY_FILE_VARIABLE = "FINANCE_MASTER_KEY_FILE"
KEY_SIZE = 32
VERSION = "v2"
_NONCE = 12


class KeyMissing(Exception):
    """No master key is configured, or not the one that sealed this value: locked, not lost."""


class KeyUnreachable(KeyMissing):
    """The place that keeps the master key does not answer right now."""


class SealBroken(Exception):
    """The sealed value was changed, moved, or is none."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The master key that seals, and earlier ones that still open during a rotation."""

    current: bytes
    previous: tuple[bytes, ...] = ()

    def find(self, identifier: str) -> bytes:
        """:raise KeyMissing: it is not on the ring"""
        for key in (self.current, *self.previous):
            if key_id(key) == identifier:
                return key
        raise KeyMissing(f"sealed by key {identifier}, which is not configured")

    @property
    def identifiers(self) -> list[str]:
        """Public names of the keys, the current one first."""
        return [key_id(key) for key in (self.current, *self.previous)]


def ring_of(texts: list[str]) -> KeyRing:
    """:param texts: keys in base64, the current one first
    :raise KeyMissing: one of them is no key
    """
    if not texts:
        raise KeyMissing("the master key is empty")
    current, *previous = [_key(text) for text in texts]
    return KeyRing(current, tuple(previous))


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise KeyMissing("the master key is not base64") from error
    if len(key) != KEY_SIZE:
        raise KeyMissing("the master key must be 32 bytes in base64")
    return key


def key_id(key: bytes) -> str:
    """Short public name of a key, stored beside what it sealed."""
    return hashlib.sha256(b"finance-key-id" + key).hexdigest()[:12]


def identifier_of(sealed: str) -> str:
    """:return: public name of the master key a value or data key was sealed by"""
    return _split(sealed)[0]


# -- values --------------------------------------------------------------------------------


def seal(ring: KeyRing, value: str, associated: str) -> str:
    """:return: the sealed value"""
    key, wrapped = new_key(ring, associated)
    return f"{wrapped}:{_encrypt(key, value.encode(), _body(associated))}"


def unseal(ring: KeyRing, sealed: str, associated: str) -> str:
    """:raise KeyMissing: sealed by a key that is not on the ring
    :raise SealBroken: changed, moved, of an unknown version, or not sealed at all
    """
    identifier, wrapped, body = _split(sealed)
    if not body:
        raise SealBroken("a data key is no value")
    key = _unwrap(ring, identifier, wrapped, associated)
    try:
        return _decrypt(key, body, _body(associated)).decode()
    except UnicodeDecodeError as error:
        raise SealBroken("the sealed value is no text") from error


# -- data keys -----------------------------------------------------------------------------


def new_key(ring: KeyRing, associated: str) -> tuple[bytes, str]:
    """:return: a new data key in clear and wrapped"""
    key = os.urandom(KEY_SIZE)
    return key, _wrap(ring, key, associated)


def open_key(ring: KeyRing, wrapped: str, associated: str) -> bytes:
    """:return: the data key of a payload
    :raise KeyMissing, SealBroken: as :func:`unseal`
    """
    identifier, body, rest = _split(wrapped)
    if rest:
        raise SealBroken("a sealed value is no data key")
    return _unwrap(ring, identifier, body, associated)


def rewrap(ring: KeyRing, sealed: str, associated: str) -> str:
    """Wrap the data key again by the current master key; what it encrypts stays as it is.

    :param sealed: a sealed value or a wrapped data key
    """
    identifier, wrapped, body = _split(sealed)
    again = _wrap(ring, _unwrap(ring, identifier, wrapped, associated), associated)
    return f"{again}:{body}" if body else again


def seal_piece(key: bytes, number: int, data: bytes, associated: str) -> bytes:
    """Encrypt one piece of a stream.

    :param key: data key of this stream and of no other: the number of the piece is its nonce
    """
    return AESGCM(key).encrypt(number.to_bytes(_NONCE, "big"), data, associated.encode())


def open_piece(key: bytes, number: int, data: bytes, associated: str) -> bytes:
    """:raise SealBroken: another piece, another stream, or changed"""
    try:
        return AESGCM(key).decrypt(number.to_bytes(_NONCE, "big"), data, associated.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the piece does not open here") from error


# -- parts ---------------------------------------------------------------------------------


def _wrap(ring: KeyRing, key: bytes, associated: str) -> str:
    identifier = key_id(ring.current)
    return f"{VERSION}:{identifier}:{_encrypt(ring.current, key, _wrapping(identifier, associated))}"


def _unwrap(ring: KeyRing, identifier: str, wrapped: str, associated: str) -> bytes:
    key = _decrypt(ring.find(identifier), wrapped, _wrapping(identifier, associated))
    if len(key) != KEY_SIZE:
        raise SealBroken("the data key has another length")
    return key


def _split(sealed: str) -> tuple[str, str, str]:
    """:return: id of the master key, wrapped data key, body or an empty text"""
    parts = sealed.split(":")
    if parts[0] != VERSION or len(parts) not in (3, 4) or not all(parts):
        raise SealBroken("not sealed, or in a version that is not known")
    return parts[1], parts[2], parts[3] if len(parts) == 4 else ""


def _wrapping(identifier: str, associated: str) -> bytes:
    return f"{VERSION}/key/{identifier}/{associated}".encode()


def _body(associated: str) -> bytes:
    return f"{VERSION}/body/{associated}".encode()


def _encrypt(key: bytes, data: bytes, associated: bytes) -> str:
    nonce = os.urandom(_NONCE)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, data, associated)).decode("ascii")


def _decrypt(key: bytes, text: str, associated: bytes) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], associated)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the sealed value does not open here") from error
