"""What the statements of a file prove, told as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from ..formats.model import Balance, Entry, StatementEnd, StatementEvent, StatementStart
from .balance import Proof, closing, opening
from .control import Totals, prove_statement


class Proved(NamedTuple):
    """One statement: how many bookings, and what its balances prove."""

    bookings: int
    proof: Proof
    opening: Decimal | None
    closing: Decimal | None


def proofs(events: Iterable[StatementEvent]) -> Iterator[Proved]:
    """Yield what each statement proves."""
    totals = Totals()
    for event in events:
        if isinstance(event, StatementStart):
            totals = Totals()
        elif isinstance(event, Entry):
            totals.add(event)
        elif isinstance(event, StatementEnd):
            first, last = opening(event.balances), closing(event.balances)
            proof = prove_statement(event.balances, totals)
            yield Proved(totals.booked_count, proof, _amount(first), _amount(last))


def _amount(balance: Balance | None) -> Decimal | None:
    return balance.money.amount if balance else None
