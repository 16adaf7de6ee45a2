"""Decision tables: the first row whose conditions all hold decides, and says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .conditions import Condition, first_unmet


class TableError(ValueError):
    """A table that could leave a case undecided; the text is a code for the words of the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table. Without conditions it is the default.

    :param outcome: what is decided, whatever the caller means by it
    """

    id: int
    name: str
    conditions: tuple[Condition, ...]
    outcome: Any

    @property
    def is_default(self) -> bool:
        """Whether it always holds."""
        return not self.conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The row that decided, and why the rows before it did not.

    :param passed: (name of the row, the condition that was not met), in the order of the table
    """

    row: Row
    passed: tuple[tuple[str, str], ...] = ()

    def lines(self) -> list[str]:
        """Tell the decision line by line, for people."""
        told = [f"{name}: not {condition}" for name, condition in self.passed]
        reason = "; ".join(str(condition) for condition in self.row.conditions) or "default"
        return [*told, f"{self.row.name}: {reason}"]


def check(rows: Sequence[Row]) -> None:
    """:raise TableError: no default, a default before the end, or several"""
    defaults = [row for row in rows if row.is_default]
    if not defaults:
        raise TableError("no_default")
    if len(defaults) > 1:
        raise TableError("defaults")
    if not rows[-1].is_default:
        raise TableError("default_first")


def decide(rows: Sequence[Row], facts: Mapping[str, Any]) -> Decision:
    """Give the first row that holds.

    :raise TableError: none does, which a table that passed :func:`check` never says
    """
    passed: list[tuple[str, str]] = []
    for row in rows:
        unmet = first_unmet(row.conditions, facts)
        if unmet is None:
            return Decision(row=row, passed=tuple(passed))
        passed.append((row.name, str(unmet)))
    raise TableError("no_default")


def unreachable(rows: Sequence[Row]) -> list[Row]:
    """Give the rows that never decide, because an earlier one asks nothing more than they do."""
    dead: list[Row] = []
    for position, row in enumerate(rows):
        mine = set(row.conditions)
        if any(set(earlier.conditions) <= mine for earlier in rows[:position]):
            dead.append(row)
    return dead
