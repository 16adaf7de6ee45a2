"""Objectives of service and how fast their error budget burns.

Burn rate 1 uses up the budget exactly at the end of the period; two windows must agree, so that an alert comes
quickly and goes quickly (Google, *The Site Reliability Workbook*, chapter 5, multiwindow multi-burn-rate alerts).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

#: (name, minutes of the long window, minutes of the short one, burn rate from which it counts)
FAST = ("fast", 60, 5, Fraction(144, 10))
SLOW = ("slow", 360, 30, Fraction(6))
PAIRS = (FAST, SLOW)
#: all windows that are counted, in minutes
WINDOWS = tuple(sorted({minutes for _name, long, short, _rate in PAIRS for minutes in (long, short)}))


@dataclass(frozen=True, slots=True)
class Count:
    """Cases of a window: all of them, and those that broke the promise."""

    total: int = 0
    bad: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.bad <= self.total:
            raise ValueError(f"{self.bad} of {self.total} cannot have gone wrong")


def allowed(target: Fraction) -> Fraction:
    """:param target: share that must be good, between 0 and 1
    :return: share that may be bad
    """
    if not 0 < target < 1:
        raise ValueError("an objective lies between 0 and 100 %, both excluded: there is no budget in 100 %")
    return 1 - target


def burn(count: Count, target: Fraction) -> Fraction:
    """:return: how many times faster than allowed the budget is used; 0 where nothing has happened"""
    share = allowed(target)
    return Fraction(count.bad, count.total) / share if count.total else Fraction(0)


def budget_left(count: Count, target: Fraction) -> Fraction:
    """:return: share of the budget of the whole period that is left: 1 untouched, 0 used up, below 0 overdrawn"""
    return 1 - burn(count, target)


def burning(counts: Mapping[int, Count], target: Fraction) -> str:
    """Whether the budget burns too fast.

    :param counts: minutes of a window -> its cases
    :return: ``fast``, ``slow`` or an empty text
    """
    for name, long, short, rate in PAIRS:
        if burn(counts.get(long, Count()), target) >= rate and burn(counts.get(short, Count()), target) >= rate:
            return name
    return ""
