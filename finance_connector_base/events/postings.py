"""What came of messages that ask for a posting."""

from __future__ import annotations

from datetime import date

from ..api.contract import Name
from .type import Data, EventType


class Posted(Data):
    """A journal entry that a message has made."""

    message: Name
    entry: Name
    number: str | None
    posted: bool
    date: date


TYPES = (
    EventType(
        name="finance.posting.made",
        summary="A message has made a journal entry; one that was refused is told by `finance.message.held`",
        owner="accounting",
        subject="entry",
        data=Posted,
    ),
)
