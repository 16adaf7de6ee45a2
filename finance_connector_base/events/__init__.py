"""What is told to others: types of events, their contracts, envelopes and documents. Pure.

A domain is one small file with its types and their contracts; ``CATALOGUE`` lists them. Everything else (validation,
JSON Schemas, the AsyncAPI document, the table in docs/events.md) follows from these declarations.
"""

from __future__ import annotations

from . import connections, exceptions, invoices, master, messages, postings, subscriptions
from .cloud import CloudEvent, cloud_event
from .type import Data, EventType, by_name

CATALOGUE: dict[str, EventType] = by_name(
    connections.TYPES,
    exceptions.TYPES,
    invoices.TYPES,
    master.TYPES,
    messages.TYPES,
    postings.TYPES,
    subscriptions.TYPES,
)

__all__ = ["CATALOGUE", "CloudEvent", "Data", "EventType", "by_name", "cloud_event"]
