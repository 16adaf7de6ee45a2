"""The manufacturer's month end (X-11), played through: three companies, a difference found, mended, and approved.

Used by `make demo-check`. The demo data have a delivery within the group that one side has not booked. What must come
out is written here, by hand, not by the modules.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from .console import require
from .rpc import Client

SCENARIO = "ACTUAL"
#: companies of the group that have books in the demo
PACKAGES = {"DE01", "FR01", "US01"}
#: what America has not booked, in euro and in dollars; its costs are translated at the average rate, hence 480
MISSING, MISSING_LOCAL = 460, 500
MODEL = "finance.consolidation."


def verify(client: Client, database: str) -> Iterator[str]:
    """Play it as the people of the demo, fact by fact."""
    preparer, reviewer, controller = (
        Client(client.url, database, login, login) for login in ("preparer", "reviewer", "controller")
    )
    context = {"allowed_company_ids": preparer.call("res.company", "search", [["name", "like", "Heron"]])}
    packages = preparer.call(
        f"{MODEL}package", "search_read", [], ["name", "date_to", "entity_id", "company_id"], context=context
    )
    ours = {package["entity_id"][1].split(" ")[0]: package for package in packages}
    require(set(ours) == PACKAGES, f"there are packages of {sorted(ours)}")
    yield f"balances of {len(ours)} companies in two currencies come to zero, each in every cut (X-11)"

    day = packages[0]["date_to"]
    [scenario] = preparer.call(f"{MODEL}scenario", "search", [["code", "=", SCENARIO]], context=context)
    values = {"scenario_id": scenario, "date_to": day}
    comparison = preparer.call(f"{MODEL}comparison", "create", [values], context=context)
    differing = _compare(preparer, comparison, context)
    require(differing == {"Receivables and payables": MISSING, "Revenue and cost": -480}, f"found {differing}")
    yield f"a delivery of {MISSING} euro that one side has not booked is found and named"

    _book(client, ours["US01"]["company_id"][0], day, context)
    preparer.call(f"{MODEL}package", "action_build", [ours["US01"]["id"]], context=context)
    left = _compare(preparer, comparison, context)
    require(not left, f"after it is booked there is still {left}")
    yield "once it is booked both sides agree"

    ids = [package["id"] for package in packages]
    for person, step in ((preparer, "prepare"), (reviewer, "review"), (controller, "approve")):
        person.call(f"{MODEL}package", f"action_{step}", ids, context=context)
    files = controller.call(
        "ir.attachment",
        "search_read",
        [["res_model", "=", f"{MODEL}package"], ["res_id", "in", ids], ["name", "like", "balance.csv"]],
        ["datas"],
        context=context,
    )
    require(len(files) == len(ids), f"there are {len(files)} files")
    for file in files:
        rows = csv.DictReader(io.StringIO(_text(file["datas"])))
        sums = [Decimal(row["balance"]) for row in rows]
        require(bool(sums) and not sum(sums), "a delivered trial balance does not come to zero")
    yield f"{len(ids)} packages are prepared, reviewed and approved by three people, their files come to zero"


def _compare(client: Client, comparison: Any, context: dict[str, Any]) -> dict[str, int]:
    """:return: name of the pair -> difference, of those that differ"""
    ids = comparison if isinstance(comparison, list) else [comparison]
    client.call(f"{MODEL}comparison", "action_compare", ids, context=context)
    domain = [["comparison_id", "in", ids], ["verdict", "!=", "agrees"]]
    lines = client.call(f"{MODEL}comparison.line", "search_read", domain, ["pair_id", "difference"], context=context)
    return {line["pair_id"][1]: round(line["difference"]) for line in lines}


def _book(client: Client, company: int, day: str, context: dict[str, Any]) -> None:
    """What America has not booked: goods from the holding, in euro."""
    context = {"allowed_company_ids": [company]}
    accounts = {
        name: client.call("account.account", "search", [["name", "=", name]], context=context)[0]
        for name in ("Purchases within the group", "Due to companies of the group")
    }
    [euro] = client.call("res.currency", "search", [["name", "=", "EUR"]])
    [holding] = client.call("res.company", "search_read", [["name", "=", "Heron Industries"]], ["partner_id"])
    [journal] = client.call("account.journal", "search", [["code", "=", "GEN"]], context=context)
    lines = [
        (0, 0, {"account_id": account, "partner_id": holding["partner_id"][0], "currency_id": euro, **amounts})
        for account, amounts in zip(
            accounts.values(),
            (
                {"debit": MISSING_LOCAL, "credit": 0, "amount_currency": MISSING},
                {"debit": 0, "credit": MISSING_LOCAL, "amount_currency": -MISSING},
            ),
            strict=True,
        )
    ]
    values = {"journal_id": journal, "date": day, "line_ids": lines}
    made = client.call("account.move", "create", [values], context=context)
    client.call("account.move", "action_post", made if isinstance(made, list) else [made], context=context)


def _text(raw: str) -> str:

    return base64.b64decode(raw).decode()
