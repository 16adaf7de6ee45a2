"""The life of a message as a table.

``received = done + ignored + held + dead + open`` must hold at any time; a checkpoint
(``finance.checkpoint``) proves it from the transition rows.
"""

from __future__ import annotations

QUEUED = "queued"
PROCESSING = "processing"
RETRY = "retry"
UNKNOWN = "unknown"
HELD = "held"
DEAD = "dead"
DONE = "done"
IGNORED = "ignored"

#: state -> states it may go to
TRANSITIONS: dict[str, frozenset[str]] = {
    # held and ignored: a message may be born a conflict or a duplicate
    QUEUED: frozenset({PROCESSING, IGNORED, HELD}),
    PROCESSING: frozenset({DONE, IGNORED, HELD, RETRY, DEAD, UNKNOWN, QUEUED}),
    RETRY: frozenset({PROCESSING, QUEUED, IGNORED, HELD}),
    # an inquiry or two people decide what an unknown outcome was
    UNKNOWN: frozenset({DONE, HELD, QUEUED, IGNORED}),
    # done: a person has delivered by hand what was held for that
    HELD: frozenset({QUEUED, IGNORED, DONE}),
    DEAD: frozenset({QUEUED, IGNORED, HELD}),
    # a processed message is never re-opened: a replay is a new message pointing back
    DONE: frozenset(),
    IGNORED: frozenset(),
}

ALL: tuple[str, ...] = tuple(TRANSITIONS)
#: still moving by itself
OPEN = frozenset({QUEUED, PROCESSING, RETRY, UNKNOWN})
#: can be claimed when due
READY = frozenset({QUEUED, RETRY})
#: waits for a person
NEEDS_PERSON = frozenset({HELD, DEAD, UNKNOWN})
FINAL = frozenset({DONE, IGNORED})


class TransitionError(ValueError):
    """A change of state that the table does not know."""


def check(before: str, after: str) -> None:
    """:raise TransitionError: when ``before -> after`` is not allowed"""
    if after not in TRANSITIONS.get(before, frozenset()):
        raise TransitionError(f"a message cannot go from {before!r} to {after!r}")
