"""The stages of a task of the close, and how far a company is (C-05, C-07, C-13)."""

from __future__ import annotations

from collections.abc import Iterable

WAITING, OPEN, FAILED = "waiting", "open", "failed"
PREPARED, REVIEWED, DONE, SKIPPED = "prepared", "reviewed", "done", "skipped"

#: nothing is left to do
FINISHED = (DONE, SKIPPED)
#: somebody can begin, or has to mend something
TO_DO = (OPEN, FAILED)

#: how much of a task is behind us, in per cent
SHARE = {WAITING: 0, OPEN: 0, FAILED: 0, PREPARED: 40, REVIEWED: 70, DONE: 100, SKIPPED: 100}


def prepared(*, review: bool, approval: bool) -> str:
    """:return: the stage of a task that was done by its owner, or of a check that has passed"""
    return PREPARED if review or approval else DONE


def reviewed(*, approval: bool) -> str:
    """:return: the stage of a task that another person has reviewed"""
    return REVIEWED if approval else DONE


def before_approval(*, review: bool) -> str:
    """:return: the stage from which a task is approved"""
    return REVIEWED if review else PREPARED


def readiness(tasks: Iterable[tuple[str, int]]) -> int:
    """Say how far a company is.

    :param tasks: stage and weight of each task
    :return: per cent, rounded down: 100 is only what has nothing left; without tasks it is ready
    """
    done = whole = 0
    for stage, weight in tasks:
        done += SHARE[stage] * weight
        whole += weight
    return done // whole if whole else 100
