"""Sealing of secrets: AES-256-GCM, the key outside the database.

The associated data binds a sealed value to the place it belongs to (model, record, field,
company, environment): a ciphertext copied to another place does not open.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: 32 random bytes in base64
KEY_VARIABLE = "FINANCE_MASTER_KEY"
#: path of a file holding the same
KEY_FILE_VARIABLE = "FINANCE_MASTER_KEY_FILE"
_VERSION = "v1"
_NONCE = 12


class KeyMissing(Exception):
    """No master key is configured, or not the one that sealed this value: locked, not lost."""


class SealBroken(Exception):
    """The sealed value was changed or moved."""


def load_key(environment: dict[str, str] | None = None) -> bytes:
    """:return: the 32-byte master key
    :raise KeyMissing: when neither variable gives one
    """
    variables = os.environ if environment is None else environment
    text = variables.get(KEY_VARIABLE, "")
    path = variables.get(KEY_FILE_VARIABLE, "")
    if not text and path:
        try:
            text = Path(path).read_text(encoding="ascii")
        except OSError as error:
            raise KeyMissing(f"the key file named by {KEY_FILE_VARIABLE} cannot be read") from error
    if not text.strip():
        raise KeyMissing(f"set {KEY_VARIABLE} or {KEY_FILE_VARIABLE} for the Odoo server")
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise KeyMissing("the master key is not base64") from error
    if len(key) != 32:
        raise KeyMissing("the master key must be 32 bytes in base64")
    return key


def key_id(key: bytes) -> str:
    """Short public name of a key, stored beside what it sealed."""
    return hashlib.sha256(b"finance-key-id" + key).hexdigest()[:12]


def seal(key: bytes, value: str, associated: str) -> str:
    """:return: ``v1:<key id>:<base64 of nonce and ciphertext>``"""
    nonce = os.urandom(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, value.encode(), associated.encode())
    return f"{_VERSION}:{key_id(key)}:{base64.b64encode(nonce + sealed).decode('ascii')}"


def unseal(key: bytes, sealed: str, associated: str) -> str:
    """:raise KeyMissing: sealed by another key
    :raise SealBroken: changed, moved, or of an unknown version
    """
    version, _, rest = sealed.partition(":")
    identifier, _, body = rest.partition(":")
    if version != _VERSION:
        raise SealBroken("unknown version of sealed value")
    if identifier != key_id(key):
        raise KeyMissing(f"sealed by key {identifier}, which is not the configured one")
    try:
        raw = base64.b64decode(body, validate=True)
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], associated.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the sealed value does not open here") from error
