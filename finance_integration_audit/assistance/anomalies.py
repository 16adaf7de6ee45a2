"""What is unusual, by plain statistics; every finding says why in figures that a person can check."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

#: fewer values are no habit
FEWEST = 8
#: distance from the median, in robust standard deviations, from which on a value is unusual
FAR = 6.0
#: makes the median of deviations comparable with a standard deviation
_NORMAL = 1.4826


@dataclass(frozen=True, slots=True)
class Unusual:
    """:param times: how far it is from the median, in robust standard deviations"""

    value: float
    median: float
    spread: float
    times: float


def unusual(history: Sequence[float], value: float) -> Unusual | None:
    """Compare a value with those before it (median and median of deviations, which single outliers do not move).

    :return: None when it is usual, or nothing is known
    """
    if len(history) < FEWEST:
        return None
    median = statistics.median(history)
    spread = statistics.median(abs(one - median) for one in history) * _NORMAL
    # where nearly all are the same, a twentieth of it is the least that counts
    spread = max(spread, abs(median) * 0.05, 1e-9)
    times = abs(value - median) / spread
    return Unusual(value, median, spread, round(times, 1)) if times >= FAR else None


def gaps(days: Sequence[int]) -> list[float]:
    """:return: days between one and the next"""
    ordered = sorted(days)
    return [float(later - earlier) for earlier, later in zip(ordered, ordered[1:], strict=False)]
