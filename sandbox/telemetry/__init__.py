"""A collector of OpenTelemetry: takes spans over HTTP as JSON, looks at them closely, misbehaves on command."""

from sandbox.telemetry.collector import Collector

__all__ = ["Collector"]
