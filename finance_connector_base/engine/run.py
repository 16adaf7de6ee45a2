"""One run of a dispatcher: what it remembers between batches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .claim import Pace
from .transaction import Steps


@dataclass(slots=True, kw_only=True)
class Run:
    """State of one run; lost with the process, and nothing is lost with it.

    :param worker_id: our worker row, made with the first claim
    :param lease_end: monotonic time at which our claims stop being ours
    :param stops_read_at: monotonic time of the last look for an emergency stop
    :param served: messages taken per lane, so that lanes of the same urgency take turns
    :param resting: until when a lane is left alone in which everything waits for something else
    :param scanned_to: per flow the order key at which the search for free keys goes on
    """

    steps: Steps
    worker_id: int | None = None
    flow_ids: list[int] | None = None
    lease_end: float = 0.0
    recovered_at: float = float("-inf")
    stops_read_at: float = float("-inf")
    pace: Pace = field(default_factory=Pace)
    served: Counter[tuple[int, bool]] = field(default_factory=Counter)
    resting: dict[tuple[Any, ...], float] = field(default_factory=dict)
    scanned_to: dict[int, str] = field(default_factory=dict)
    handlers: frozenset[str] = frozenset()
    #: company id -> environment in which its messages are worked
    environments: dict[int, Any] = field(default_factory=dict)
