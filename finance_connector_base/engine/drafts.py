"""Making many canonical values quickly.

A frozen dataclass sets each of its fields through ``object.__setattr__``, which takes longer
than everything else about it: a seventh of the time a statement takes to read. A draft is the same
class without the lock; it sets its fields as any object does and then becomes the real, locked
class. docs/decisions/0002-canonical-values.md has the figures and what else was tried.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any, TypeVar

T = TypeVar("T")


def draft(cls: type[T]) -> type[T]:
    """Return a constructor for a frozen, slotted, keyword-only dataclass with plain defaults.

    ::

        new_money = draft(Money)
        new_money(amount=Decimal(1), currency="EUR") == Money(amount=Decimal(1), currency="EUR")
    """
    declared = fields(cls)  # type: ignore[arg-type]
    body: dict[str, Any] = {field.name: field.default for field in declared if field.default is not MISSING}
    body["__annotations__"] = {field.name: field.type for field in declared}
    body["__module__"] = cls.__module__

    def lock(self: object) -> None:
        # allowed because both classes have the same slots in the same order
        self.__class__ = cls

    body["__post_init__"] = lock
    made: Any = dataclass(slots=True, kw_only=True, eq=False, repr=False)(type(f"{cls.__name__}Draft", (), body))
    result: type[T] = made
    return result
