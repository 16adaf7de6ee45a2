"""Proofs for many leaves of a large tree in little memory: the tree of blocks above, one block at a time below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from .merkle import PassingProver, root_of

#: leaves in a block; a power of two, so that a block is a subtree of the tree of RFC 9162
BLOCK = 1024


def blocks(places: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield (block, places in it) of places (from 0, ascending)."""
    begin = 0
    for end in range(1, len(places) + 1):
        if end == len(places) or places[end] // BLOCK != places[begin] // BLOCK:
            yield places[begin] // BLOCK, list(places[begin:end])
            begin = end


class BlockProver:
    """Makes proofs for some leaves of a tree: all leaves pass by once, then those of each block that has some.

    A tree of a hundred million leaves is kept as a hundred thousand hashes.

    :param size: number of leaves
    :param places: places (from 0, ascending) that proofs will be asked for
    :param leaves: all leaves
    """

    def __init__(self, size: int, places: Sequence[int], leaves: Iterable[bytes]) -> None:
        self._above = PassingProver(-(-size // BLOCK), (block for block, _some in blocks(places)))
        passing = iter(leaves)
        while some := list(islice(passing, BLOCK)):
            self._above.add(root_of(some))

    def proofs(self, block: int, places: Sequence[int], leaves: Sequence[bytes]) -> Iterator[list[bytes]]:
        """Yield the proof of each of these places.

        :param leaves: all that the block has
        """
        first = block * BLOCK
        below = PassingProver(len(leaves), [place - first for place in places])
        for leaf in leaves:
            below.add(leaf)
        above = self._above.inclusion(block)
        for place in places:
            yield below.inclusion(place - first) + above
