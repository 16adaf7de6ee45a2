"""Heads that come one by one, in their order, beside the rows that they are about."""

from __future__ import annotations

from collections.abc import Iterator

from .examine import Examiner
from .head import Signed


class Following:
    """Each head is examined when the rows before it were.

    :param heads: (size, signed head) in their order
    """

    def __init__(self, heads: Iterator[tuple[int, Signed]]) -> None:
        self._heads = heads
        self._next = next(heads, None)

    def take(self, examiner: Examiner, seq: int | None) -> None:
        """Examine those of rows up to a place; None: all that are left."""
        while self._next is not None and (seq is None or self._next[0] <= seq):
            examiner.head(self._next[1])
            self._next = next(self._heads, None)
