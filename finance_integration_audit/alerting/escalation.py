"""Who is told next when nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def level(told_at: datetime, now: datetime, minutes: Sequence[int]) -> int:
    """How many steps of a chain are due.

    :param told_at: when the team was told first
    :param minutes: of each step, counted from ``told_at``, in any order
    :return: between 0 and ``len(minutes)``
    """
    return sum(1 for step in minutes if now - told_at >= timedelta(minutes=step))
