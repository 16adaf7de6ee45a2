"""What an answer, or the lack of one, means for the message under way. Pure."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from ..engine.errors import (
    AmbiguousError,
    AuthNeededError,
    FinanceError,
    MalformedError,
    RejectedError,
    ThrottledError,
    TransientError,
)
from ..safe.masking import mask_text
from .http_tls import is_about_our_certificate

#: characters of the other side's own words that are shown
_WORDS = 300
#: where problem documents (RFC 9457), OAuth errors and common habits say what is wrong
_SAYING = ("title", "detail", "error", "error_description", "message", "code", "reason")


def repeatable(method: str) -> bool:
    """Say whether a request may be repeated by the rules of HTTP (RFC 9110, 9.2.2)."""
    return method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")


def refusal(
    status: int, headers: Mapping[str, str], words: str, *, may_repeat: bool, endpoint: str, now: float | None = None
) -> FinanceError | None:
    """Give the error that a status means, or None.

    :param words: what the other side says about it, masked
    :param may_repeat: to send the request again changes nothing over there
    """
    if 200 <= status < 300:
        return None
    params = {"http_status": status, "answer": words} if words else {"http_status": status}
    said = f"{endpoint} answered {status}" + (f": {words}" if words else ".")
    wait = retry_after(headers, now=now)
    if status == 429 or (status == 503 and wait is not None):
        return ThrottledError(said, retry_after=wait, params=params)
    if status in (401, 403):
        return AuthNeededError(said, params=params)
    if status in (408, 425) or (status == 409 and may_repeat and wait is not None):
        # it says itself that it has not acted
        return TransientError(said, retry_after=wait, params=params, reason="http_server_error", endpoint=endpoint)
    if status >= 500:
        if not may_repeat:
            return AmbiguousError(said, params=params, endpoint=endpoint)
        return TransientError(said, retry_after=wait, params=params, reason="http_server_error", endpoint=endpoint)
    if 300 <= status < 400:
        return RejectedError(
            f"{endpoint} sends us elsewhere ({status}), which is not followed. Enter the final address.",
            params=params,
            reason="http_redirect",
        )
    return RejectedError(said, params=params, reason="http_rejected")


def breakdown(
    error: BaseException, *, has_sent: bool, may_repeat: bool, endpoint: str, drips: bool = False
) -> FinanceError:
    """Give the error that a broken connection means.

    :param has_sent: a byte of the request has left: the other side may have acted
    :param drips: the answer had begun when the time for the whole call was over. Like one that is too
        large it would be so again: a person decides, and the place itself is not down.
    """
    if drips:
        return unreadable(
            f"The answer of {endpoint} was not complete within the time for a whole call.",
            reason="http_too_slow",
            may_repeat=may_repeat,
            endpoint=endpoint,
        )
    if isinstance(error, ssl.SSLError) and is_about_our_certificate(error):
        return AuthNeededError(f"{endpoint} does not accept our client certificate.", reason="auth_needed")
    if isinstance(error, TimeoutError):
        what, reason = f"{endpoint} did not answer in time.", "http_timeout"
    elif isinstance(error, ssl.SSLCertVerificationError):
        why = mask_text(str(error.verify_message or "it cannot be verified")).rstrip(".")
        what, reason = f"The certificate of {endpoint} is not trusted: {why}.", "http_tls_failed"
    elif isinstance(error, ssl.SSLError) and not has_sent:
        what, reason = f"No secure connection with {endpoint} came about ({_why(error)}).", "http_tls_failed"
    elif has_sent:
        what, reason = f"The connection with {endpoint} broke off before the answer was complete.", "http_broken_off"
    else:
        what, reason = f"{endpoint} cannot be reached.", "http_unreachable"
    if has_sent and not may_repeat:
        return AmbiguousError(f"{what} Whether it has acted is not known.", endpoint=endpoint)
    return TransientError(what, reason=reason, endpoint=endpoint)


def _why(error: ssl.SSLError) -> str:
    """OpenSSL's name for it; errors that Python raises by itself have none."""
    return str(getattr(error, "reason", None) or type(error).__name__)


def unreadable(detail: str, *, reason: str, may_repeat: bool, endpoint: str) -> FinanceError:
    """Give the error for an answer with a good status that says nothing we understand."""
    if may_repeat:
        return MalformedError(detail, reason=reason)
    return AmbiguousError(f"{detail} Whether {endpoint} has acted is not known.", params={"cause": reason})


def retry_after(headers: Mapping[str, str], *, now: float | None = None) -> float | None:
    """Read Retry-After: seconds, or a date by the clock of the other side.

    :param headers: with lower-case names
    :return: seconds from now, never negative; None when it says nothing usable
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _seconds(text)
    if until is None:
        return None
    theirs = _seconds(headers.get("date", ""))
    return max(until - (theirs if theirs is not None else time.time() if now is None else now), 0.0)


def _seconds(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def words(body: bytes, content_type: str) -> str:
    """Give what a refusal says about itself, for a person: only from fields that are meant for that, masked."""
    if "json" not in content_type or len(body) > 65536:
        return ""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    inner = document.get("error") if isinstance(document, dict) else None
    for candidate in (document, inner):
        if isinstance(candidate, dict):
            said = [str(candidate[key]) for key in _SAYING if isinstance(candidate.get(key), str | int)]
            if said:
                text = mask_text(" ".join(dict.fromkeys(said)))
                return "".join(character if character.isprintable() else " " for character in text)[:_WORDS]
    return ""
