"""What a failed attempt means: state, next time, and who has to know. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..safe.masking import mask_text
from . import states
from .claim import Claim
from .completion import Completion
from .errors import (
    AmbiguousError,
    AuthNeededError,
    DuplicateError,
    FinanceError,
    NotNowError,
    ThrottledError,
    TransientError,
    UnavailableError,
)
from .retry import RetryPolicy

#: seconds until something of our own that did not answer is asked again
OUR_PAUSE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to write down.

    :param pause_connection: seconds for which everything on the connection waits
    :param needs_credentials: the connection stays untouched until a test of it has passed
    """

    completion: Completion
    params: dict[str, Any] = field(default_factory=dict)
    pause_connection: float | None = None
    needs_credentials: bool = False
    #: the other side did not ask for the pause: it is not called more slowly afterwards
    is_our_pause: bool = False

    @property
    def needs_person(self) -> bool:
        return self.completion.state in states.NEEDS_PERSON


def credentials_key(connection_id: int) -> str:
    """The waiting key of everything that waits for a connection to work again."""
    return f"connection:{connection_id}"


def decide(
    claim: Claim,
    error: FinanceError,
    *,
    on_purpose: bool = True,
    trace: str | None = None,
    is_down: bool = False,
    wait: float = 0.0,
) -> Decision:
    """Decide about a failed attempt.

    :param on_purpose: the handler raised the error itself; False for anything that happened to
        it, after which nobody knows whether the other side has acted
    :param trace: frames for the operator, without values
    :param is_down: the place that was called is known to be down. Then it is not the message that failed: it
        waits as the others do, and its attempt is not counted.
    :param wait: seconds that it waits then
    """
    if claim.at_most_once and not on_purpose:
        error = AmbiguousError(error.detail, params=error.params)
    if isinstance(error, AmbiguousError) and claim.kind == "fetch":
        # looking again changes nothing over there
        error = TransientError(error.detail, params=error.params)
    state, next_in = states.HELD, None
    waiting_key = error.waiting_key
    is_braked = isinstance(error, NotNowError) or (is_down and isinstance(error, TransientError))
    if isinstance(error, AmbiguousError):
        state = states.UNKNOWN
    elif isinstance(error, DuplicateError):
        state = states.IGNORED
    elif isinstance(error, AuthNeededError):
        waiting_key = waiting_key or credentials_key(claim.flow.connection_id)
    elif isinstance(error, UnavailableError):
        state, next_in = states.RETRY, OUR_PAUSE if error.retry_after is None else error.retry_after
    elif is_braked:
        state, next_in = states.RETRY, wait
    elif isinstance(error, TransientError):
        policy = RetryPolicy(base=claim.flow.retry_base, cap=claim.flow.retry_cap, max_attempts=claim.flow.retry_max)
        next_in = policy.decide(error, claim.attempt_count)
        state = states.DEAD if next_in is None else states.RETRY
    is_ours = isinstance(error, UnavailableError)
    throttled = isinstance(error, ThrottledError) and not is_braked
    return Decision(
        completion=Completion(
            id=claim.id,
            attempt_id=claim.attempt_id,
            state=state,
            outcome=state,
            reason=error.reason,
            # details are read by people who may not see payloads
            detail=mask_text(error.detail),
            trace=trace,
            error_class=error.error_class,
            waiting_key=waiting_key,
            next_in=next_in,
            uncount=int(throttled or is_braked or is_ours),
        ),
        params=error.params,
        pause_connection=(next_in or None) if is_ours else next_in if throttled else None,
        is_our_pause=is_ours,
        needs_credentials=isinstance(error, AuthNeededError),
    )
