"""Phase three of the services firm (X-10), played through: what its expenses made of the ledger, as a trial balance.

Used by `make demo-check` after `expense_day.py`. The firm sets up its group chart, one person writes the mapping and
another approves it, and the package of the month is compared with the ledger account by account.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from .console import require
from .expense_day import COMPANY
from .rpc import Client

MODEL = "finance.consolidation."
FIRST, LAST = "2026-03-01", "2026-03-31"
#: group account -> kind, types of accounts that go to it
CHART = {
    "A": ("asset", "asset_receivable, asset_cash, asset_current, asset_prepayments"),
    "L": ("liability", "liability_payable, liability_current"),
    "C": ("expense", "expense, expense_direct_cost"),
}


def verify(client: Client, database: str) -> Iterator[str]:
    """Play it as the people of the demo, fact by fact."""
    [company] = client.call("res.company", "search", [["name", "=", COMPANY]])
    context = {"allowed_company_ids": [company]}
    logins = ("preparer", "reviewer")
    people = client.call("res.users", "search", [["login", "in", logins]])
    client.call("res.users", "write", people, {"company_ids": [(4, company)]})
    preparer, reviewer = (Client(client.url, database, login, login) for login in logins)

    [euro] = client.call("res.currency", "search", [["name", "=", "EUR"]])
    chart = _create(client, "chart", {"name": COMPANY})
    accounts = {
        code: _create(client, "account", {"chart_id": chart, "code": code, "name": kind.title(), "kind": kind})
        for code, (kind, _types) in CHART.items()
    }
    entity = _create(client, "entity", {"code": "KC01", "name": COMPANY, "company_id": company})
    scenario = _create(
        client, "scenario", {"name": "Trial balance", "code": "FIRM", "chart_id": chart, "currency_id": euro}
    )
    rules = [
        (0, 0, {"operation": "default", "code": "*", "qualifier": f"type in {types}", "account_id": accounts[code]})
        for code, (_kind, types) in CHART.items()
    ]
    mapping = _create(preparer, "mapping", {"name": COMPANY, "chart_id": chart, "rule_ids": rules})
    preparer.call(f"{MODEL}mapping", "action_propose", [mapping])
    reviewer.call(f"{MODEL}mapping", "action_approve", [mapping])

    values = {
        "scenario_id": scenario,
        "entity_id": entity,
        "date_from": FIRST,
        "date_to": LAST,
        "is_preliminary": True,
    }
    package = _create(preparer, "package", values, context=context)
    preparer.call(f"{MODEL}package", "action_build", [package], context=context)
    [found] = preparer.call(f"{MODEL}package", "read", [package], ["blocking_count", "row_count"], context=context)
    require(not found["blocking_count"] and bool(found["row_count"]), f"the package of {COMPANY} is {found}")
    rows = preparer.call(
        f"{MODEL}row", "search_read", [["package_id", "=", package]], ["account_id", "closing"], context=context
    )
    ledger = client.call(
        "account.move.line",
        "search_read",
        [["company_id", "=", company], ["parent_state", "=", "posted"], ["date", "<=", LAST]],
        ["account_id", "balance"],
        context=context,
    )
    packed, booked = _sums(rows, "closing"), _sums(ledger, "balance")
    require(packed == booked and not sum(packed.values()), f"the package says {packed}, the ledger {booked}")
    yield f"the trial balance of {COMPANY} is the ledger on {len(packed)} accounts, and comes to zero (X-10)"


def _create(client: Client, model: str, values: dict[str, Any], **keywords: Any) -> int:
    made = client.call(f"{MODEL}{model}", "create", [values], **keywords)
    return int(made[0] if isinstance(made, list) else made)


def _sums(rows: list[dict[str, Any]], field: str) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for row in rows:
        account = row["account_id"][0]
        sums[account] = sums.get(account, Decimal(0)) + Decimal(str(row[field]))
    return {account: amount for account, amount in sums.items() if amount}
