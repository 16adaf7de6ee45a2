"""When those who hand events out are woken: not for each of many messages that are worked one after the other."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

#: seconds between two wake-ups of one drain
SECONDS = 1.0


@dataclass(slots=True)
class Drain:
    """A run of a worker.

    :param is_owed: something was told since the last wake-up
    """

    is_owed: bool = False
    woken_at: float = field(default_factory=time.monotonic)

    def is_due(self) -> bool:
        """Say whether to wake them now; if not, it is owed until the end of the run."""
        now = time.monotonic()
        self.is_owed = now - self.woken_at < SECONDS
        if not self.is_owed:
            self.woken_at = now
        return not self.is_owed


current_drain: ContextVar[Drain | None] = ContextVar("finance_event_drain", default=None)
