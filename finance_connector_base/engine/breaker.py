"""Whether a place outside is worth calling: the circuit breaker as a pure state machine.

closed      calls pass; failures are counted within a window
open        nothing passes before ``wait_until``; failures of calls that were under way count for nothing
half-open   exactly one message is let through, and decides

Only failures that say that the place itself does not work are brought here (see
``FinanceError.endpoint``): a refusal, a lapsed password or a broken document is an answer.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

CLOSED = "closed"
OPEN = "open"
HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When to open, and for how long.

    :param threshold: failures in a row, of different messages, that open the circuit; 0 never opens it
    :param window: seconds after which failures are forgotten
    :param share: of the calls in the window that fail, from which on the circuit opens
    :param calls: fewer calls than this in the window say nothing about a share
    :param wait: seconds until the first probe
    :param factor: growth of the wait with each probe that fails
    :param cap: longest wait in seconds
    :param jitter: share of the wait that is random, 0 to 1
    """

    threshold: int = 5
    window: float = 120.0
    share: float = 0.5
    calls: int = 20
    wait: float = 30.0
    factor: float = 2.0
    cap: float = 900.0
    jitter: float = 0.2

    def next_wait(self, openings: int, rng: random.Random | None = None) -> float:
        """:param openings: how often in a row the circuit has opened, this time included
        :return: seconds until the next probe, at most ``cap``
        """
        wait = self.cap
        # the power is bounded first: a huge number must not overflow a float
        if openings < 64:
            wait = min(self.cap, self.wait * self.factor ** max(openings - 1, 0))
        spread = wait * self.jitter
        return min(self.cap, wait - spread + (rng or random).random() * 2 * spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """What is known of one place; times are seconds of one clock.

    :param streak: failures since the last success
    :param failures: failures in the window
    :param successes: successes in the window, counted only after a first failure
    :param window_at: when the window began
    :param last_message: the message that failed last; the same one again says nothing new about the place
    :param opened_at: since when it is open
    :param openings: how often it has opened since it was last closed
    :param probe: attempt that is let through while half-open
    """

    state: str = CLOSED
    streak: int = 0
    failures: int = 0
    successes: int = 0
    window_at: float = 0.0
    last_message: int = 0
    opened_at: float | None = None
    openings: int = 0
    wait_until: float | None = None
    probe: int | None = None

    @property
    def is_warm(self) -> bool:
        """Whether there is anything that a success would change."""
        return self.state != CLOSED or self.failures > 0

    def may_probe(self, now: float) -> bool:
        """Say whether the next message would be a probe."""
        return self.state == OPEN and (self.wait_until is None or now >= self.wait_until)

    def failed(
        self, policy: Policy, now: float, *, message: int, attempt: int, rng: random.Random | None = None
    ) -> Circuit:
        """The place did not answer, or with an error of its own.

        :param message: id of the message that was worked
        :param attempt: id of its attempt, which tells a probe from calls that were under way
        """
        if self.state == HALF_OPEN and self.probe == attempt:
            return self._opened(policy, now, rng)
        if self.state != CLOSED:
            return self
        current = self._within(policy, now)
        if message == current.last_message:
            return current
        current = replace(
            current,
            streak=current.streak + 1,
            failures=current.failures + 1,
            window_at=current.window_at if current.failures else now,
            last_message=message,
        )
        calls = current.failures + current.successes
        too_many = calls >= policy.calls and current.failures >= policy.share * calls
        if policy.threshold and (current.streak >= policy.threshold or too_many):
            return current._opened(policy, now, rng)
        return current

    def succeeded(
        self, policy: Policy, now: float, *, count: int = 1, attempts: frozenset[int] = frozenset()
    ) -> Circuit:
        """The place has answered.

        :param count: how many calls went well
        :param attempts: the attempts they belong to
        """
        if self.state == HALF_OPEN and self.probe in attempts:
            return Circuit()
        if self.state != CLOSED or not self.failures:
            return self
        current = self._within(policy, now)
        if not current.failures:
            return current
        return replace(current, streak=0, successes=current.successes + count, last_message=0)

    def probing(self, now: float, *, attempt: int) -> Circuit:
        """Let one attempt through.

        :raise ValueError: when it is not time for a probe
        """
        if not self.may_probe(now):
            raise ValueError("not the time for a probe")
        return replace(self, state=HALF_OPEN, probe=attempt)

    def undecided(self, now: float) -> Circuit:
        """The probe ended without an answer for or against: the next message is one, at once."""
        return replace(self, state=OPEN, probe=None, wait_until=now) if self.state == HALF_OPEN else self

    def _within(self, policy: Policy, now: float) -> Circuit:
        return Circuit() if self.failures and now - self.window_at > policy.window else self

    def _opened(self, policy: Policy, now: float, rng: random.Random | None) -> Circuit:
        openings = self.openings + 1
        return replace(
            self,
            state=OPEN,
            opened_at=self.opened_at if self.opened_at is not None else now,
            openings=openings,
            wait_until=now + policy.next_wait(openings, rng),
            probe=None,
        )
