"""Balances of a statement and what they prove (K-05).

Which balance opens and which closes a statement: camt.053 usage, ExternalBalanceType1Code
(OPBD, PRCD, ITBD, CLBD). Nothing is computed that the bank did not print.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ..formats.model import Balance

PROVED = "proved"
FAILED = "failed"
UNPROVABLE = "unprovable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """``difference`` is what is missing: closing - (opening + entries); None when nothing can be proved."""

    state: str
    difference: Decimal | None = None


def opening(balances: Iterable[Balance]) -> Balance | None:
    """The booked balance a statement starts from: the first OPBD, else PRCD, else the first ITBD."""
    listed = list(balances)
    for code in ("OPBD", "PRCD", "ITBD"):
        for balance in listed:
            if balance.code == code:
                return balance
    return None


def closing(balances: Iterable[Balance]) -> Balance | None:
    """The booked balance a statement ends with: CLBD, else the last ITBD that is not also the opening."""
    listed = list(balances)
    for balance in listed:
        if balance.code == "CLBD":
            return balance
    interim = [balance for balance in listed if balance.code == "ITBD"]
    if not interim or (len(interim) == 1 and opening(listed) is interim[0]):
        return None
    return interim[-1]


def prove(opening: Decimal | None, entries: Decimal, closing: Decimal | None) -> Proof:
    """opening + booked entries = closing, exactly."""
    if opening is None or closing is None:
        return Proof(state=UNPROVABLE)
    difference = closing - opening - entries
    return Proof(state=FAILED if difference else PROVED, difference=difference)
