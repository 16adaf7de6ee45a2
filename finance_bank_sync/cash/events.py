"""What is told of statements and bookings; the account is named, its number is not."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from odoo.addons.finance_connector_base.api.contract import Amount, Currency, Name
from odoo.addons.finance_connector_base.events import Data, EventType


class StatementImported(Data):
    """A statement whose bookings are on the ledger."""

    id: Name
    account: Name
    currency: Currency
    from_date: date | None
    to_date: date | None
    opening: Amount | None
    closing: Amount | None
    lines: Annotated[int, Field(description="Bookings that were not known before.")]


class PaymentBooked(Data):
    """A booking of the bank; who needs more asks for the lines of the statement."""

    id: Name
    statement: Name
    account: Name
    amount: Annotated[Amount, Field(description="Negative when it left the account.")]
    currency: Currency
    booked_on: date
    end_to_end_id: str | None
    matched: Annotated[bool, Field(description="It is known what it is for.")]


TYPES = (
    EventType(
        name="finance.statement.imported",
        summary="A statement was proved or accepted, and its bookings are on the ledger",
        owner="treasury",
        subject="statement",
        data=StatementImported,
    ),
    EventType(
        name="finance.payment.booked",
        summary="The bank has booked a payment, in or out",
        owner="treasury",
        subject="bankline",
        data=PaymentBooked,
    ),
)
