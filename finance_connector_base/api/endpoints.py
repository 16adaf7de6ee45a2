"""What may be asked: one line an endpoint. Routes, documentation and rights follow from this list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .contract import Contract, Invoice, InvoiceList, InvoiceQuery, Message, MessageList, MessageQuery
from .counterparty import (
    QUESTION_EXAMPLE,
    BalanceList,
    BalanceQuery,
    CounterpartyQuestion,
    CounterpartyVerdict,
    ExposureList,
    ExposureQuery,
)
from .driven import (
    BROUGHT_EXAMPLE,
    OUTCOME_EXAMPLE,
    Brought,
    FlowList,
    FlowMessageQuery,
    FlowQuery,
    Outcome,
    SentFile,
    TakenList,
    TakeOrder,
)
from .feed import EventList, EventQuery
from .submission import (
    INVOICE_EXAMPLE,
    POSTING_EXAMPLE,
    Findings,
    InvoiceDraft,
    Posting,
    Submission,
    SubmissionList,
    SubmissionQuery,
)

VERSION = "1"
BASE = "/finance/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One thing to ask for.

    :param name: stable name, ``operationId`` of the document
    :param path: below :data:`BASE`, with the places of names in braces
    :param right: what the key needs
    :param answer: contract of the answer
    :param query: contract of the parameters
    :param body: contract of the body
    :param summary: one line for people
    :param effect: it changes something: each request has a name (``Idempotency-Key``), and is worked once
    :param status: HTTP status of the answer
    :param location: where the thing that was made is found, with the fields of the answer in braces
    :param example: a body as an example
    :param problems: codes that it answers beside those of all
    :param deprecated: day from which on another endpoint should be used (RFC 9745)
    :param sunset: first day on which it is not served any more (RFC 8594)
    """

    name: str
    method: str
    path: str
    right: str
    answer: type[Contract]
    summary: str
    query: type[Contract] = field(default=Contract)
    body: type[Contract] | None = None
    effect: bool = False
    status: int = 200
    location: str | None = None
    example: Mapping[str, Any] | None = None
    problems: tuple[str, ...] = ()
    deprecated: date | None = None
    sunset: date | None = None


#: code -> words; what a key can be allowed to do
RIGHTS: dict[str, str] = {
    "invoices:read": "Read invoices and how far they are paid",
    "messages:read": "Read what has become of messages",
    "postings:write": "Hand in journal entries",
    "invoices:draft": "Hand in invoices and bills, to be checked by a person",
    "counterparties:check": "Ask about counterparties: numbers, duplicates, screening",
    "balances:read": "Read balances of accounts",
    "exposures:read": "Read what customers owe against their limits",
    "submissions:read": "Read what has become of what it has handed in",
    "events:read": "Read the feed of events",
    "flows:drive": "Drive flows in the place of an adapter",
}

