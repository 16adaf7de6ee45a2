"""The feeds there are: one small file each, and its line here."""

from __future__ import annotations

from ..feed import Feed
from . import accounts, analytic, currencies, documents, items, partners, plans, products, rates

FEEDS: tuple[Feed, ...] = (
    items.FEED,
    documents.FEED,
    partners.FEED,
    accounts.FEED,
    plans.FEED,
    analytic.FEED,
    products.FEED,
    currencies.FEED,
    rates.FEED,
)
