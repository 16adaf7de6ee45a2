"""What the sealer adds to entries: a place without gaps, the leaf of the tree, and the chain."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import keys
from .merkle import leaf_hash

START = bytes(32)
_VERSION = b"\1"


class Seal(NamedTuple):
    """One entry in its place."""

    seq: int
    number: int
    leaf: bytes
    chain: bytes


def read_hex(text: str | None) -> bytes:
    """:return: what hexadecimal text says; whatever else was written there says nothing, and holds nobody up"""
    try:
        return bytes.fromhex(text or "")
    except ValueError:
        return b""


def is_genuine(key: bytes | None, content: str | None, mac: str | None) -> bool:
    """Say whether somebody with the key has written an entry of this digest."""
    return key is not None and hmac.compare_digest(keys.mac(key, read_hex(content)), read_hex(mac))


def leaf_of(number: int, content: bytes, mac: bytes) -> bytes:
    """:return: hash of the leaf of an entry

    :param content: digest of its canonical form
    :param mac: what protects it since it was written; empty when there was no key
    """
    return leaf_hash(b"".join((_VERSION, number.to_bytes(8, "big"), content, mac)))


def link(key: bytes, before: bytes, seq: int, leaf: bytes) -> bytes:
    """:return: the chain after this leaf"""
    return keys.mac(key, before, seq.to_bytes(8, "big"), leaf)


def seals(key: bytes, seq: int, chain: bytes, rows: Iterable[tuple[int, str | None, str | None]]) -> Iterator[Seal]:
    """Seal entries after those that are sealed.

    :param seq, chain: of the last seal, 0 and :data:`START` when there is none
    :param rows: number, digest and mac (hexadecimal) of each entry
    """
    for number, content, mac in rows:
        seq += 1
        leaf = leaf_of(number, read_hex(content), read_hex(mac))
        chain = link(key, chain, seq, leaf)
        yield Seal(seq, number, leaf, chain)
