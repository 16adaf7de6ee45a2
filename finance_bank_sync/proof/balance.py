"""Balances of a statement and what they prove (K-05; specs/camt.md section 3).

opening + booked entries = closing, exactly. Which balance opens and which closes a statement
follows ExternalBalanceType1Code; nothing is computed that the bank did not print.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal

from ..formats.model import Balance

PROVED = "proved"
FAILED = "failed"
UNPROVABLE = "unprovable"

#: the balances that can open a statement, best first: opening booked, previously closed booked
#: (its date is the day before), interim booked of a page or part of a day
OPENING_CODES = ("OPBD", "PRCD", "ITBD")
CLOSING = "CLBD"
INTERIM = "ITBD"

#: amounts have 18 digits; sums of millions of them stay exact whatever context the caller has
EXACT = Context(prec=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the balances of a statement prove.

    ``reason`` is fixed: ``balanced`` (proved), ``difference`` or ``currency_differs`` (failed),
    ``balances_missing``, ``opening_missing`` or ``closing_missing`` (unprovable).
    """

    state: str
    #: closing - (opening + entries), that is what is missing; None when there is no such figure
    difference: Decimal | None = None
    reason: str = ""


def opening(balances: Iterable[Balance]) -> Balance | None:
    """The booked balance a statement starts from: the first OPBD, else PRCD, else the first ITBD."""
    listed = list(balances)
    for code in OPENING_CODES:
        for balance in listed:
            if balance.code == code:
                return balance
    return None


def closing(balances: Iterable[Balance]) -> Balance | None:
    """The booked balance a statement ends with: CLBD, else the last ITBD that is not the opening."""
    listed = list(balances)
    for balance in listed:
        if balance.code == CLOSING:
            return balance
    start = opening(listed)
    for balance in reversed(listed):
        if balance.code == INTERIM:
            return None if balance is start else balance
    return None


def prove(opening: Decimal | None, entries: Decimal, closing: Decimal | None) -> Proof:
    """Compare the balances with the signed sum of the booked entries.

    :param opening: amount of the opening balance, None when the file carries none
    :param entries: signed sum of the entries with status BOOK
    :param closing: amount of the closing balance, None when the file carries none
    """
    if opening is None or closing is None:
        if opening is closing:
            return Proof(state=UNPROVABLE, reason="balances_missing")
        return Proof(state=UNPROVABLE, reason="opening_missing" if opening is None else "closing_missing")
    difference = EXACT.subtract(closing, EXACT.add(opening, entries))
    if difference:
        return Proof(state=FAILED, difference=difference, reason="difference")
    return Proof(state=PROVED, difference=difference, reason="balanced")


def trimmed(amount: Decimal) -> Decimal:
    """The amount as people write it: two decimals, more only where they mean something."""
    shortest = amount.normalize(EXACT)
    exponent = shortest.as_tuple().exponent
    return (
        shortest.quantize(Decimal("0.01"), context=EXACT) if isinstance(exponent, int) and exponent > -2 else shortest
    )
