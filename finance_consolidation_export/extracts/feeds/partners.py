"""Customers, vendors and who else documents are with; no bank accounts, no addresses of people."""

from __future__ import annotations

from ..feed import Column, Feed

FEED = Feed(
    code="partners",
    name="Partners",
    table="res_partner",
    joins="LEFT JOIN res_country k ON k.id = t.country_id",
    has_shared=True,
    columns=(
        Column("name", "text"),
        Column("ref", "text"),
        Column("vat", "text"),
        Column("company_registry", "text"),
        Column("is_company", "boolean"),
        Column("parent_id", "integer"),
        Column("commercial_partner_id", "integer"),
        Column("country", "text", "k.code"),
        Column("customer_rank", "integer"),
        Column("supplier_rank", "integer"),
        Column("active", "boolean"),
        Column("write_date", "datetime"),
    ),
)
