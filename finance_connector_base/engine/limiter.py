"""How fast a place outside may be called: slots in time, so that many workers never exceed it together.

A limit knows one time, that of the next free slot. Whoever calls takes some slots and makes
its calls not before each of them (the generic cell rate algorithm). In any stretch of ``T``
seconds there are at most ``burst + rate x (T + GRACE)`` calls, whoever makes them.

After an outage, or when the other side said that it is too much, the rate begins low and doubles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

#: seconds after its time in which a slot may still be used
GRACE = 0.2
#: calls a second at which an unlimited place has recovered
UNLIMITED_AGAIN = 256.0
#: the slowest a ramp may begin: with one call in ten seconds, whatever is asked for
SLOWEST = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The pace of one connection, or of one part of its addresses.

    :param rate: calls a second; 0 is no limit
    :param burst: calls that may come at once after a quiet time
    :param next_at: time of the next free slot
    :param ramp_at: when the rate begins to grow again, None when it is not lowered
    :param ramp_rate: calls a second at that time
    :param ramp_seconds: time in which it doubles
    """

    rate: float = 0.0
    burst: int = 1
    next_at: float = 0.0
    ramp_at: float | None = None
    ramp_rate: float = 0.0
    ramp_seconds: float = 10.0

    def effective(self, now: float) -> float | None:
        """:return: calls a second at this time; None is without limit"""
        full = self.rate or None
        if self.ramp_at is None:
            return full
        doublings = max(now - self.ramp_at, 0.0) // max(self.ramp_seconds, 1e-3)
        # enough to pass any rate; a longer time must not overflow
        ramped: float = max(self.ramp_rate, SLOWEST) * 2.0 ** min(doublings, 40)
        if full is None:
            return ramped if ramped < UNLIMITED_AGAIN else None
        return min(full, ramped)

    def is_recovered(self, now: float) -> bool:
        """Say whether the ramp has reached the full rate and can be forgotten."""
        return self.ramp_at is not None and now >= self.ramp_at and self.effective(now) == (self.rate or None)

    def first_slot(self, now: float) -> float:
        """:return: the time at which the next call could be made"""
        rate = self.effective(now)
        begin = now if self.ramp_at is None else max(now, self.ramp_at)
        if rate is None:
            return begin
        # after a quiet time a burst may be made up for, but not in a ramp
        credit = 0.0 if self.ramp_at is not None else (max(self.burst, 1) - 1) / rate
        return max(self.next_at, begin - credit)

    def available(self, now: float, horizon: float) -> int | None:
        """:return: how many calls could be made until so many seconds from now; None is without limit"""
        rate = self.effective(now)
        if rate is None:
            return None if self.first_slot(now) <= now + horizon else 0
        return max(int((now + horizon - self.first_slot(now)) * rate + 1), 0)

    def taken(self, now: float, count: int) -> tuple[list[float], Limit]:
        """Take slots.

        :return: their times, and the limit afterwards
        """
        rate = self.effective(now)
        first = self.first_slot(now)
        if rate is None:
            return [first] * count, self
        return [first + number / rate for number in range(count)], replace(self, next_at=first + count / rate)

    def ramped(self, now: float, *, share: float, seconds: float) -> Limit:
        """Begin slowly: after an outage; where the other side wants to be left alone for now, not before that.

        :param share: of the full rate, or of :data:`UNLIMITED_AGAIN` where there is none
        :param seconds: time in which it doubles
        """
        begin = max((self.rate or UNLIMITED_AGAIN) * share, SLOWEST)
        wait = max((self.ramp_at or 0.0) - now, 0.0)
        return self._from(now, begin, seconds, wait)

    def slowed(self, now: float, *, seconds: float, wait: float) -> Limit:
        """Halve the rate: the other side said that it was too much, and how long it wants to be left alone."""
        current = self.effective(now) or UNLIMITED_AGAIN / 4
        return self._from(now, max(current / 2, SLOWEST), seconds, wait)

    def _from(self, now: float, rate: float, seconds: float, wait: float) -> Limit:
        at = now + wait
        return replace(self, ramp_at=at, ramp_rate=rate, ramp_seconds=seconds, next_at=max(self.next_at, at))
