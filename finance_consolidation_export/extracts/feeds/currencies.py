"""Currencies."""

from __future__ import annotations

from ..feed import Column, Feed

FEED = Feed(
    code="currencies",
    name="Currencies",
    table="res_currency",
    company=None,
    is_whole=True,
    columns=(
        Column("code", "text", "t.name"),
        Column("rounding", "decimal"),
        Column("active", "boolean"),
        Column("write_date", "datetime"),
    ),
)
