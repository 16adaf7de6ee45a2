"""The feed of events: what is delivered to subscriptions, for whoever would rather ask."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from ..events.cloud import CloudEvent
from .contract import Contract, Name, Page, as_list


class EventQuery(Page):
    """Which events."""

    type: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,100}$")]] | None,
        BeforeValidator(as_list),
        Field(max_length=50, description="Separated by commas; none: all."),
    ] = None
    subject: Annotated[Name | None, Field(description="What they are about.")] = None
    begin: Annotated[
        Literal["first", "now"],
        Field(description="Without a cursor: with the first one that is kept, or with what happens from now on."),
    ] = "first"


class EventList(Contract):
    """A part of the feed."""

    data: list[CloudEvent]
    next: Annotated[str, Field(description="Cursor to go on with; there is always one, for the feed has no end.")]
    more: Annotated[bool, Field(description="There are more of them now; else ask again later.")]
