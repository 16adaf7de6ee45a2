"""One type of event, declared once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..api.contract import Contract

#: groups of letters, digits and underscores between dots, as Standard Webhooks wants them
_NAME = re.compile(r"finance(\.[a-z][a-z0-9_]*)+")


class Data(Contract):
    """Base of what events tell: names, facts and codes; no account number, and nothing that has to be kept secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """Something that happens.

    :param name: ``type`` of the envelope, the same for ever
    :param version: of the contract; a change that would break a reader makes another one
    :param summary: when it happens, one line for people
    :param owner: who answers for its meaning: a role, in words
    :param subject: kind of the public name in ``subject``
    :param data: contract of what it tells
    """

    name: str
    summary: str
    owner: str
    subject: str
    data: type[Data]
    version: int = 1

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name} is no name of an event")

    @property
    def key(self) -> str:
        """Name and version, e.g. ``finance.invoice.posted/1``: what a schema is found by."""
        return f"{self.name}/{self.version}"

    def schema(self) -> dict[str, Any]:
        """:return: JSON Schema (2020-12) of the data, open for fields that are added over time"""
        made: dict[str, Any] = opened(self.data.model_json_schema(mode="serialization"))
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": self.key}


def by_name(*groups: Iterable[EventType]) -> dict[str, EventType]:
    """:return: dict name -> type, in the order of names
    :raise ValueError: a name is there twice
    """
    found: dict[str, EventType] = {}
    for one in (one for group in groups for one in group):
        if one.name in found:
            raise ValueError(f"{one.name} is declared twice")
        found[one.name] = one
    return dict(sorted(found.items()))


def opened(schema: Any) -> Any:
    """:return: the schema without what forbids further fields"""
    if isinstance(schema, dict):
        return {
            key: opened(value)
            for key, value in schema.items()
            if not (key == "additionalProperties" and value is False)
        }
    return [opened(value) for value in schema] if isinstance(schema, list) else schema
