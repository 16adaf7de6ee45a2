"""The life of invoices, bills and credit notes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from ..api.contract import Amount, Currency, InvoiceKind, InvoiceState, Name
from .type import Data, EventType


class InvoiceChanged(Data):
    """An invoice, bill or credit note when it happened; who needs more asks the API by its name."""

    id: Name
    number: str | None
    kind: InvoiceKind
    state: InvoiceState
    counterparty: Name | None
    currency: Currency
    total: Amount
    open_amount: Annotated[Amount, Field(description="What is not paid yet.")]
    issued_on: date | None
    due_on: date | None


class InvoiceReversed(InvoiceChanged):
    """As above, and what has reversed it."""

    reversed_by: Annotated[Name, Field(description="The credit note.")]


_OWNER = "accounting"

TYPES = (
    EventType(
        name="finance.invoice.posted",
        summary="An invoice, bill or credit note was confirmed",
        owner=_OWNER,
        subject="invoice",
        data=InvoiceChanged,
    ),
    EventType(
        name="finance.invoice.paid",
        summary="Nothing is open any more",
        owner=_OWNER,
        subject="invoice",
        data=InvoiceChanged,
    ),
    EventType(
        name="finance.invoice.in_payment",
        summary="Its payment is on its way: entered, and not seen at the bank yet",
        owner=_OWNER,
        subject="invoice",
        data=InvoiceChanged,
    ),
    EventType(
        name="finance.invoice.reversed",
        summary="A credit note that reverses it was confirmed",
        owner=_OWNER,
        subject="invoice",
        data=InvoiceReversed,
    ),
)
