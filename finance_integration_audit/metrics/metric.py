from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"
#: who sees a metric: money, technology, or what both look at
FINANCE, OPERATIONS, BOTH = "finance", "operations", "both"
#: bounds of histograms in seconds: of calls, and of what may wait for a person
CALLS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
WAITS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0, 604800.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One thing that is measured.

    :param name: as Prometheus has it, with the unit at the end: ``finance_attempt_seconds``
    :param title: what people read
    :param bounds: upper bounds of a histogram
    :param labels: names of its labels; ``company`` is always there
    :param private: labels that never leave Odoo, such as the owner of a task
    """

    name: str
    kind: str
    title: str
    audience: str = OPERATIONS
    bounds: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


def added(many: Iterable[Sequence[int]]) -> list[int]:
    """:return: the sum of cumulative buckets, element by element

    >>> added([[1, 2, 2], [0, 1, 4]])
    [1, 3, 6]
    """
    total: list[int] = []
    for buckets in many:
        if len(total) < len(buckets):
            total += [0] * (len(buckets) - len(total))
        for place, count in enumerate(buckets):
            total[place] += count
    return total


def quantile(share: float, bounds: Sequence[float], buckets: Sequence[int], count: int) -> float | None:
    """Estimate a quantile by the line within its bucket, as Prometheus does.

    :param buckets: cumulative counts up to each bound
    :return: None without observations; the last bound where it lies beyond

    >>> quantile(0.5, (1.0, 2.0), (2, 4), 4)
    1.0
    """
    if not count:
        return None
    wanted = share * count
    below, floor = 0, 0.0
    for bound, upto in zip(bounds, buckets, strict=False):
        if upto >= wanted and upto > below:
            return floor + (bound - floor) * (wanted - below) / (upto - below)
        below, floor = upto, bound
    return bounds[-1] if bounds else None
