"""What has to be known to put a message into the queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message to be enqueued.

    :param subject: what a person would call it, e.g. the file name
    :param data: small JSON-able content or parameters (large bytes go to a payload)
    :param payload_id: id of the ``finance.payload`` with the raw bytes
    :param dedupe_key: identity given by the sender or by the content; the second message of
        a flow with the same key is kept as ``ignored`` and points at the first
    :param content_hash: digest of the content; same key with another hash is a conflict, not a duplicate
    :param order_key: messages of one connection with the same key run one after the other
    :param priority: smaller runs first; None takes the flow's
    :param not_before: naive UTC; not worked before
    :param delay: seconds from now before which it is not worked, by the clock of the database
    :param business_key: what people call the transaction (invoice number, payment reference): all
        messages, documents and events of its life are found by it
    :param sequence: rank of an event in the life of its order key; an event that arrives after a
        later one was worked is kept as ``ignored``
    :param likeness: digest of what makes two messages look like the same business fact (partner,
        amount, reference); a second one within the flow's window is held for review
    :param by_hand: a person brought it in place of the channel
    :param kind: ``exchange``, or ``fetch`` for the run that looks for new files
    """

    subject: str
    data: dict[str, Any] = field(default_factory=dict)
    payload_id: int | None = None
    dedupe_key: str | None = None
    content_hash: str | None = None
    order_key: str | None = None
    correlation_id: str | None = None
    parent_id: int | None = None
    replay_of_id: int | None = None
    priority: int | None = None
    not_before: datetime | None = None
    delay: float | None = None
    business_key: str | None = None
    sequence: int | None = None
    likeness: str | None = None
    kind: str = "exchange"
    by_hand: bool = False
    res_model: str | None = None
    res_id: int | None = None
