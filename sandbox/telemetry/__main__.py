"""Run the stand-in: ``python -m sandbox.telemetry``.

``POST /v1/traces`` takes spans. The control port takes, besides what every one does (sandbox.stand):

    GET /            spans that were taken, requests that were wrong
    PUT /settings    {"refuse": true}: takes nothing; {"partial": 2}: refuses that many of each request
"""

from __future__ import annotations

from typing import Any

from sandbox.stand import parser, run, unknown
from sandbox.telemetry import Collector


def command(collector: Collector, method: str, path: str, body: Any) -> Any:
    """What happens at the collector."""
    if (method, path) != ("PUT", "/settings"):
        raise unknown(method, path)
    collector.settings = dict(body)
    return collector.state()


if __name__ == "__main__":
    options = parser("telemetry", "A collector of OpenTelemetry.").parse_args()
    raise SystemExit(run("telemetry", options, Collector, command))
