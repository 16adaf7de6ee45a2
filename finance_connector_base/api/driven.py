"""Flows that a program drives in the place of an adapter, or beside it: what it brings, takes and says."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from .contract import Contract, Message, MessageState, Moment, Name, Page, as_list

#: messages that are taken by one request
MOST_TAKEN = 50


def _is_base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("has to be base64") from None
    return value


Content = Annotated[
    str, AfterValidator(_is_base64), Field(description="The bytes in base64.", json_schema_extra={"format": "byte"})
]
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
DrivenBy = Literal["middleware", "both"]


class Flow(Contract):
    """A flow that the program drives."""

    id: Name
    name: str
    direction: Literal["in", "out"]
    driven_by: Annotated[DrivenBy, Field(description="By programs alone, or by the adapter as well.")]
    company: Annotated[Name, Field(description="Company whose flow it is.")]


class FlowList(Contract):
    """A part of the list of flows."""

    data: list[Flow]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


class FlowQuery(Page):
    """Which flows."""


class FlowMessageQuery(Page):
    """Which messages of a flow."""

    state: Annotated[list[MessageState] | None, BeforeValidator(as_list), Field(description="Separated by commas.")] = (
        None
    )


class BroughtFile(Contract):
    """A file as the channel would have brought it."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\\]*[^/\\\s][^/\\]*$")]
    content: Annotated[Content, Field(min_length=4)]


class Brought(Contract):
    """What a program brings: a file, or a canonical document. The same thing is worked once, whoever brings it."""

    file: BroughtFile | None = None
    document: Annotated[
        dict[str, Any] | None, Field(description="A document such as an adapter makes it, with its kind in `object`.")
    ] = None
    revision: Annotated[
        str | None, Field(max_length=100, description="State of the document over there, as the adapter would name it.")
    ] = None

    @model_validator(mode="after")
    def _is_one(self) -> Brought:
        if (self.file is None) == (self.document is None):
            raise ValueError("has to have either a file or a document")
        return self


class TakeOrder(Contract):
    """How many messages are taken."""

    most: Annotated[int, Field(ge=1, le=MOST_TAKEN)] = 1


class Taken(Contract):
    """A message in the hands of the program: nobody else sends it before the time is over."""

    message: Message
    answer_until: Annotated[
        Moment, Field(description="Later it is tried again, or its outcome is unknown where nothing is sent twice.")
    ]
    name: Annotated[str, Field(description="Name of the file that is to be sent.")]
    size: int
    sha256: str


class TakenList(Contract):
    """What was taken; fewer than asked for, or none, when nothing more is ready."""

    data: list[Taken]


class SentFile(Contract):
    """What is to be sent, byte for byte."""

    name: str
    size: int
    sha256: str
    content: Content


class Outcome(Contract):
    """What became of a message that the program has taken."""

    outcome: Annotated[
        Literal["delivered", "rejected", "not_sent", "unknown"],
        Field(
            description="`rejected`: the other side has said no. `not_sent`: certainly nothing left, it is tried "
            "again. `unknown`: it may have arrived; a person decides."
        ),
    ]
    reference: Annotated[Words | None, Field(description="What the other side calls it.")] = None
    detail: Annotated[Words | None, Field(description="Why, in words; needed unless it was delivered.")] = None

    @model_validator(mode="after")
    def _says_why(self) -> Outcome:
        if self.outcome != "delivered" and self.detail is None:
            raise ValueError("has to say why in `detail`")
        return self


BROUGHT_EXAMPLE = {"file": {"name": "camt053-2026-03-31.xml", "content": "PERvY3VtZW50Lz4="}}
OUTCOME_EXAMPLE = {"outcome": "delivered", "reference": "BANK-4711"}
