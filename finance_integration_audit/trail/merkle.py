"""The Merkle tree of RFC 9162: heads that grow by what was added, proofs that a leaf or an older head is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """RFC 9162, 2.1.1: hash of what is kept."""
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162, 2.1.1: hash of two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A tree as far as its head needs it: the roots of its full subtrees, the largest first.

    A million leaves are twenty hashes. The next head needs these and the leaves that were added since.
    """

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size, self.peaks = size, list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError("a tree of this size has another number of full subtrees")

    def add(self, leaf: bytes) -> None:
        """Append the hash of a leaf."""
        size = self.size
        while size & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """:return: hash of the head"""
        if not self.peaks:
            return EMPTY
        *others, root = self.peaks
        for peak in reversed(others):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """:return: head of a tree with these hashes of leaves"""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def _split(count: int) -> int:
    """:return: largest power of two below a number"""
    return 1 << (count - 1).bit_length() - 1


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """RFC 9162, 2.1.3.1: the hashes by which the leaf at this place (from 0) leads to the head."""
    low, high = 0, len(leaves)
    path: list[bytes] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root_of(leaves[middle:high]))
            high = middle
        else:
            path.append(root_of(leaves[low:middle]))
            low = middle
    return path[::-1]


class PassingProver:
    """Makes proofs for some leaves while all of them pass by once; keeps the hashes that these proofs need.

    :param size: number of leaves that will come
    :param places: places (from 0) that proofs will be asked for
    """

    def __init__(self, size: int, places: Iterable[int]) -> None:
        self.size = size
        self._hashes: dict[tuple[int, int], bytes | None] = {
            span: None for place in places for span in self._path(place)
        }
        #: full subtrees: (low, high, hash)
        self._open: list[tuple[int, int, bytes]] = []
        self._count = 0

    def _path(self, index: int) -> list[tuple[int, int]]:
        """:return: the ranges whose hashes prove a place, the nearest first"""
        low, high = 0, self.size
        path = []
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append((middle, high))
                high = middle
            else:
                path.append((low, middle))
                low = middle
        return path[::-1]

    def _keep(self, low: int, high: int, digest: bytes) -> None:
        if (low, high) in self._hashes:
            self._hashes[low, high] = digest

    def add(self, leaf: bytes) -> None:
        """Take the next leaf."""
        low, high, digest = self._count, self._count + 1, leaf
        self._count += 1
        self._keep(low, high, digest)
        while self._open and self._open[-1][1] - self._open[-1][0] == high - low:
            low, _middle, left = self._open.pop()
            digest = node_hash(left, digest)
            self._keep(low, high, digest)
        self._open.append((low, high, digest))
        if self._count == self.size:
            self._close()

    def _close(self) -> None:
        """The right edge of the tree: what is no full subtree."""
        _low, high, digest = self._open[-1]
        for low, _middle, left in reversed(self._open[:-1]):
            digest = node_hash(left, digest)
            self._keep(low, high, digest)

    def inclusion(self, index: int) -> list[bytes]:
        """:return: what :func:`inclusion_proof` gives, of a place that was named at first
        :raise KeyError: of another place, or before all leaves have come
        """
        path = []
        for span in self._path(index):
            digest = self._hashes[span]
            if digest is None:
                raise KeyError(span)
            path.append(digest)
        return path


def is_included(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.3.2: whether a proof leads from the leaf to the head."""
    if not 0 <= index < size:
        return False
    place, last = index, size - 1
    for other in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            leaf = node_hash(other, leaf)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            leaf = node_hash(leaf, other)
        place >>= 1
        last >>= 1
    return last == 0 and leaf == root  # public: heads are published


def consistency_proof(leaves: Sequence[bytes], former: int) -> list[bytes]:
    """RFC 9162, 2.1.4.1: the hashes by which the head of the first ``former`` leaves leads to that of all."""
    return _consistency(leaves, former, whole=True)


def _consistency(leaves: Sequence[bytes], former: int, *, whole: bool) -> list[bytes]:
    count = len(leaves)
    if former == count:
        return [] if whole else [root_of(leaves)]
    middle = _split(count)
    if former <= middle:
        return [*_consistency(leaves[:middle], former, whole=whole), root_of(leaves[middle:])]
    return [*_consistency(leaves[middle:], former - middle, whole=False), root_of(leaves[:middle])]


def is_consistent(former_root: bytes, former: int, root: bytes, size: int, proof: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2: whether a proof leads from the former head to the later one."""
    if not 0 < former <= size:
        return False
    if former == size:
        return not proof and former_root == root  # public: heads are published
    path = list(proof)
    if former & (former - 1) == 0:
        path.insert(0, former_root)
    if not path:
        return False
    place, last = former - 1, size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, other)
        place >>= 1
        last >>= 1
    return last == 0 and old == former_root and new == root  # public: heads are published
