"""What concerns a subscription itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..api.contract import Name
from .type import Data, EventType


class Tested(Data):
    """Nothing has happened: somebody looks whether deliveries arrive."""

    id: Name
    note: Annotated[str, Field(description="Words for people.")]


TYPES = (
    EventType(
        name="finance.subscription.tested",
        summary="Somebody has pressed the button that tests a subscription; it alone is told",
        owner="connector administration",
        subject="subscription",
        data=Tested,
    ),
)
