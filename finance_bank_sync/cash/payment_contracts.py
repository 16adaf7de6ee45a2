"""What the interface for programs takes and tells of payment orders. A program hands in drafts; people decide."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from odoo.addons.finance_connector_base.api.contract import (
    Amount,
    Contract,
    Currency,
    Moment,
    Name,
    Page,
    Since,
    as_list,
)
from odoo.addons.finance_connector_base.api.endpoints import Endpoint
from odoo.addons.finance_connector_base.api.submission import Company, Day, ExternalId, PartyCode, Positive

RIGHTS = {
    "payments:submit": "Hand in payment orders as drafts, for people to check, approve and release",
    "payments:read": "Read payment orders and where their payments stand",
    "payments:confidential": "The same for confidential payments, such as salaries",
}

#: payments that one request may have
MOST = 1000
Short = Annotated[str, Field(min_length=1, max_length=35, pattern=r"^\S(.*\S)?$")]
Text = Annotated[str, Field(min_length=1, max_length=140, pattern=r"^\S(.*\S)?$")]

OrderState = Literal[
    "draft",
    "proposed",
    "approved",
    "released",
    "sending",
    "sent",
    "accepted",
    "settled",
    "rejected",
    "returned",
    "unknown",
    "cancelled",
]
PaymentState = Literal[
    "open",
    "sent",
    "received",
    "pending",
    "accepted",
    "executing",
    "confirmed",
    "rejected",
    "cancelled",
    "recalled",
    "unclear",
    "settled",
    "returned",
]


class PaidInvoice(Contract):
    """What a payment is for."""

    invoice: Annotated[Name, Field(description="Name of an open bill or credit note (`invoice_...`).")]
    amount: Annotated[Positive | None, Field(description="Paid on it; without, what is open.")] = None


class PaymentDraft(Contract):
    """One payment that is asked for."""

    counterparty: PartyCode
    iban: Annotated[
        str | None,
        Field(
            min_length=15,
            max_length=42,
            pattern=r"^[A-Za-z]{2}[0-9]{2}[A-Za-z0-9 ]+$",
            description="One of the accounts that the counterparty has here; needed when there are several. "
            "An account that is not known here is never paid to.",
        ),
    ] = None
    amount: Positive
    text: Annotated[Text | None, Field(description="What the payee reads.")] = None
    reference_type: Literal["SCOR", "QRR", "BBA"] | None = None
    reference: Short | None = None
    purpose: Annotated[str | None, Field(pattern=r"^[A-Z]{4}$", description="ISO 20022.")] = None
    pays: Annotated[list[PaidInvoice], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _is_something(self) -> PaymentDraft:
        if not Decimal(self.amount):
            raise ValueError("has to pay something")
        if (self.reference is None) != (self.reference_type is None):
            raise ValueError("has to have reference and reference_type together")
        return self


class PaymentOrderDraft(Contract):
    """Payments from one account that leave together, once people have approved and released them."""

    external_id: ExternalId
    company: Company = None
    kind: Annotated[
        Literal["payments", "salaries"],
        Field(description="Salaries are confidential; their `external_id` is the id of the payroll run."),
    ] = "payments"
    account: Annotated[Name, Field(description="Own account they are paid from (`account_...`).")]
    date: Day
    currency: Currency
    urgency: Literal["normal", "urgent", "instant"] = "normal"
    payments: Annotated[list[PaymentDraft], Field(min_length=1, max_length=MOST)]


class PaymentIssue(Contract):
    """Something that stands against the order, or should be looked at."""

    code: Annotated[str, Field(description="Stable code.")]
    severity: Literal["error", "warning"]
    payment: Annotated[int | None, Field(description="Place in `payments`; null: the order itself.")]
    place: Annotated[str, Field(description="Field that it is about.")]
    message: str
    fix: Annotated[str, Field(description="What to do, in words.")]


class PaymentFindings(Contract):
    """What would become of it; nothing was kept."""

    accepted: Annotated[bool, Field(description="It could be proposed as it is.")]
    issues: list[PaymentIssue]


class Payment(Contract):
    """One payment, and where it stands."""

    id: Name
    counterparty: Name
    amount: Amount
    state: PaymentState
    end_to_end_id: Annotated[str | None, Field(description="Given when the order is proposed.")]
    uetr: str | None
    reasons: Annotated[list[str], Field(description="ISO 20022 codes that the bank gave.")]
    invoices: Annotated[list[Name], Field(description="What it pays.")]


class PaymentOrderSummary(Contract):
    """A payment order, and where it stands."""

    id: Name
    number: str | None
    external_id: Annotated[str | None, Field(description="As the program that handed it in calls it.")]
    company: Name
    direction: Literal["transfer", "debit"]
    account: Name
    confidential: bool
    date: date
    currency: Currency
    total: Amount
    payment_count: int
    state: OrderState
    attention: Annotated[str | None, Field(description="Why a person is needed.")]
    created_at: Moment
    changed_at: Moment


class PaymentOrder(PaymentOrderSummary):
    """A payment order with its payments."""

    payments: list[Payment]
    issues: Annotated[list[PaymentIssue], Field(description="Of a draft: what stands against proposing it.")]


class PaymentOrderList(Contract):
    """A part of the payment orders."""

    data: list[PaymentOrderSummary]
    next: Annotated[str | None, Field(description="Cursor of the next part; null at the end.")] = None


class PaymentOrderQuery(Page):
    """Which payment orders."""

    state: Annotated[list[OrderState] | None, BeforeValidator(as_list), Field(description="Separated by commas.")] = (
        None
    )
    external_id: Annotated[str | None, Field(max_length=128)] = None
    changed_since: Annotated[
        Since | None, Field(description="Changed at this time or later; the list is in order of change.")
    ] = None


EXAMPLE = {
    "external_id": "RUN-2026-03",
    "account": "account_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "date": "2026-03-31",
    "currency": "EUR",
    "payments": [
        {
            "counterparty": "DE136695976",
            "iban": "DE89370400440532013000",
            "amount": "1190.00",
            "text": "Invoice 88121",
        }
    ],
}

ENDPOINTS = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint(
            name="submitPaymentOrder",
            method="POST",
            path="/payments",
            right="payments:submit",
            body=PaymentOrderDraft,
            answer=PaymentOrder,
            effect=True,
            status=201,
            location="/payments/{id}",
            example=EXAMPLE,
            problems=("conflict",),
            summary="Hand in a payment order as a draft; people propose, approve and release it",
        ),
        Endpoint(
            name="validatePaymentOrder",
            method="POST",
            path="/payments/validate",
            right="payments:submit",
            body=PaymentOrderDraft,
            answer=PaymentFindings,
            example=EXAMPLE,
            summary="See what stands against a payment order; nothing is kept",
        ),
        Endpoint(
            name="listPaymentOrders",
            method="GET",
            path="/payments",
            right="payments:read",
            query=PaymentOrderQuery,
            answer=PaymentOrderList,
            summary="List payment orders, also those that changed since a time",
        ),
        Endpoint(
            name="getPaymentOrder",
            method="GET",
            path="/payments/{id}",
            right="payments:read",
            answer=PaymentOrder,
            summary="One payment order, and where its payments stand",
        ),
    )
}
