"""What may be asked: one line an endpoint. Routes, documentation and rights follow from this list."""

from __future__ import annotations

from dataclasses import dataclass, field

from .contract import Contract, Invoice, InvoiceList, InvoiceQuery, Message, MessageList, MessageQuery

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
    """

    name: str
    method: str
    path: str
    right: str
    answer: type[Contract]
    summary: str
    query: type[Contract] = field(default=Contract)
    body: type[Contract] | None = None


#: code -> words; what a key can be allowed to do
RIGHTS: dict[str, str] = {
    "invoices:read": "Read invoices and how far they are paid",
    "messages:read": "Read what has become of messages",
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
    )
}
