"""Decimal places of currencies (ISO 4217); a wrong number of them is refused by banks with ``CH20``."""

from __future__ import annotations

from decimal import Decimal

_PLACES = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def places(currency: str) -> int:
    """:return: decimal places of a currency; two where nothing else is known"""
    return _PLACES.get(currency, 2)


def fits(amount: Decimal, currency: str) -> bool:
    """:return: whether the amount has no more decimal places than its currency"""
    return amount.is_finite() and amount == round(amount, places(currency))


def plain(amount: Decimal, currency: str) -> str:
    """Write an amount with the decimal places of its currency, or more where it has more."""
    return f"{amount:.{places(currency)}f}" if fits(amount, currency) else f"{amount:f}"
