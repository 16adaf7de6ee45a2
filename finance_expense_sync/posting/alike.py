"""Amounts that are compared between two claims of what may be one cost: exactly, never as floats (E-13)."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

#: an amount and the code of its currency; 42.5 and 42.50 are the same
Coin: TypeAlias = tuple[Decimal, str]


def coins(*pairs: tuple[Decimal | float | None, str | None | bool]) -> frozenset[Coin]:
    """Say what one expense may be written as.

    :param pairs: (amount, currency) of the report, of what was spent ...; one that lacks either says nothing.
        An amount that comes as a float was read from a number of the database, and is that number again.
    """
    return frozenset(
        (amount if isinstance(amount, Decimal) else Decimal(str(amount)), code)
        for amount, code in pairs
        if amount is not None and isinstance(code, str) and code
    )
