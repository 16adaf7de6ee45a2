"""What the balances beside the rows of a table prove: which column is the amount, and where its fee is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .booking import Row


class Steps(NamedTuple):
    """Steps from one balance to the next, and how many of them the amounts between explain."""

    all: int
    #: the oldest row first, and the newest row first
    down: int
    up: int

    @property
    def best(self) -> int:
        """Steps that are explained in the better direction."""
        return max(self.down, self.up)

    @property
    def is_proof(self) -> bool:
        """Whether the balances leave no doubt."""
        return self.all > 0 and self.best >= self.all - self.all // 20

    def goes_with(self, days: Sequence[date]) -> bool:
        """Say whether the direction that is explained is the one of the days: a balance *before* each booking, with
        all signs turned round, explains as much in the other one."""
        if not days or days[0] == days[-1]:
            return self.down == self.up
        return (self.down if days[0] < days[-1] else self.up) == self.best


class Moved(NamedTuple):
    """A row as far as balances are concerned."""

    key: object
    amount: Decimal
    balance: Decimal | None


def steps_of(rows: Iterable[Row]) -> Steps:
    """Look at the booked rows, each account and currency for itself."""
    return steps(
        Moved((row.account, row.currency), row.amount, row.balance)
        for row in rows
        if row.status == "BOOK" and row.currency
    )


def steps(rows: Iterable[Moved]) -> Steps:
    """Count the steps that are explained."""
    last: dict[object, tuple[Moved, Decimal]] = {}
    count = down = up = 0
    for row in rows:
        before = last.get(row.key)
        if row.balance is None:
            if before is not None:
                last[row.key] = (before[0], before[1] + row.amount)
            continue
        if before is not None and before[0].balance is not None:
            first, between = before
            assert first.balance is not None
            count += 1
            down += row.balance == first.balance + between + row.amount
            up += first.balance == row.balance + between + first.amount
        last[row.key] = (row, Decimal(0))
    return Steps(count, down, up)


def has_three_decimals(rows: list[Row]) -> bool:
    """A point before three digits is a mark between thousands more often than a decimal one."""
    return any(
        isinstance(exponent := amount.as_tuple().exponent, int) and exponent == -3
        for row in rows
        for amount in (row.amount, row.balance)
        if amount is not None and row.currency not in ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
    )


def is_newest_first(rows: list[Row]) -> bool:
    """Say which row is the newest by the balances beside them; days alone do not tell it within a day."""
    found = steps_of(rows)
    if found.down != found.up:
        return found.up > found.down
    days = [row.booked for row in rows if row.booked and row.detail is not None]
    return len(days) > 1 and days[0] > days[-1]
