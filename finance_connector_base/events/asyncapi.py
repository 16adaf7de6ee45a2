"""The document of the events (AsyncAPI 3.0), made from the types and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .cloud import MEDIA_TYPE, CloudEvent
from .type import EventType, opened

VERSION = "1"
_TEMPLATE = "#/components/schemas/{model}"
#: of Standard Webhooks 1.0; an event over a broker has none of them
_HEADERS = {
    "type": "object",
    "properties": {
        "webhook-id": {"type": "string", "description": "`id` of the event, the same in every attempt."},
        "webhook-timestamp": {"type": "string", "description": "When this attempt was made, in seconds since 1970."},
        "webhook-signature": {
            "type": "string",
            "description": "`v1,` and HMAC-SHA256 of id, timestamp and body; several while the secret changes.",
        },
    },
}


def document(types: Mapping[str, EventType]) -> dict[str, Any]:
    """:return: the document
    :param types: name -> type
    """
    schemas: dict[str, Any] = {"CloudEvent": opened(CloudEvent.model_json_schema(mode="serialization"))}
    for one in types.values():
        made = opened(one.data.model_json_schema(mode="serialization", ref_template=_TEMPLATE))
        schemas.update(made.pop("$defs", {}))
        schemas[one.key.replace("/", "-")] = made
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Events of the Finance Integration Suite",
            "version": VERSION,
            "description": "CloudEvents 1.0 in structured mode, delivered at least once. Ignore what you know already "
            "(`id`) and fields you do not know.",
        },
        "defaultContentType": MEDIA_TYPE,
        "channels": {
            "events": {
                "address": None,
                "title": "Events",
                "description": "The address is that of the subscription; the API gives the same events as a feed.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in types},
            }
        },
        "operations": {
            "tell": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Tell whoever has subscribed what has happened.",
            }
        },
        "components": {
            "messages": {name: _message(one) for name, one in types.items()},
            "schemas": schemas,
        },
    }


def _message(one: EventType) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.key,
        "summary": one.summary,
        "description": f"Owned by: {one.owner}. `subject` is the name of a {one.subject}.",
        "contentType": MEDIA_TYPE,
        "headers": _HEADERS,
        "payload": {
            "allOf": [
                {"$ref": _TEMPLATE.format(model="CloudEvent")},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": one.name},
                        "data": {"$ref": _TEMPLATE.format(model=one.key.replace("/", "-"))},
                    },
                },
            ]
        },
    }


def table(types: Mapping[str, EventType]) -> str:
    """:return: the types as a table in Markdown, for docs/events.md"""
    lines = ["| type | happens | `subject` | owner |", "|---|---|---|---|"]
    lines += [f"| `{one.key}` | {one.summary} | {one.subject} | {one.owner} |" for one in types.values()]
    return "\n".join(lines) + "\n"
