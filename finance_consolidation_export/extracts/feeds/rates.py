"""Currency rates: units of the currency for one of the company's."""

from __future__ import annotations

from ..feed import Column, Feed

FEED = Feed(
    code="currency_rates",
    name="Currency rates",
    table="res_currency_rate",
    joins="LEFT JOIN res_currency c ON c.id = t.currency_id",
    has_shared=True,
    columns=(
        Column("day", "date", "t.name"),
        Column("rate", "decimal", "round(t.rate, 18)"),
        Column("write_date", "datetime"),
    ),
)
