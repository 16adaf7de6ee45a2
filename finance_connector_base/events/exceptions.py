"""What needs a person, and when it does no longer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..api.contract import Moment, Name
from .type import Data, EventType


class ExceptionChanged(Data):
    """A message that needs a person."""

    id: Name
    message: Name
    reason: Annotated[str | None, Field(description="The cause: a stable code.")]
    kind: Literal["technical", "data", "business"] | None
    due_at: Moment | None = None
    resolution: Literal["fixed", "resumed", "retried", "discarded"] | None = None


_OWNER = "integration operations"

TYPES = (
    EventType(
        name="finance.exception.opened",
        summary="Something needs a person",
        owner=_OWNER,
        subject="exception",
        data=ExceptionChanged,
    ),
    EventType(
        name="finance.exception.resolved",
        summary="It was fixed, retried or discarded",
        owner=_OWNER,
        subject="exception",
        data=ExceptionChanged,
    ),
)
