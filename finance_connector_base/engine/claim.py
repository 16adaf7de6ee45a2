"""What a worker has in its hands: flows with work, claimed messages, and how many to take at once."""

from __future__ import annotations

from typing import Any, NamedTuple

#: a worker looks for more urgent work about this often
BATCH_SECONDS = 1.0
#: the same where a handler ends many messages at once: a batch has a price of its own that many should share
TOGETHER_SECONDS = 10.0
#: messages of a flow whose speed is not known yet
FIRST_BATCH = 10


class Flow(NamedTuple):
    """What the dispatcher has to know of a flow, and one of its two lanes."""

    id: int
    handler: str
    commit_size: int
    batch_size: int
    lease_seconds: int
    at_most_once: bool
    connection_id: int
    max_concurrency: int
    retry_base: float
    retry_cap: float
    retry_max: int
    held_blocks: bool
    #: this lane has the messages with an order key, or those without
    is_keyed: bool
    #: priority of the most urgent message that is due
    urgency: int
    #: some circuit is not simply closed, or there is some limit
    is_braked: bool = False
    #: only what people brought by hand: the channel is down
    is_by_hand: bool = False
    #: one of two flows that run side by side
    is_dual: bool = False

    @property
    def key(self) -> tuple[int, bool]:
        return self.id, self.is_keyed


class Claim(NamedTuple):
    """One message of ours until the lease is over; the attempt id is the fencing token."""

    id: int
    attempt_id: int
    company_id: int
    correlation_id: str
    kind: str
    attempt_count: int
    crash_count: int
    order_key: str | None
    #: the message as it was when it was claimed; nobody changes its content while it is ours
    content: tuple[Any, ...]
    flow: Flow

    @property
    def at_most_once(self) -> bool:
        """A fetch may be repeated in any flow."""
        return self.flow.at_most_once and self.kind == "exchange"


class Pace:
    """Chooses batch sizes so that a batch lasts about a second, or some where its messages are ended together.

    A slow flow is taken in small bites, so that a critical message waits for one bite and not
    for a thousand; a fast one in large bites, so that claiming costs next to nothing.
    """

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}

    def size(self, flow: Flow) -> int:
        """:return: how many messages to claim, at most the flow's batch size"""
        return max(1, min(flow.batch_size, self._sizes.get(flow.id, FIRST_BATCH)))

    def took(self, flow: Flow, messages: int, seconds: float, lasting: float = BATCH_SECONDS) -> None:
        """Learn from a finished batch.

        :param lasting: seconds that a batch of this flow may last
        """
        if messages < 1:
            return
        fitting = int(lasting * messages / max(seconds, 1e-6))
        # growing in steps: one fast message says little about the next hundred
        self._sizes[flow.id] = max(1, min(fitting, messages * 4, 1000))
