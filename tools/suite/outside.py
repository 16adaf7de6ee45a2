"""The outside world of the demo: the stand-ins of sandbox/ as child processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .environment import Ready


@contextmanager
def world(ready: Ready) -> Iterator[dict[str, str]]:
    """Run the stand-ins; yields what Odoo must know of them as environment variables."""
    yield {}
