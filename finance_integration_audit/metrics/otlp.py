"""Spans for OpenTelemetry: OTLP over HTTP, as JSON. Ids follow from ours, so that what is sent twice is the same span.

A message is a span, and each attempt at it is a span below it; what a message was made of lies above it. The trace id
is that of the correlation id, as in ``finance_metrics`` exemplars and ``traceparent``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .exposition import trace_id

SCOPE = "finance_integration_audit"
#: what a span is, in numbers of the protocol
INTERNAL, PRODUCER, CONSUMER = 1, 4, 5
_OK, _ERROR = 1, 2
Value = str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """:param key: tells it apart, e.g. ``("message", 7)``; ``parent`` is the key of the span above it

    :param begin, end: UTC
    :param error: what went wrong, in one word; empty where nothing did
    """

    key: tuple[str, int]
    correlation: str
    name: str
    begin: datetime
    end: datetime
    kind: int = INTERNAL
    parent: tuple[str, int] | None = None
    error: str = ""
    attributes: Mapping[str, Value | None] = field(default_factory=dict)


def span_id(key: tuple[str, int], source: str) -> str:
    """:param source: the database: two of them number alike

    :return: 16 hex digits, never all zero
    """
    digits = hashlib.sha256(f"{source}/{key[0]}/{key[1]}".encode()).hexdigest()[:16]
    return digits if digits.strip("0") else "1".zfill(16)


def request(spans: Iterable[Span], source: str, resource: Mapping[str, Value]) -> dict[str, Any]:
    """:return: an ExportTraceServiceRequest"""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": SCOPE}, "spans": [_span(one, source) for one in spans]}],
            }
        ]
    }


def refused(answer: object) -> tuple[int, str]:
    """:return: how many spans the collector did not take, and why, by its answer"""
    partial = answer.get("partialSuccess") if isinstance(answer, Mapping) else None
    if not isinstance(partial, Mapping):
        return 0, ""
    count = str(partial.get("rejectedSpans") or 0)
    return int(count) if count.isdigit() else 0, str(partial.get("errorMessage") or "")[:200]


def _span(one: Span, source: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "traceId": trace_id(one.correlation),
        "spanId": span_id(one.key, source),
        "name": one.name,
        "kind": one.kind,
        "startTimeUnixNano": _nanoseconds(one.begin),
        # clocks are read at different places: nothing ends before it begins
        "endTimeUnixNano": _nanoseconds(max(one.begin, one.end)),
        "attributes": _attributes({**one.attributes, "finance.correlation_id": one.correlation}),
        "status": {"code": _ERROR, "message": one.error} if one.error else {"code": _OK},
    }
    if one.parent:
        told["parentSpanId"] = span_id(one.parent, source)
    return told


def _nanoseconds(at: datetime) -> str:
    since = at.replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return str(((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000)


def _attributes(values: Mapping[str, Value | None]) -> Sequence[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in sorted(values.items()) if value not in (None, "")]


def _value(value: Value | None) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    # 64 bits are text in JSON
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}
