"""Posted journal items."""

from __future__ import annotations

from ..feed import Column, Feed

FEED = Feed(
    code="journal_items",
    name="Journal items",
    table="account_move_line",
    joins="LEFT JOIN res_currency c ON c.id = t.currency_id",
    where="t.parent_state = 'posted' AND t.account_id IS NOT NULL",
    currency="c.name",
    amounts=(Column("debit", "decimal"), Column("balance", "decimal"), Column("amount_currency", "decimal")),
    columns=(
        Column("credit", "decimal"),
        Column("move_id", "integer"),
        Column("move_name", "text"),
        Column("date", "date"),
        Column("journal_id", "integer"),
        Column("account_id", "integer"),
        Column("partner_id", "integer"),
        Column("name", "text"),
        Column("ref", "text"),
        Column("display_type", "text"),
        Column("product_id", "integer"),
        Column("quantity", "decimal"),
        Column("tax_line_id", "integer"),
        Column("analytic_distribution", "json"),
        Column("date_maturity", "date"),
        Column("amount_residual", "decimal"),
        Column("reconciled", "boolean"),
        Column("full_reconcile_id", "integer"),
        Column("create_date", "datetime"),
        Column("write_date", "datetime"),
    ),
)
