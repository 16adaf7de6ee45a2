"""What the sealer adds to entries: a place without gaps, the leaf of the tree, and the chain."""

from __future__ import annotations

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


def leaf_of(number: int, content: bytes, mac: bytes) -> bytes:
    """:return: hash of the leaf of an entry

    :param content: digest of its canonical form
    :param mac: what protects it since it was written; empty when there was no key
    """
    return leaf_hash(b"".join((_VERSION, number.to_bytes(8, "big"), content, mac)))


def link(key: bytes, before: bytes, seq: int, leaf: bytes) -> bytes:
    """:return: the chain after this leaf"""
    return keys.mac(key, before, seq.to_bytes(8, "big"), leaf)


def seals(key: bytes, seq: int, chain: bytes, rows: Iterable[tuple[int, str, str | None]]) -> Iterator[Seal]:
    """Seal entries after those that are sealed.

    :param seq, chain: of the last seal, 0 and :data:`START` when there is none
    :param rows: number, digest and mac (hexadecimal) of each entry
    """
    for number, content, mac in rows:
        seq += 1
        leaf = leaf_of(number, bytes.fromhex(content), bytes.fromhex(mac or ""))
        chain = link(key, chain, seq, leaf)
        yield Seal(seq, number, leaf, chain)
