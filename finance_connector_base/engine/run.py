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
    :param served: messages taken per flow, so that flows of the same urgency take turns
    :param scanned_to: per flow the order key at which the search for free keys goes on
    """

    steps: Steps
    worker_id: int | None = None
    flow_ids: list[int] | None = None
    lease_end: float = 0.0
    recovered_at: float = float("-inf")
    pace: Pace = field(default_factory=Pace)
    served: Counter[int] = field(default_factory=Counter)
    scanned_to: dict[int, str] = field(default_factory=dict)
    handlers: frozenset[str] = frozenset()
    #: company id -> environment in which its messages are worked
    environments: dict[int, Any] = field(default_factory=dict)
