"""Rows that are read more than once, or in another order, and need not fit into memory: they lie in temporary files."""

from __future__ import annotations

import heapq
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import date
from decimal import Decimal
from itertools import islice
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

from .neutral import Balance

Value: TypeAlias = str | int | Decimal | date | None
Row: TypeAlias = list[Value]
Kept = TypeVar("Kept", bound="Spool")
#: rows that are sorted in memory; more are sorted in so many pieces, which are merged
AT_ONCE = 20_000


class Spool:
    """Rows, written once and read as often as wanted; values come back as they were, exactly."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._file = tempfile.TemporaryFile(prefix="finance-rows-")
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Write one more row."""
        self._file.write(json.dumps([_dumped(value) for value in row]).encode() + b"\n")

    def __iter__(self) -> Iterator[Row]:
        self._file.seek(0)
        for line in self._file:
            yield [_loaded(value) for value in json.loads(line)]

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def __enter__(self: Kept) -> Kept:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class BalanceSpool(Spool):
    """Balances of a package, in their order."""

    def keep(self, balance: Balance) -> None:
        """Write one more balance."""
        self.add([*_values(balance), *balance.members])

    def balances(self) -> Iterator[Balance]:
        """Yield what was kept, as it was."""
        for row in self:
            yield Balance(**dict(zip(_NAMES, row, strict=False)), members=tuple(row[len(_NAMES) :]))  # type: ignore[arg-type]


_NAMES = tuple(field.name for field in fields(Balance) if field.name != "members")


def _values(balance: Balance) -> Row:
    return [getattr(balance, name) for name in _NAMES]


def ordered(rows: Iterable[Row], key: Callable[[Row], Any]) -> Iterator[Row]:
    """Yield the rows sorted by ``key``, those of one key in the order in which they came."""
    waiting = iter(rows)
    runs: list[Spool] = []
    try:
        while True:
            run = sorted(islice(waiting, AT_ONCE), key=key)
            if len(run) < AT_ONCE and not runs:
                yield from run
                return
            if run:
                runs.append(Spool(run))
            if len(run) < AT_ONCE:
                break
        yield from heapq.merge(*runs, key=key)
    finally:
        for one in runs:
            one.close()


def _dumped(value: Value) -> str | int | None:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        return f"n{value}"
    if isinstance(value, date):
        return f"d{value.isoformat()}"
    return f"t{value}"


def _loaded(value: str | int | None) -> Value:
    if value is None or isinstance(value, int):
        return value
    if value[0] == "n":
        return Decimal(value[1:])
    if value[0] == "d":
        return date.fromisoformat(value[1:])
    return value[1:]
