"""What can go wrong, as a small tree that decides what happens next.

========================  =========  ==========================================
error                     class      what the dispatcher does
========================  =========  ==========================================
:class:`TransientError`   technical  retry with backoff, then dead letter
:class:`ThrottledError`   technical  pause the connection, attempt not counted
:class:`NotNowError`      technical  wait as long as our own brakes say, not counted
:class:`UnavailableError` technical  the connection waits, not counted
:class:`AuthNeededError`  technical  hold, the connection owner gets a task
:class:`RejectedError`    business   hold for a person
:class:`MalformedError`   data       hold for a person
:class:`DuplicateError`   -          ignore, pointing at the first one
:class:`AmbiguousError`   technical  state ``unknown``; never sent again blindly
========================  =========  ==========================================

Only :class:`TransientError` is retried by itself.
"""

from __future__ import annotations

from typing import Any


class FinanceError(Exception):
    """Base of everything a handler or adapter may raise on purpose.

    :param reason: code of a ``finance.reason`` record, e.g. ``bank.proof_failed``
    :param detail: one sentence for the person who has to act; no secret, no full account number
    :param params: values the fix needs (JSON-able), e.g. ``{"difference": "12.00"}``
    :param waiting_key: the message resumes by itself when this key is announced as fixed
    :param endpoint: the place outside that did not answer, or not sensibly: its circuit breaker counts it
    """

    #: technical, data or business: which team has to look
    error_class = "technical"
    default_reason = "unexpected"

    def __init__(
        self,
        detail: str,
        *,
        reason: str | None = None,
        params: dict[str, Any] | None = None,
        waiting_key: str | None = None,
        endpoint: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason or self.default_reason
        self.params = params or {}
        self.waiting_key = waiting_key
        self.endpoint = endpoint


class TransientError(FinanceError):
    """It may work later: network, partner down, lock.

    :param retry_after: seconds the other side asked us to wait, if it did
    """

    default_reason = "transient"

    def __init__(self, detail: str, *, retry_after: float | None = None, **kwargs: Any) -> None:
        super().__init__(detail, **kwargs)
        self.retry_after = retry_after


class ThrottledError(TransientError):
    """The other side limits us (429, 503 with Retry-After): everything on the connection waits."""

    default_reason = "throttled"


class NotNowError(TransientError):
    """Our own brake (an open circuit, a limit) lets nothing through: nothing was sent."""

    default_reason = "circuit_open"


class UnavailableError(TransientError):
    """Something of our own that the work needs does not answer (the vault): nothing was sent, everything on the
    connection waits, and no attempt is counted."""

    default_reason = "vault_unreachable"


class AuthNeededError(FinanceError):
    """Credentials are missing, expired or refused: a person must act before anything works."""

    default_reason = "auth_needed"


class RejectedError(FinanceError):
    """A definite no for a business reason; trying again changes nothing."""

    error_class = "business"
    default_reason = "rejected"


class MalformedError(FinanceError):
    """The data cannot be understood or contradicts itself."""

    error_class = "data"
    default_reason = "malformed"


class DuplicateError(FinanceError):
    """The same thing has arrived or been sent before."""

    error_class = "data"
    default_reason = "duplicate"


class AmbiguousError(FinanceError):
    """We do not know whether the other side acted. Ask it; never guess, never resend."""

    default_reason = "ambiguous"
