"""What becomes of messages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..api.contract import Moment, Name
from .type import Data, EventType


class MessageChanged(Data):
    """Where a message stands."""

    id: Name
    state: Literal["accepted", "needs_attention", "done", "failed", "ignored"]
    direction: Literal["in", "out"]
    business_key: Annotated[str | None, Field(description="What people call the transaction.")] = None
    reason: Annotated[str | None, Field(description="Why it is not done: a stable code.")] = None
    received_at: Moment


_OWNER = "integration operations"

TYPES = tuple(
    EventType(name=f"finance.message.{name}", summary=summary, owner=_OWNER, subject="message", data=MessageChanged)
    for name, summary in (
        ("accepted", "A message was taken in or put into the queue"),
        ("held", "A message needs a person, or its outcome is unknown"),
        ("done", "A message has had its effect"),
        ("failed", "A message was given up: all attempts have failed"),
        ("ignored", "A message has no effect: a duplicate, overtaken, or not wanted"),
    )
)
#: state of a message -> (end of the event's name, state in the contract)
STATES: dict[str, tuple[str, str]] = {
    "queued": ("accepted", "accepted"),
    "held": ("held", "needs_attention"),
    "unknown": ("held", "needs_attention"),
    "done": ("done", "done"),
    "dead": ("failed", "failed"),
    "ignored": ("ignored", "ignored"),
}
