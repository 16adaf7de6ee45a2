"""What messages that share a transaction need not ask again.

In one transaction the database answers the same question the same way: what a handler reads of the configuration
(rules, rates, accounts, closed periods) is read once for all messages of a batch. Never remember what the batch itself
writes. Outside of a batch nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("finance_known_in_batch", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """What is asked by :func:`once` in the block is forgotten with it, also when it fails."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once(key: Hashable, answer: Callable[[], T]) -> T:
    """Give the answer to a question, asked once in a batch.

    :param key: names the question: the asker's name first, then all that the answer depends on
    """
    known = _known.get()
    if known is None:
        return answer()
    if key not in known:
        known[key] = answer()
    found: T = known[key]
    return found


def know(answers: dict[Hashable, Any]) -> None:
    """Keep answers that were found together, before they are asked for one by one."""
    known = _known.get()
    if known is not None:
        known.update(answers)
