"""Accounts; which companies have them is written elsewhere than on the account, so they are read whole."""

from __future__ import annotations

from ..feed import Column, Feed

FEED = Feed(
    code="accounts",
    name="Accounts",
    table="account_account",
    company=None,
    where="EXISTS (SELECT FROM account_account_res_company_rel r JOIN res_company o ON o.id = ANY(%(companies)s)"
    " AND r.res_company_id = ANY(string_to_array(trim(trailing '/' from o.parent_path), '/')::int[])"
    " WHERE r.account_account_id = t.id)",
    is_whole=True,
    columns=(
        # root company -> code
        Column("codes", "json", "t.code_store"),
        Column("name", "text", "t.name->>'en_US'"),
        Column("account_type", "text"),
        Column("reconcile", "boolean"),
        Column("active", "boolean"),
        Column("write_date", "datetime"),
    ),
)
