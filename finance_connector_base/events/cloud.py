"""The envelope of every event: CloudEvents 1.0, structured mode."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer

from ..api.contract import Contract, Name

MEDIA_TYPE = "application/cloudevents+json"


def _exact(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class CloudEvent(Contract):
    """Attributes of CloudEvents 1.0; those from ``correlationid`` on are extensions."""

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, Field(description="The same in every repetition: an event that is known is ignored.")]
    source: Annotated[str, Field(description="The database it comes from; with `id` unique in the world.")]
    type: str
    subject: Annotated[Name, Field(description="Name of what it is about.")]
    time: Annotated[datetime, PlainSerializer(_exact, return_type=str)]
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Annotated[str, Field(description="Address of the JSON Schema of `data`; its end is the version.")]
    correlationid: Annotated[str, Field(description="Equal in all that belongs to one business transaction.")]
    traceparent: Annotated[str, Field(description="W3C trace context: one trace per correlation id.")]
    company: Annotated[Name | None, Field(description="Name of the company; null: of all.")] = None
    sequence: Annotated[str | None, Field(description="Grows with each event of the source, as a decimal number.")] = (
        None
    )
    data: dict[str, Any]


def source_of(database: str) -> str:
    """:return: ``source`` of a database
    :param database: identity of the database, which is not told
    """
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'finance events/' + database)}"


def trace_of(correlation_id: str, event_id: str) -> str:
    """:return: ``traceparent``: the trace that calls of the same business transaction are in"""
    trace = hashlib.sha256(correlation_id.encode()).hexdigest()[:32]
    span = hashlib.sha256(event_id.encode()).hexdigest()[:16]
    return f"00-{trace}-{span}-00"


def cloud_event(*, base_url: str, key: str, data: Mapping[str, Any], **attributes: Any) -> CloudEvent:
    """Put an event into its envelope.

    :param base_url: of the database, e.g. ``https://erp.example.com``
    :param key: name and version of the type
    :param data: what it tells, as it was checked
    :param attributes: ``id``, ``source``, ``subject``, ``time`` (UTC), ``correlationid``, ``company``, ``sequence``
    """
    return CloudEvent(
        type=key.rpartition("/")[0],
        dataschema=f"{base_url.rstrip('/')}/finance/events/schemas/{key}",
        traceparent=trace_of(attributes["correlationid"], attributes["id"]),
        data=dict(data),
        **attributes,
    )
