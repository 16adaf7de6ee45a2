"""What this thread is working on: for log lines, outgoing headers and the heartbeat of long handlers."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from .text import to_json

#: what a correlation id may consist of; anything else could forge log lines or headers
_CORRELATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
CORRELATION_HEADER = "X-Correlation-ID"
#: questions to the mappings that are kept with a message; of further ones only the answers are
MAX_ASKED = 200


@dataclass(slots=True, kw_only=True)
class Work:
    """The claim under way: its attempt id is the fencing token.

    :param by_hand: a person brought the message in place of its channel
    :param is_dual: its flow is one of two that run side by side
    :param versions: mapping versions used so far, kept on the message when it is finished
    :param asked: what the mappings were asked, kept on the message: what was known of the case and the day that counts
    :param pins: mapping ids by kind and code (``kind:code``) that count instead of today's: a replay with what was
        used before
    :param reached: places outside that have answered meanwhile; their circuit breakers are told
    :param kept_secret: a secret was not read anew from the vault, but is what it said a moment ago
    :param gate: asked with the place and the path before each call outside
    """

    message_id: int
    attempt_id: int
    worker_id: int
    lease_seconds: int
    correlation_id: str
    by_hand: bool = False
    is_dual: bool = False
    versions: dict[str, int] = field(default_factory=dict)
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    pins: Mapping[str, Sequence[int]] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    kept_secret: bool = False
    gate: Callable[[str, str], None] | None = None
    beaten_at: float = field(default_factory=time.monotonic)

    def note_question(
        self, kind: str, codes: Iterable[str], day: date, facts: Mapping[str, Any], words: Sequence[str]
    ) -> None:
        """Remember what the mappings were asked; equal questions about several codes are one."""
        question = {"kind": kind, "day": day.isoformat(), "facts": {} if words else _plain(facts), "words": list(words)}
        key = to_json(question)
        if key not in self.asked and len(self.asked) >= MAX_ASKED:
            return
        known = self.asked.setdefault(key, {**question, "codes": []})["codes"]
        known.extend(code for code in codes if code not in known)

    def beat_is_due(self) -> bool:
        """Say whether a quarter of the lease has passed since the last heartbeat; asking resets it."""
        now = time.monotonic()
        if now - self.beaten_at < self.lease_seconds / 4:
            return False
        self.beaten_at = now
        return True


def _plain(value: Any) -> Any:
    """Write a value so that it comes back from the database as the same kind of thing: amounts stay numbers."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value


current_work: ContextVar[Work | None] = ContextVar("finance_current_work", default=None)


def is_correlation_id(text: str | None) -> bool:
    """Say whether a sender's id can be taken over as it is."""
    return bool(text) and _CORRELATION.fullmatch(text or "") is not None


def correlation_headers() -> dict[str, str]:
    """:return: the header that carries the correlation id of the message under way to the other side"""
    work = current_work.get()
    return {CORRELATION_HEADER: work.correlation_id} if work else {}


def trace_headers() -> dict[str, str]:
    """:return: W3C trace context: one trace per correlation id, one span per call"""
    work = current_work.get()
    trace = hashlib.sha256(work.correlation_id.encode()).hexdigest()[:32] if work else secrets.token_hex(16)
    # flag 00: whether a trace is recorded is not ours to ask
    return {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-00"}


@contextmanager
def in_house() -> Iterator[None]:
    """Calls in the block go to something of our own, the vault: brakes of the other side have no part in it."""
    token = current_work.set(None)
    try:
        yield
    finally:
        current_work.reset(token)


def note_kept_secret() -> None:
    """Remember that the work under way uses a secret as the vault gave it a moment ago."""
    work = current_work.get()
    if work is not None:
        work.kept_secret = True


_reached: ContextVar[set[str] | None] = ContextVar("finance_reached", default=None)


@contextmanager
def noting_reached() -> Iterator[set[str]]:
    """Give the places that answer in the block, for calls that belong to no message: the test of a connection."""
    reached: set[str] = set()
    token = _reached.set(reached)
    try:
        yield reached
    finally:
        _reached.reset(token)


def note_reached(endpoint: str) -> None:
    """Remember that a place outside has answered, whatever it said."""
    noted = _reached.get()
    if noted is not None:
        noted.add(endpoint)
    work = current_work.get()
    if work is not None:
        work.reached.add(endpoint)


def pass_gate(endpoint: str, resource: str) -> float:
    """Ask our own brakes before a call outside; wait there where the limits of the connection want it.

    :param endpoint: host and port
    :param resource: path below it
    :return: seconds waited
    :raise NotNowError: the circuit is open, or the limit is used up for longer than one waits
    """
    work = current_work.get()
    if work is None or work.gate is None:
        return 0.0
    started = time.monotonic()
    work.gate(endpoint, resource)
    return time.monotonic() - started


def correlate_log_records() -> None:
    """Begin every log line written while a message is worked, whoever writes it, with its correlation id."""
    factory = logging.getLogRecordFactory()
    if not getattr(factory, "adds_finance_correlation", False):
        logging.setLogRecordFactory(_correlating(factory))


def _correlating(factory: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def make(*args: object, **kwargs: object) -> logging.LogRecord:
        record = factory(*args, **kwargs)
        work = current_work.get()
        if work is not None:
            record.finance_correlation_id = work.correlation_id
            record.msg = f"[{work.correlation_id}] {record.msg}"
        return record

    make.adds_finance_correlation = True  # type: ignore[attr-defined]
    return make
