"""Where one unit of work begins and ends.

The dispatcher works in steps. In production every step is a transaction of its own; inside
a test (which must not commit) or inside a user's own transaction it is a savepoint. The
steps are the same, so what is tested is what runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol


class Cursor(Protocol):
    """The part of Odoo's cursor that is needed here."""

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def savepoint(self, flush: bool = True) -> AbstractContextManager[Any]: ...


class Steps(Protocol):
    """How the dispatcher separates its units of work."""

    def step(self) -> AbstractContextManager[None]: ...


class CommittedSteps:
    """Every step is committed, or rolled back and raised."""

    def __init__(self, cr: Cursor) -> None:
        self._cr = cr

    @contextmanager
    def step(self) -> Iterator[None]:
        try:
            yield
            self._cr.commit()
        except BaseException:
            self._cr.rollback()
            raise


class NestedSteps:
    """Every step is a savepoint of the surrounding transaction."""

    def __init__(self, cr: Cursor) -> None:
        self._cr = cr

    @contextmanager
    def step(self) -> Iterator[None]:
        with self._cr.savepoint():
            yield
