"""Counts refusals without a write each: a flood of forged deliveries must not become a flood of rows."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Tally(Generic[Key]):
    """How often something happened since it was last written down; for one process, from any thread.

    :param gap: seconds between two notes of the same key
    :param keys: keys that are remembered; beyond it the oldest are forgotten with their counts
    """

    def __init__(self, gap: float = 10.0, keys: int = 1000) -> None:
        self._gap = gap
        self._keys = keys
        self._lock = threading.Lock()
        self._seen: dict[Key, tuple[float, int]] = {}

    def note(self, key: Key, now: float) -> int:
        """Count one.

        :return: how many to write down now, 0 to wait; the first of a key is written at once
        """
        with self._lock:
            at, count = self._seen.pop(key, (float("-inf"), 0))
            count += 1
            if now - at >= self._gap:
                self._seen[key] = (now, 0)
                written = count
            else:
                self._seen[key] = (at, count)
                written = 0
            while len(self._seen) > self._keys:
                self._seen.pop(next(iter(self._seen)))
            return written
