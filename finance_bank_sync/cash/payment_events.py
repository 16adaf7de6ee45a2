"""What is told of payment orders and their payments: names and amounts, never an account number."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from odoo.addons.finance_connector_base.api.contract import Amount, Currency, Name
from odoo.addons.finance_connector_base.events import Data, EventType


class PaymentOrderMoved(Data):
    """A payment order that somebody decided about, or that nobody knows the fate of."""

    id: Name
    number: str
    direction: Literal["transfer", "debit"]
    account: Annotated[Name, Field(description="The own account.")]
    confidential: bool
    currency: Currency
    total: Annotated[Amount | None, Field(description="Null of confidential ones.")]
    payments: Annotated[int, Field(description="How many.")]


class PaymentMoved(Data):
    """A payment or collection that ended; of confidential orders nothing is told."""

    id: Name
    order: Name
    direction: Literal["transfer", "debit"]
    counterparty: Name
    amount: Amount
    currency: Currency
    end_to_end_id: str | None
    reasons: Annotated[list[str], Field(description="ISO 20022 codes that the bank gave.")]
    invoices: Annotated[list[Name], Field(description="What it paid.")]


def _order(word: str, summary: str) -> EventType:
    return EventType(
        name=f"finance.payment.{word}",
        summary=summary,
        owner="treasury",
        subject="paymentorder",
        data=PaymentOrderMoved,
    )


def _payment(word: str, summary: str) -> EventType:
    return EventType(
        name=f"finance.payment.{word}", summary=summary, owner="treasury", subject="payment", data=PaymentMoved
    )


TYPES = (
    _order("proposed", "A payment order waits for approval"),
    _order("approved", "A payment order was approved by as many people as the rules ask for"),
    _order("released", "A payment order was released to the bank"),
    _order("unknown", "Nobody knows whether the bank has a payment order; nothing is sent again until that is known"),
    _payment("settled", "A payment is booked on the account"),
    _payment("rejected", "A payment was rejected: no money moved"),
    _payment("returned", "A payment came back after it was booked"),
)
