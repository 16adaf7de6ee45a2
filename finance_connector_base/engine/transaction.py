"""Where one unit of work begins and ends.

The dispatcher works in steps. In production every step is a transaction of its own; inside
a test (which must not commit) or inside a user's own transaction it is a savepoint. The
steps are the same, so what is tested is what runs.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol


class Cursor(Protocol):
    """The part of Odoo's cursor that is needed here."""

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def savepoint(self, flush: bool = True) -> AbstractContextManager[Any]: ...


class Steps(Protocol):
    """How the dispatcher separates its units of work."""

    #: rolled back for good only when the surrounding transaction is
    is_committed: bool

    def step(self) -> AbstractContextManager[Any]: ...


class CommittedSteps:
    """Every step is committed, or rolled back and raised."""

    is_committed = True

    def __init__(self, cr: Cursor) -> None:
        self._cursor = cr

    def step(self) -> AbstractContextManager[Any]:
        return self

    def __enter__(self) -> None:
        """Nothing to begin: the transaction begins with its first statement."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._cursor.rollback()
            return
        try:
            self._cursor.commit()
        except BaseException:
            self._cursor.rollback()
            raise


class NestedSteps:
    """Every step is a savepoint of the surrounding transaction."""

    is_committed = False

    def __init__(self, cr: Cursor) -> None:
        self._cursor = cr

    def step(self) -> AbstractContextManager[Any]:
        return self._cursor.savepoint()
