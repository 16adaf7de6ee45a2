"""Samples as OpenMetrics text, which Prometheus reads."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry
from prometheus_client.samples import Exemplar

from .metric import COUNTER, GAUGE, Metric

MEDIA_TYPE = CONTENT_TYPE_LATEST
#: series of one metric that are told; what is beyond is told as a number
LIMIT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The state of one series: a total since the beginning, or what is the case now."""

    labels: Mapping[str, str]
    value: float
    count: int = 0
    buckets: Sequence[int] = ()
    exemplar: str | None = None
    exemplar_value: float | None = None


def trace_id(correlation: str) -> str:
    """:return: the trace id (W3C, 32 hex digits) that belongs to a correlation id, always the same

    >>> trace_id("0af76519-16cd-43dd-8448-eb211c80319c")
    '0af7651916cd43dd8448eb211c80319c'
    """
    digits = correlation.replace("-", "").lower()
    if re.fullmatch(r"[0-9a-f]{32}", digits) and digits.strip("0"):
        return digits
    return hashlib.sha256(correlation.encode()).hexdigest()[:32]


def exposition(families: Iterable[tuple[Metric, Sequence[Series]]], info: Mapping[str, Mapping[str, str]]) -> bytes:
    """:param info: id of a connection -> what is told of it, e.g. its kind"""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(list(families), info))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text


class _Collected(Collector):
    def __init__(self, families: list[tuple[Metric, Sequence[Series]]], info: Mapping[str, Mapping[str, str]]) -> None:
        self._families = families
        self._info = info

    def collect(self) -> Iterable[Any]:
        dropped = GaugeMetricFamily("finance_series_dropped", "Series that are not told", labels=["metric"])
        for metric, series in self._families:
            merged = _without_private(metric, series)
            if len(merged) > LIMIT:
                dropped.add_metric([metric.name], len(merged) - LIMIT)
            yield _family(metric, merged[:LIMIT])
        yield dropped
        told = GaugeMetricFamily("finance_connection_info", "Connections", labels=["connection", "kind", "environment"])
        for connection, facts in sorted(self._info.items()):
            told.add_metric([connection, facts["kind"], facts["environment"]], 1)
        yield told


def _without_private(metric: Metric, series: Sequence[Series]) -> list[Series]:
    """Labels that stay inside are left out, what differs in nothing else is added up; the largest come first."""
    if not metric.private:
        return sorted(series, key=lambda one: (-one.value, sorted(one.labels.items())))
    totals: dict[tuple[tuple[str, str], ...], float] = {}
    for one in series:
        key = tuple(sorted((name, value) for name, value in one.labels.items() if name not in metric.private))
        totals[key] = totals.get(key, 0.0) + one.value
    return [Series(labels=dict(key), value=value) for key, value in sorted(totals.items(), key=lambda item: -item[1])]


def _family(metric: Metric, series: Sequence[Series]) -> Any:
    names = [name for name in ("company", *metric.labels) if name not in metric.private]
    family: Any
    if metric.kind == GAUGE:
        family = GaugeMetricFamily(metric.name, metric.title, labels=names)
        for one in series:
            family.add_metric(_values(names, one), one.value)
    elif metric.kind == COUNTER:
        family = CounterMetricFamily(metric.name, metric.title, labels=names)
        for one in series:
            family.add_metric(_values(names, one), one.value, exemplar=_exemplar(one))
    else:
        family = HistogramMetricFamily(metric.name, metric.title, labels=names)
        for one in series:
            family.add_metric(_values(names, one), _buckets(metric, one), sum_value=one.value)
    return family


def _values(names: Sequence[str], one: Series) -> list[str]:
    return [one.labels.get(name, "") for name in names]


def _exemplar(one: Series) -> Exemplar | None:
    if not one.exemplar:
        return None
    labels = {"trace_id": trace_id(one.exemplar), "correlation_id": one.exemplar[:64]}
    return Exemplar(labels, 1.0 if one.exemplar_value is None else one.exemplar_value)


def _buckets(metric: Metric, one: Series) -> list[list[Any]]:
    """Cumulative counts; the exemplar stands in the bucket that it falls into."""
    bounds = [*metric.bounds, math.inf]
    counts = [*one.buckets, *[0] * (len(metric.bounds) - len(one.buckets)), one.count]
    exemplar = _exemplar(one)
    buckets: list[list[Any]] = []
    for bound, count in zip(bounds, counts, strict=True):
        text = "+Inf" if math.isinf(bound) else str(float(bound))
        if exemplar and exemplar.value <= bound:
            buckets.append([text, count, exemplar])
            exemplar = None
        else:
            buckets.append([text, count])
    return buckets
