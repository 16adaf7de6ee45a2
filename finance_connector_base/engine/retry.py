"""When to try again: a pure decision, separate from the queue that carries it out."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .errors import ThrottledError, TransientError

#: seconds; a partner that asks for more (by mistake or malice) must not freeze us for years
LONGEST_RETRY_AFTER = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential backoff with full-range jitter.

    :param base: seconds before the second attempt
    :param factor: growth per attempt
    :param cap: longest wait in seconds
    :param max_attempts: attempts in all; the last failure makes a dead letter
    :param jitter: share of the wait that is random, 0 to 1
    """

    base: float = 30.0
    factor: float = 3.0
    cap: float = 21600.0
    max_attempts: int = 8
    jitter: float = 0.25

    def decide(self, error: BaseException, attempts: int, rng: random.Random | None = None) -> float | None:
        """Say how long to wait before the next attempt.

        :param error: what the attempt raised
        :param attempts: attempts made so far, this one included (at least 1)
        :return: seconds to wait, or None when the attempts are spent
        """
        if attempts >= self.max_attempts and not isinstance(error, ThrottledError):
            return None
        wait: float = self.cap
        # the power is bounded first: a huge attempt number must not overflow a float
        if attempts < 64:
            wait = min(self.cap, self.base * self.factor ** max(attempts - 1, 0))
        spread = wait * self.jitter
        wait = wait - spread + (rng or random).random() * 2 * spread
        wait = min(wait, self.cap)
        if isinstance(error, TransientError) and error.retry_after is not None:
            asked = min(max(error.retry_after, 0.0), LONGEST_RETRY_AFTER)
            # the partner's word is a lower bound; a throttle is exactly what it says
            return asked if isinstance(error, ThrottledError) else max(asked, wait)
        return wait
