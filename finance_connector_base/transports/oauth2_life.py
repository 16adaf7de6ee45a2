"""The life of a token: when it is used, when it is renewed, when nothing more is tried. Pure.

A refresh token that is good for one use makes this matter. Used twice it looks stolen, and the other side
takes back everything (RFC 9700, 4.14.2). Three rules follow:

* That a call is about to be made is written down (and committed) before it is made. A process that dies between the
  answer and our commit leaves that note behind.
* After a call whose outcome nobody knows, the same refresh token is shown exactly once more. Other sides that allow a
  moment of grace give new tokens; the others refuse, and revoke nothing that anybody still had.
* After that, and after every refusal, nothing more is tried until a person has done something.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

#: a token is not used in its last seconds: a request takes time to arrive
LAST_SECONDS = 5.0
#: renewed so early before its end, at most, in seconds, and as a part of its life
EARLY_SECONDS = 300.0
EARLY_PART = 0.2
#: calls without known outcome that one and the same refresh token is shown in
UNCLEAR_CALLS = 2
#: seconds until the token address is called again after it failed, doubled each time
PAUSE_SECONDS = 5.0
LONGEST_PAUSE = 300.0


class Verdict(Enum):
    """What is known about the right to get tokens."""

    GOOD = "active"
    #: a person has to give permission again
    REAUTHORISE = "reauthorise"
    #: the settings are wrong
    REFUSED = "refused"


class Step(Enum):
    """What to do now."""

    USE = "use"
    RENEW = "renew"
    #: the token address has failed just now
    WAIT = "wait"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known about a token; times are seconds since 1970.

    :param stamp: which token it is; empty when there is none
    :param renewable: there is a refresh token, or we may ask as ourselves
    :param once: what we would show is good for one use, as far as we know
    :param unclear: calls made with it whose outcome nobody knows
    :param failures: calls in a row that failed without harm
    """

    stamp: str = ""
    obtained_at: float = 0.0
    expires_at: float | None = None
    renewable: bool = True
    once: bool = True
    verdict: Verdict = Verdict.GOOD
    unclear: int = 0
    failures: int = 0
    retry_at: float | None = None

    def fresh_until(self) -> float | None:
        """When the token is due for renewal, well before its end."""
        if self.expires_at is None:
            return None
        return self.expires_at - min(EARLY_SECONDS, max(self.expires_at - self.obtained_at, 0.0) * EARLY_PART)

    def is_usable(self, now: float, refused: str | None = None) -> bool:
        """Say whether the token can be sent: there is one, it has not ended, and nobody has refused it."""
        ended = self.expires_at is not None and now >= self.expires_at - LAST_SECONDS
        return bool(self.stamp) and self.stamp != refused and not ended


def plan(life: Life, now: float, refused: str | None = None) -> Step:
    """Decide what to do when a token is needed.

    :param refused: stamp of the token that the other side has just answered with 401
    """
    if life.verdict is not Verdict.GOOD:
        return Step.STOP
    usable = life.is_usable(now, refused)
    until = life.fresh_until()
    if usable and (until is None or now < until):
        return Step.USE
    if not life.renewable or (life.once and life.unclear >= UNCLEAR_CALLS):
        return Step.USE if usable else Step.STOP
    if life.retry_at is not None and now < life.retry_at:
        return Step.USE if usable else Step.WAIT
    return Step.RENEW


def begun(life: Life) -> Life:
    """A call is about to be made: until we know better, its outcome is unclear."""
    return replace(life, unclear=life.unclear + 1)


def granted(*, stamp: str, now: float, lifetime: float | None, renewable: bool, once: bool) -> Life:
    """The call brought a token: whatever was before is over."""
    return Life(
        stamp=stamp,
        obtained_at=now,
        expires_at=None if lifetime is None else now + lifetime,
        renewable=renewable,
        once=once,
    )


def refused(life: Life, verdict: Verdict) -> Life:
    """The call was answered with a no."""
    return replace(life, verdict=verdict, unclear=max(life.unclear - 1, 0), retry_at=None)


def failed(life: Life, now: float, *, unclear: bool, wait: float | None = None) -> Life:
    """The call brought nothing.

    :param unclear: it may have had its effect
    :param wait: seconds that the other side asked us to wait
    """
    pause = min(PAUSE_SECONDS * 2.0 ** min(life.failures, 10), LONGEST_PAUSE)
    return replace(
        life,
        unclear=life.unclear if unclear else max(life.unclear - 1, 0),
        failures=life.failures + 1,
        retry_at=now + max(pause, wait or 0.0),
    )
