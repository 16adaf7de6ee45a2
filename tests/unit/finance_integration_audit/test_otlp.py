"""Spans for OpenTelemetry (A-09): ids that follow from ours, times that never run backwards."""

import json
import re
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_integration_audit.metrics import otlp

BEGIN = datetime(2026, 11, 28, 9, 0, 0, 1)


def _span(**values: object) -> otlp.Span:
    given: dict[str, object] = {
        "key": ("attempt", 7),
        "correlation": "0af76519-16cd-43dd-8448-eb211c80319c",
        "name": "attempt bank",
        "begin": BEGIN,
        "end": BEGIN + timedelta(seconds=1),
    }
    return otlp.Span(**{**given, **values})  # type: ignore[arg-type]


def _told(*spans: otlp.Span) -> list[dict[str, object]]:
    text = json.dumps(otlp.request(spans, "db", {"service.name": "odoo"}))
    told: list[dict[str, object]] = json.loads(text)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    return told


def test_a_span_as_the_protocol_wants_it() -> None:
    [one] = _told(_span(parent=("message", 3), error="http_timeout", attributes={"a": 1, "b": True, "c": None}))
    assert one["traceId"] == "0af7651916cd43dd8448eb211c80319c"
    assert one["parentSpanId"] == otlp.span_id(("message", 3), "db")
    assert one["startTimeUnixNano"] == "1795856400000001000"
    assert one["status"] == {"code": 2, "message": "http_timeout"}
    assert one["attributes"] == [
        {"key": "a", "value": {"intValue": "1"}},
        {"key": "b", "value": {"boolValue": True}},
        {"key": "finance.correlation_id", "value": {"stringValue": "0af76519-16cd-43dd-8448-eb211c80319c"}},
    ]


def test_what_is_sent_twice_is_the_same_span() -> None:
    assert _told(_span()) == _told(_span())
    assert otlp.span_id(("message", 7), "db") != otlp.span_id(("attempt", 7), "db")
    assert otlp.span_id(("attempt", 7), "db") != otlp.span_id(("attempt", 7), "other")


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.timedeltas(timedelta(-3), timedelta(3)), st.text())
def test_any_times_and_ids(begin: datetime, length: timedelta, correlation: str) -> None:
    [one] = _told(_span(begin=begin, end=begin + length, correlation=correlation))
    assert int(str(one["startTimeUnixNano"])) <= int(str(one["endTimeUnixNano"]))
    assert re.fullmatch("[0-9a-f]{32}", str(one["traceId"]))
    assert re.fullmatch("[0-9a-f]{16}", str(one["spanId"]))


def test_what_a_collector_does_not_take() -> None:
    assert otlp.refused({"partialSuccess": {"rejectedSpans": "3", "errorMessage": "too many"}}) == (3, "too many")
    assert otlp.refused({}) == otlp.refused([]) == (0, "")
    assert otlp.refused({"partialSuccess": {"rejectedSpans": "many"}}) == (0, "")
