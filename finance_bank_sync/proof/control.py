"""Totals of a statement against its balances and control sums (K-05).

``TxsSummry`` and balances: specs/camt.md sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ..formats.model import Balance, Entry, Summary
from .balance import EXACT, FAILED, Proof, closing, opening, prove

BOOKED = "BOOK"


class Totals:
    """Counts and sums of a statement, entry by entry."""

    def __init__(self) -> None:
        #: entries of every status, and those with status BOOK
        self.count = 0
        self.booked_count = 0
        self.credit_count = 0
        self.debit_count = 0
        #: transactions: details, or 1 for an entry without
        self.transaction_count = 0
        #: signed sum of the booked entries
        self.booked = Decimal(0)
        #: sums of all entries, without a sign
        self.credit = Decimal(0)
        self.debit = Decimal(0)
        self.currencies: set[str] = set()

    def add(self, entry: Entry) -> None:
        """Count one entry."""
        amount = entry.money.amount
        self.currencies.add(entry.money.currency)
        self.count += 1
        self.transaction_count += len(entry.details) or 1
        if entry.status == BOOKED:
            self.booked_count += 1
            self.booked = EXACT.add(self.booked, amount)
        if amount < 0:
            self.debit_count += 1
            self.debit = EXACT.subtract(self.debit, amount)
        else:
            self.credit_count += 1
            self.credit = EXACT.add(self.credit, amount)


def prove_statement(balances: Iterable[Balance], totals: Totals) -> Proof:
    """Prove a statement: its own balances, its own entries, one currency."""
    listed = list(balances)
    first, last = opening(listed), closing(listed)
    currencies = {balance.money.currency for balance in (first, last) if balance is not None} | totals.currencies
    if len(currencies) > 1 and (first or last):
        return Proof(state=FAILED, reason="currency_differs")
    return prove(first.money.amount if first else None, totals.booked, last.money.amount if last else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A control figure that is not what was counted.

    ``reason`` is fixed: ``summary_count``, ``summary_sum``, ``summary_credit_sum``,
    ``summary_debit_sum``, ``summary_net``.
    """

    reason: str
    stated: Decimal
    counted: Decimal


def check_summary(summary: Summary | None, totals: Totals) -> tuple[Mismatch, ...]:
    """Compare the bank's control figures with what the file holds.

    A count may be one of entries, of booked entries or of transactions, because banks count
    differently. The sums leave no such choice.
    """
    if summary is None:
        return ()
    found: list[Mismatch] = []
    counts = (totals.count, totals.booked_count, totals.transaction_count)
    if summary.count is not None and summary.count not in counts:
        found.append(Mismatch(reason="summary_count", stated=Decimal(summary.count), counted=Decimal(totals.count)))
    for reason, stated, counted in (
        ("summary_sum", summary.sum, EXACT.add(totals.credit, totals.debit)),
        ("summary_credit_sum", summary.credit_sum, totals.credit),
        ("summary_debit_sum", summary.debit_sum, totals.debit),
        ("summary_net", summary.net, EXACT.subtract(totals.credit, totals.debit)),
    ):
        if stated is not None and stated != counted:
            found.append(Mismatch(reason=reason, stated=stated, counted=counted))
    return tuple(found)
