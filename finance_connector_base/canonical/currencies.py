"""Decimal places of currencies (ISO 4217)."""

from __future__ import annotations

_PLACES = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def places(currency: str) -> int:
    """:return: decimal places of a currency; two where nothing else is known"""
    return _PLACES.get(currency, 2)
