"""How often the engine was right, measured on what people made of its answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

THRESHOLDS = (50, 60, 70, 80, 90, 95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of ``decided`` answers with at least this score, ``right`` were what people wanted."""

    threshold: int
    decided: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.decided if self.decided else None


def measure(history: Iterable[tuple[int, bool, int]]) -> list[Measured]:
    """:param history: (score of the best answer, whether it was right, how often)"""
    counted = list(history)
    return [
        Measured(
            threshold=threshold,
            decided=sum(count for score, _right, count in counted if score >= threshold),
            right=sum(count for score, right, count in counted if right and score >= threshold),
        )
        for threshold in THRESHOLDS
    ]
