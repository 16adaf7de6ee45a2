"""When a cardholder is reminded of a claim or a receipt that is missing."""

from __future__ import annotations

from collections.abc import Sequence


def steps_of(text: str) -> tuple[int, ...]:
    """:return: days of the reminders, growing; empty: none
    :raise ValueError: it is no list of growing days
    """
    days = tuple(int(part) for part in text.split(",") if part.strip())
    if any(day < 1 for day in days) or any(one >= other for one, other in zip(days, days[1:], strict=False)):
        raise ValueError("reminders: no growing days")
    return days


def due_step(age: int, steps: Sequence[int], done: int) -> int | None:
    """Say which reminder is due.

    :param age: days since the charge
    :param done: reminders that were sent
    :return: number of the reminder from 1; what was missed while nobody looked is not made up for one by one
    """
    passed = sum(1 for day in steps if day <= age)
    return passed if passed > done else None
