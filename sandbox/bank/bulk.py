"""Statements of any size, for benchmarks and memory tests: exact payments of generated references.

Everything about invoice ``index`` follows from its number and the seed, so whoever creates the invoices needs no file.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from sandbox.bank.identifiers import bic_of, is_iban, make_creditor_reference, make_iban
from sandbox.bank.ledger import created_at
from sandbox.bank.model import Account, BankCode, Booking, Party, Statement, Structured, Totals, Transaction

_CODE = BankCode(domain="PMNT", family="RCDT", subfamily="ESCT")


@cache
def _customer_iban(customer: int) -> str:
    return make_iban("DE", f"{10000000 + customer:08d}{customer:010d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkInvoice:
    """An invoice that the bulk statement pays exactly."""

    number: str
    payment_reference: str
    partner: str
    iban: str
    amount: Decimal


def bulk_amount(index: int, seed: int = 0) -> Decimal:
    """Amount of an invoice: 0.01 to 4999.99."""
    return Decimal((index * 7919 + seed * 104729) % 499999 + 1).scaleb(-2)


def bulk_invoice(index: int, seed: int = 0) -> BulkInvoice:
    """The invoice that entry ``index`` (from 0) pays."""
    customer = (index * 31 + seed) % 997
    return BulkInvoice(
        number=f"BULK/{seed}/{index:08d}",
        payment_reference=make_creditor_reference(f"B{seed:04d}{index:08d}"),
        partner=f"Customer {customer:03d}",
        iban=_customer_iban(customer),
        amount=bulk_amount(index, seed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkBookings:
    """The entries; each iteration makes them anew, so they take no memory."""

    count: int
    seed: int
    day: date

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Booking]:
        for index in range(self.count):
            invoice = bulk_invoice(index, self.seed)
            yield Booking(
                amount=invoice.amount,
                booking_date=self.day,
                value_date=self.day,
                code=_CODE,
                reference=f"BULK{self.seed:04d}{index:010d}",
                transactions=(
                    Transaction(
                        amount=invoice.amount,
                        end_to_end_id=invoice.number,
                        counterparty=Party(name=invoice.partner, iban=invoice.iban),
                        structured=(Structured(reference=invoice.payment_reference, kind="SCOR"),),
                    ),
                ),
            )


def bulk_statement(
    count: int,
    *,
    iban: str | None = None,
    currency: str = "EUR",
    owner: str = "My Company",
    day: date = date(2026, 1, 5),
    opening: Decimal = Decimal("0.00"),
    seed: int = 0,
) -> Statement:
    """One statement with ``count`` entries."""
    iban = iban or make_iban("DE", f"{random.Random(seed).randrange(10**18):018d}")
    if not is_iban(iban):
        raise ValueError(f"{iban} is not an IBAN")
    total = sum((bulk_amount(index, seed) for index in range(count)), Decimal("0.00"))
    return Statement(
        identification=f"BULK-{seed}-{count}-{day:%Y%m%d}",
        account=Account(iban=iban, currency=currency, owner=owner, bic=bic_of(iban)),
        from_date=day,
        to_date=day,
        created_at=created_at(day),
        opening=opening,
        closing=opening + total,
        bookings=BulkBookings(count=count, seed=seed, day=day),
        totals=Totals(credit_count=count, credit_sum=total, debit_sum=Decimal("0.00")),
        electronic_sequence=1,
        legal_sequence=1,
    )
