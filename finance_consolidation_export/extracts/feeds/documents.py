"""Posted documents: journal entries, invoices, bills, credit notes."""

from __future__ import annotations

from ..feed import Column, Feed

FEED = Feed(
    code="documents",
    name="Documents",
    table="account_move",
    joins="LEFT JOIN res_currency c ON c.id = t.currency_id",
    where="t.state = 'posted'",
    currency="c.name",
    amounts=(Column("amount_total_signed", "decimal"), Column("amount_untaxed_signed", "decimal")),
    columns=(
        Column("name", "text"),
        Column("move_type", "text"),
        Column("date", "date"),
        Column("invoice_date", "date"),
        Column("invoice_date_due", "date"),
        Column("journal_id", "integer"),
        Column("partner_id", "integer"),
        Column("commercial_partner_id", "integer"),
        Column("ref", "text"),
        Column("payment_reference", "text"),
        Column("payment_state", "text"),
        Column("amount_total", "decimal"),
        Column("amount_residual_signed", "decimal"),
        Column("reversed_entry_id", "integer"),
        Column("create_date", "datetime"),
        Column("write_date", "datetime"),
    ),
)
