"""Keys of the trail: derived from the server's master key, never kept in the database in clear.

Each purpose has a key of its own, derived by HKDF-SHA-256 with a label. A key is known by a public name: that of
a signing key is made from its public half, that of the others from the key itself.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: rows when they are written, the chain of the sealer, heads of the tree
ROW, CHAIN, SIGN = "row", "chain", "sign"
PURPOSES = (ROW, CHAIN, SIGN)
_LABEL = "finance audit trail {} 1"


@lru_cache(maxsize=32)
def derive(master: bytes, purpose: str) -> bytes:
    """:return: 32 bytes for a purpose (for signing: the seed of the private key)"""
    info = _LABEL.format(purpose).encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(master)


@lru_cache(maxsize=64)
def name_of(key: bytes, purpose: str) -> str:
    """:return: public name of a derived key"""
    if purpose == SIGN:
        return public_name(public_half(key))
    return hashlib.sha256(f"finance audit {purpose} key id".encode() + key).hexdigest()[:16]


def public_half(seed: bytes) -> bytes:
    """:return: 32 bytes of the public key"""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def public_name(public: bytes) -> str:
    """:return: name of a public key; who has the name needs no trust in whoever shows the key"""
    return hashlib.sha256(b"finance audit sign key id" + public).hexdigest()[:16]


def mac(key: bytes, *parts: bytes) -> bytes:
    """:return: HMAC-SHA-256"""
    return hmac.digest(key, b"".join(parts), "sha256")


def sign(seed: bytes, message: bytes) -> bytes:
    """:return: Ed25519 signature"""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a signature was made by the private half of this key."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
