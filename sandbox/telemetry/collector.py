"""What a collector does with an ExportTraceServiceRequest in JSON (OTLP 1.x): ids in hex, 64 bits as text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.http.messages import Request, Response

_IDS = {"traceId": r"[0-9a-f]{32}", "spanId": r"[0-9a-f]{16}", "parentSpanId": r"[0-9a-f]{16}"}
_TIMES = ("startTimeUnixNano", "endTimeUnixNano")


@dataclass
class Collector:
    """``settings``: ``refuse`` (503), ``partial`` (number of spans of a request that are not taken)."""

    settings: dict[str, Any] = field(default_factory=dict)
    spans: list[dict[str, Any]] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        return {"spans": self.spans, "resources": self.resources, "wrong": self.wrong, "settings": self.settings}

    def answer(self, request: Request) -> Response:
        if request.method != "POST" or not request.path.endswith("/v1/traces"):
            return Response(404)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return Response(415)
        if self.settings.get("refuse"):
            return Response(503)
        found = []
        for resource in json.loads(request.body)["resourceSpans"]:
            self.resources.append({one["key"]: one["value"] for one in resource["resource"]["attributes"]})
            for scope in resource["scopeSpans"]:
                found += scope["spans"]
        if problem := next(filter(None, map(_problem, found)), ""):
            self.wrong.append(problem)
            return _said(400, {"code": 3, "message": problem})
        taken = found[int(self.settings.get("partial") or 0) :]
        self.spans += taken
        if left := len(found) - len(taken):
            return _said(200, {"partialSuccess": {"rejectedSpans": str(left), "errorMessage": "too many"}})
        return _said(200, {})


def _problem(span: dict[str, Any]) -> str:
    for name, pattern in _IDS.items():
        value = span.get(name, None if name == "parentSpanId" else "")
        if value is not None and (not re.fullmatch(pattern, value) or not value.strip("0")):
            return f"{name}: {value}"
    if not all(isinstance(span.get(name), str) and span[name].isdigit() for name in _TIMES):
        return "times are text of nanoseconds"
    if int(span["startTimeUnixNano"]) > int(span["endTimeUnixNano"]):
        return "ends before it begins"
    return "" if span.get("name") else "no name"


def _said(status: int, body: Any) -> Response:
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
