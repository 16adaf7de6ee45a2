"""What a handler answers after working a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The effect is complete; it commits together with the message.

    :param result: JSON-able facts a person wants to see, e.g. ``{"lines": 12, "duplicates": 3}``
    :param documents: ``(model, id)`` of what was made or changed, for the smart button
    :param after_commit: runs once the transaction is durable (moving a fetched file away);
        it must be repeatable and carry no business effect: if it is lost, the next run does it
    """

    result: dict[str, Any] = field(default_factory=dict)
    documents: tuple[tuple[str, int], ...] = ()
    after_commit: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Keep what was written, and wait for a person (or for ``waiting_key`` to be fixed).

    Raise an error of :mod:`.errors` instead when nothing of the attempt must remain.
    """

    reason: str
    detail: str
    error_class: str = "business"
    params: dict[str, Any] = field(default_factory=dict)
    waiting_key: str | None = None
    documents: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing to do, and why (duplicate, out of policy)."""

    reason: str
    detail: str
    documents: tuple[tuple[str, int], ...] = ()


Outcome = Done | Held | Ignored
