"""How connections are doing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..api.contract import Name
from .type import Data, EventType


class ConnectionChanged(Data):
    """A connection to another system."""

    id: Name
    name: str
    health: Annotated[
        Literal["working", "down", "off"],
        Field(description="`down`: not reached or not let in; `off`: a draft, paused or draining."),
    ]
    cause: Annotated[str | None, Field(description="Why it is down: a stable code.")] = None
    place: Annotated[str | None, Field(description="The host that does not answer.")] = None


TYPES = (
    EventType(
        name="finance.connection.health_changed",
        summary="A connection stopped working, works again, or was switched on or off",
        owner="connector administration",
        subject="connection",
        data=ConnectionChanged,
    ),
)
