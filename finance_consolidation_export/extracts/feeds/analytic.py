"""Analytic accounts: the members of the dimensions."""

from __future__ import annotations

from ..feed import Column, Feed

FEED = Feed(
    code="analytic_accounts",
    name="Analytic accounts",
    table="account_analytic_account",
    has_shared=True,
    is_whole=True,
    columns=(
        Column("code", "text"),
        Column("name", "text", "t.name->>'en_US'"),
        Column("plan_id", "integer"),
        Column("root_plan_id", "integer"),
        Column("active", "boolean"),
        Column("write_date", "datetime"),
    ),
)
