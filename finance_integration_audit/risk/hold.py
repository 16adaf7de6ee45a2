"""What becomes of a document that waits for the word of a risk system.

``waiting`` and ``late`` (nobody answered in time) keep it back, and so does ``rejected``. Time alone never lets it
pass. Only the word ``released`` does, or two persons (``overridden``). Words that contradict each other keep it back.
"""

from __future__ import annotations

from dataclasses import dataclass

WAITING, LATE, RELEASED, REJECTED, CONTRADICTED = "waiting", "late", "released", "rejected", "contradicted"
OVERRIDDEN, ENDED = "overridden", "ended"

#: states in which a document may be posted, while it says what was asked about
PASSING = frozenset({RELEASED, OVERRIDDEN})
#: states in which something is still to come
OPEN = frozenset({WAITING, LATE, REJECTED, CONTRADICTED})
#: words that a risk system may say
WORDS = frozenset({RELEASED, REJECTED})


@dataclass(frozen=True, slots=True)
class Heard:
    """:param alarm: people have to be told, for something is not as it should be"""

    state: str
    alarm: bool = False


def hear(state: str, word: str, *, posted: bool) -> Heard:
    """:return: what a hold is after a word

    :param posted: the document is in the ledger already
    :raise ValueError: nothing that a risk system may say
    """
    if word not in WORDS:
        raise ValueError(word)
    if state == ENDED or state == word:
        return Heard(state)
    if state in (WAITING, LATE):
        return Heard(word)
    if state == OVERRIDDEN:
        # two persons have decided, knowing that it might be so; that it is so they are told
        return Heard(state, alarm=word == REJECTED)
    # it said the opposite before
    return Heard(state if posted else CONTRADICTED, alarm=True)


def time_out(state: str) -> Heard:
    """:return: what a hold is when its time is over: late, and never free"""
    return Heard(LATE, alarm=True) if state == WAITING else Heard(state)