ENDPOINTS: dict[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint(
            name="listInvoices",
            method="GET",
            path="/invoices",
            right="invoices:read",
            query=InvoiceQuery,
            answer=InvoiceList,
            summary="List invoices, also those that changed since a time",
        ),
        Endpoint(
            name="getInvoice",
            method="GET",
            path="/invoices/{id}",
            right="invoices:read",
            answer=Invoice,
            summary="One invoice and how far it is paid",
        ),
        Endpoint(
            name="listMessages",
            method="GET",
            path="/messages",
            right="messages:read",
            query=MessageQuery,
            answer=MessageList,
            summary="List messages and what has become of them",
        ),
        Endpoint(
            name="getMessage",
            method="GET",
            path="/messages/{id}",
            right="messages:read",
            answer=Message,
            summary="What has become of one message",
        ),
        Endpoint(
            name="submitPosting",
            method="POST",
            path="/postings",
            right="postings:write",
            body=Posting,
            answer=Submission,
            effect=True,
            status=202,
            location="/submissions/{id}",
            example=POSTING_EXAMPLE,
            problems=("conflict",),
            summary="Hand in a journal entry",
        ),
        Endpoint(
            name="validatePosting",
            method="POST",
            path="/postings/validate",
            right="postings:write",
            body=Posting,
            answer=Findings,
            example=POSTING_EXAMPLE,
            summary="See what would become of a journal entry; nothing is kept",
        ),
        Endpoint(
            name="submitInvoice",
            method="POST",
            path="/invoices",
            right="invoices:draft",
            body=InvoiceDraft,
            answer=Submission,
            effect=True,
            status=202,
            location="/submissions/{id}",
            example=INVOICE_EXAMPLE,
            problems=("conflict",),
            summary="Hand in an invoice or bill: it becomes a draft that a person checks",
        ),
        Endpoint(
            name="validateInvoice",
            method="POST",
            path="/invoices/validate",
            right="invoices:draft",
            body=InvoiceDraft,
            answer=Findings,
            example=INVOICE_EXAMPLE,
            summary="See what would become of an invoice or bill; nothing is kept",
        ),
        Endpoint(
            name="listSubmissions",
            method="GET",
            path="/submissions",
            right="submissions:read",
            query=SubmissionQuery,
            answer=SubmissionList,
            summary="List what the program has handed in, oldest first",
        ),
        Endpoint(
            name="getSubmission",
            method="GET",
            path="/submissions/{id}",
            right="submissions:read",
            answer=Submission,
            summary="What has become of something that was handed in",
        ),
        Endpoint(
            name="checkCounterparty",
            method="POST",
            path="/counterparties/check",
            right="counterparties:check",
            body=CounterpartyQuestion,
            answer=CounterpartyVerdict,
            example=QUESTION_EXAMPLE,
            summary="Whether the numbers of a counterparty can be right, it is here already, and may be dealt with",
        ),
        Endpoint(
            name="listBalances",
            method="GET",
            path="/balances",
            right="balances:read",
            query=BalanceQuery,
            answer=BalanceList,
            problems=("not_found",),
            summary="What the posted entries of accounts come to",
        ),
        Endpoint(
            name="listExposures",
            method="GET",
            path="/exposures",
            right="exposures:read",
            query=ExposureQuery,
            answer=ExposureList,
            summary="What customers owe, against their credit limits",
        ),
        Endpoint(
            name="listEvents",
            method="GET",
            path="/events",
            right="events:read",
            query=EventQuery,
            answer=EventList,
            summary="What has happened, in an order without gaps; a reader keeps the cursor",
        ),
        Endpoint(
            name="listFlows",
            method="GET",
            path="/flows",
            right="flows:drive",
            query=FlowQuery,
            answer=FlowList,
            summary="List the flows that the program drives",
        ),
        Endpoint(
            name="listFlowMessages",
            method="GET",
            path="/flows/{id}/messages",
            right="flows:drive",
            query=FlowMessageQuery,
            answer=MessageList,
            summary="List the messages of a flow and what has become of them",
        ),
        Endpoint(
            name="bringMessage",
            method="POST",
            path="/flows/{id}/messages",
            right="flows:drive",
            body=Brought,
            answer=Message,
            effect=True,
            status=202,
            example=BROUGHT_EXAMPLE,
            summary="Bring a file or document into a flow, as its adapter would have",
        ),
        Endpoint(
            name="takeMessages",
            method="POST",
            path="/flows/{id}/take",
            right="flows:drive",
            body=TakeOrder,
            answer=TakenList,
            effect=True,
            example={"most": 10},
            summary="Take what waits to be sent; nobody else sends it meanwhile",
        ),
        Endpoint(
            name="getMessageContent",
            method="GET",
            path="/flows/{id}/messages/{message}/content",
            right="flows:drive",
            answer=SentFile,
            problems=("conflict", "too_large"),
            summary="What a message that was taken has to say, byte for byte",
        ),
        Endpoint(
            name="reportOutcome",
            method="POST",
            path="/flows/{id}/messages/{message}/outcome",
            right="flows:drive",
            body=Outcome,
            answer=Message,
            effect=True,
            example=OUTCOME_EXAMPLE,
            problems=("conflict",),
            summary="Say what became of a message that was taken",
        ),
    )
}
