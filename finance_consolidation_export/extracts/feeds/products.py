"""Products with their category; a product changes with its template, too."""

from __future__ import annotations

from ..feed import Column, Feed

FEED = Feed(
    code="products",
    name="Products",
    table="product_product",
    joins="LEFT JOIN product_template p ON p.id = t.product_tmpl_id",
    company="p.company_id",
    has_shared=True,
    stamps=("t", "p"),
    columns=(
        Column("default_code", "text"),
        Column("name", "text", "p.name->>'en_US'"),
        Column("type", "text", "p.type"),
        Column("categ_id", "integer", "p.categ_id"),
        Column("product_tmpl_id", "integer"),
        Column("active", "boolean"),
        Column("write_date", "datetime", "greatest(t.write_date, p.write_date)"),
    ),
)
