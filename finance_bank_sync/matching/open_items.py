"""What an open item is called, from the columns of its document and its payment."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from odoo.addons.finance_connector_base.engine.drafts import draft

from .facts import OpenItem
from .mentions import short_of
from .structured import variants
from .tokens import digits_of, normalise

_new = draft(OpenItem)


def open_item(row: Mapping[str, Any]) -> OpenItem:
    """Make an open item of its row: one of some ten thousand, so what a row repeats is read once.

    :param row: numbers of the document (``name``, ``theirs``), references of it and of its payment
        (``payment_reference``, ``memo``, ``payment``), amounts as texts, ``day`` and ``discount_date``
    """
    name, theirs, day = row["name"], row["theirs"], row["day"]
    names = {normalise(text) for text in {name, row["payment_reference"], theirs, row["memo"], row["payment"]} if text}
    for reference in (row["payment_reference"], row["payment"]):
        if reference:
            names |= variants(normalise(reference))
    names.discard("")
    digits, short = digits_of(name), short_of(name, day)
    if theirs:
        digits, short = digits | digits_of(theirs), short | short_of(theirs, day)
    discounted = Decimal(row["discounted"]) if row["discounted"] and row["discount_date"] else None
    item: OpenItem = _new(
        id=row["id"],
        names=frozenset(names),
        residual=Decimal(row["residual"]),
        currency=row["currency"],
        partner_id=row["partner_id"] or 0,
        account_id=row["account_id"],
        due=row["date_maturity"],
        digits=digits,
        short=short,
        discounted=discounted or None,
        discount_until=row["discount_date"] if discounted else None,
        local=Decimal(row["local"]),
    )
    return item
