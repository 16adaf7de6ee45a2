"""One run of a dispatcher: what it remembers between batches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .breaker import Circuit
from .claim import Pace
from .limiter import Limit
from .transaction import Steps


@dataclass(slots=True, kw_only=True)
class Brakes:
    """What is known of circuits and limits since the last claim.

    :param circuits: those with something to tell: (connection id, endpoint) -> (id, circuit)
    :param blocked: flows that wait for an open circuit
    :param trials: flows of circuits of which one message may be tried
    :param probes: lane -> circuits of which it may send that message
    :param limits: connection id -> (id, beginning of the paths, limit)
    :param limits_at: time of the database, and our monotonic one, at which they were read
    :param slots: limit id -> times at which we may call, taken in advance
    :param passed: limit id -> monotonic time of our last call
    :param reached: (connection id, endpoint) -> attempts in which it has answered
    :param probing: circuits that the claim under way probes
    :param left: claims of the batch that are not worked yet, the one in hand included
    :param closing: why nothing more of the batch is taken up
    :param again_at: monotonic time at which something that waits here goes on
    """

    circuits: dict[tuple[int, str], tuple[int, Circuit]] = field(default_factory=dict)
    blocked: frozenset[int] = frozenset()
    trials: set[int] = field(default_factory=set)
    probes: dict[tuple[int, bool], tuple[int, ...]] = field(default_factory=dict)
    limits: dict[int, tuple[tuple[int, str, Limit], ...]] = field(default_factory=dict)
    limits_at: tuple[float, float] = (0.0, 0.0)
    slots: dict[int, list[float]] = field(default_factory=dict)
    passed: dict[int, float] = field(default_factory=dict)
    reached: dict[tuple[int, str], set[int]] = field(default_factory=dict)
    probing: tuple[int, ...] = ()
    left: int = 1
    closing: str | None = None
    again_at: float = float("inf")


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
    brakes: Brakes = field(default_factory=Brakes)
    #: company id -> environment in which its messages are worked
    environments: dict[int, Any] = field(default_factory=dict)
