"""What the bank knows: parties, bookings with their transactions, statements.

Amounts are signed Decimals in the currency of the account: positive is a credit. Everything is immutable.
Names follow ISO 20022 where it has one, but nothing here knows XML.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

#: Digits after the point of the currencies that do not have two (ISO 4217).
_MINOR_UNITS = {"BHD": 3, "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "KWD": 3, "TND": 3, "VND": 0}


def quantum(currency: str) -> Decimal:
    """Smallest amount of a currency."""
    return Decimal(1).scaleb(-_MINOR_UNITS.get(currency, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody with an account; the bank may know only a part of it."""

    name: str | None = None
    iban: str | None = None
    bic: str | None = None
    country: str | None = None
    address: tuple[str, ...] = ()
    #: creditor identifier of direct debits
    identifier: str | None = None
    ultimate_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankCode:
    """ISO bank transaction code, and the one of the bank's own scheme where the country uses it."""

    domain: str
    family: str
    subfamily: str
    proprietary: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """One structured remittance: a reference of a scheme and/or a document with the amount paid for it."""

    reference: str | None = None
    #: ``SCOR``, ``QRR``, ``BBA``
    kind: str | None = None
    document: str | None = None
    document_date: date | None = None
    document_amount: Decimal | None = None
    document_currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What was instructed in another currency. ``rate``: one ``unit`` is ``rate`` of the other currency."""

    amount: Decimal
    currency: str
    rate: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge of the bank; ``included`` when the booked amount already contains it."""

    amount: Decimal
    included: bool
    bearer: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReason:
    """Why a payment came back: external return reason code and text."""

    code: str
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One transaction inside a booking."""

    amount: Decimal
    counterparty: Party | None = None
    message_id: str | None = None
    payment_information_id: str | None = None
    instruction_id: str | None = None
    end_to_end_id: str | None = None
    uetr: str | None = None
    transaction_id: str | None = None
    mandate_id: str | None = None
    structured: tuple[Structured, ...] = ()
    #: free remittance lines, 140 characters each
    text: tuple[str, ...] = ()
    original: Original | None = None
    charges: tuple[Charge, ...] = ()
    return_reason: ReturnReason | None = None
    purpose: str | None = None
    additional_information: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A collective booking."""

    message_id: str | None = None
    payment_information_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One entry of the account. ``reference`` is given by the ledger when it books."""

    amount: Decimal
    booking_date: date
    value_date: date
    code: BankCode
    reference: str = ""
    is_reversal: bool = False
    batch: Batch | None = None
    charges: tuple[Charge, ...] = ()
    additional_information: str | None = None
    transactions: tuple[Transaction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account the bank keeps."""

    iban: str
    currency: str
    owner: str
    bic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Place of a page in a statement of several."""

    number: int
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Count and sum of the entries; both sums are unsigned."""

    credit_count: int = 0
    credit_sum: Decimal = Decimal(0)
    debit_count: int = 0
    debit_sum: Decimal = Decimal(0)

    @property
    def net(self) -> Decimal:
        """Signed sum of all entries."""
        return self.credit_sum - self.debit_sum


def totals_of(bookings: Iterable[Booking]) -> Totals:
    """Add up bookings."""
    counts, sums = [0, 0], [Decimal(0), Decimal(0)]
    for booking in bookings:
        side = booking.amount < 0
        counts[side] += 1
        sums[side] += abs(booking.amount)
    return Totals(credit_count=counts[0], credit_sum=sums[0], debit_count=counts[1], debit_sum=sums[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the bank tells about an account and a period. ``bookings`` can be iterated more than once."""

    identification: str
    account: Account
    from_date: date
    to_date: date
    created_at: datetime
    opening: Decimal
    closing: Decimal
    bookings: Iterable[Booking]
    totals: Totals
    #: a report of a freely chosen period has no numbers
    electronic_sequence: int | None = None
    legal_sequence: int | None = None
    page: Page | None = None
    note: str | None = None
