"""What the older formats tell of a booking: one party at the most, and one text."""

from __future__ import annotations

from sandbox.bank.model import Booking, Transaction


def one_of(booking: Booking) -> Transaction | None:
    """The transaction of a booking that has one; a collective booking tells none."""
    return booking.transactions[0] if len(booking.transactions) == 1 else None


def text_of(booking: Booking) -> str:
    """Everything that a person would read about the booking."""
    transaction = one_of(booking)
    words = [booking.additional_information or ""]
    if transaction:
        words += [
            *(part.reference or part.document or "" for part in transaction.structured),
            *transaction.text,
            transaction.additional_information or "",
        ]
        if transaction.return_reason:
            words.append(f"RETURN {transaction.return_reason.code}")
    return " ".join(word for word in words if word)


def name_of(booking: Booking) -> str:
    transaction = one_of(booking)
    return (transaction.counterparty.name or "") if transaction and transaction.counterparty else ""


def iban_of(booking: Booking) -> str:
    transaction = one_of(booking)
    return (transaction.counterparty.iban or "") if transaction and transaction.counterparty else ""
