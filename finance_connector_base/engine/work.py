"""What this thread is working on, for log lines and for the heartbeat of long handlers."""

from __future__ import annotations

import logging
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The claim under way: its attempt id is the fencing token."""

    message_id: int
    attempt_id: int
    worker_id: int
    lease_seconds: int
    correlation_id: str


current_work: ContextVar[Work | None] = ContextVar("finance_current_work", default=None)


class CorrelationFilter(logging.Filter):
    """Adds ``[correlation id]`` to every log line written while a message is worked."""

    def filter(self, record: logging.LogRecord) -> bool:
        work = current_work.get()
        if work is not None and not getattr(record, "finance_correlation_id", None):
            record.finance_correlation_id = work.correlation_id
            record.msg = f"[{work.correlation_id}] {record.msg}"
        return True
