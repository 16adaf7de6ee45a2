"""Decimal places of currencies (ISO 4217); a wrong number of them is refused by banks with ``CH20``."""

from __future__ import annotations

from decimal import Decimal

from odoo.addons.finance_connector_base.canonical.currencies import places

__all__ = ["fits", "places", "plain"]


def fits(amount: Decimal, currency: str) -> bool:
    """:return: whether the amount has no more decimal places than its currency"""
    return amount.is_finite() and amount == round(amount, places(currency))


def plain(amount: Decimal, currency: str) -> str:
    """Write an amount with the decimal places of its currency, or more where it has more."""
    return f"{amount:.{places(currency)}f}" if fits(amount, currency) else f"{amount:f}"
