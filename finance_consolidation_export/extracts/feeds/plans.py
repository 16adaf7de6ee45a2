"""Analytic plans: the dimensions."""

from __future__ import annotations

from ..feed import Column, Feed

FEED = Feed(
    code="analytic_plans",
    name="Analytic plans",
    table="account_analytic_plan",
    company=None,
    is_whole=True,
    columns=(
        Column("name", "text", "t.name->>'en_US'"),
        Column("parent_id", "integer"),
        Column("write_date", "datetime"),
    ),
)
