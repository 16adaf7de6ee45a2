"""Changes of master data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..api.contract import Name
from .type import Data, EventType


class MasterChanged(Data):
    """A record of master data; its values are asked for, not told."""

    id: Name
    domain: Annotated[str, Field(description="Such as `customer`, `vendor`, `account`.")]
    action: Literal["created", "changed"]
    fields: Annotated[list[str], Field(description="What changed, by the names of the canonical object.")]


TYPES = (
    EventType(
        name="finance.master.changed",
        summary="A record of master data was made or changed",
        owner="master data stewards",
        subject="record",
        data=MasterChanged,
    ),
)
