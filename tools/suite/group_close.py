"""The manufacturer's month end (X-11), played through: three companies, a difference found, mended, and approved.

Used by `make demo-check`. The demo data have a delivery within the group that one side has not booked. Approved
packages are loaded into a stand-in of Oracle FCCS that does not know one company yet: rejected, repaired, loaded, read
back, certified. What must come out is written here, by hand, not by the modules.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from . import outside
from .console import require
from .environment import Ready
from .rpc import Client

SCENARIO = "ACTUAL"
#: companies of the group that have books in the demo
PACKAGES = {"DE01", "FR01", "US01"}
#: what America has not booked, in euro and in dollars; its costs are translated at the average rate, hence 480
MISSING, MISSING_LOCAL = 460, 500
MODEL = "finance.consolidation."
#: the company that nobody has created at the platform yet
NEW_THERE = "US01"
#: seconds until a load must have ended, on a machine that does much besides
PATIENCE = 240.0


def verify(ready: Ready, client: Client, database: str, world: outside.World) -> Iterator[str]:
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
        f"{MODEL}file",
        "search_read",
        [["package_id", "in", ids], ["name", "like", "balance.csv"]],
        ["name"],
        context=context,
    )
    require(len(files) == len(ids), f"there are {len(files)} files")
    for file in files:
        _status, text = controller.page(f"/finance/group/file/{file['id']}")
        rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        sums = [Decimal(row["balance"]) for row in rows]
        require(bool(sums) and not sum(sums), "a delivered trial balance does not come to zero")
    yield f"{len(ids)} packages are prepared, reviewed and approved by three people, their files come to zero"
    with outside.neighbour(ready, world, "sandbox.fccs") as platform:
        yield from _deliver(client, controller, platform, scenario, context)


def _deliver(
    admin: Client, controller: Client, platform: outside.StandIn, scenario: int, context: dict[str, Any]
) -> Iterator[str]:
    """Load the packages, with one company that the platform does not know at first."""
    accounts = controller.call(f"{MODEL}account", "search_read", [], ["code"], context=context)
    platform.control("POST", "/member", {"dimension": "Account", "members": [one["code"] for one in accounts]})
    platform.control("POST", "/member", {"dimension": "Entity", "members": sorted(PACKAGES - {NEW_THERE})})
    _connect(admin, controller, platform, scenario, context)
    approved = [["scenario_id", "=", scenario], ["state", "=", "approved"]]
    packages = controller.call(f"{MODEL}package", "search", approved, context=context)
    controller.call(f"{MODEL}package", "action_deliver", packages, context=context)
    ended = _ended(controller, len(packages), context)
    states = {name.partition(" ")[0]: one["state"] for one in ended for name in [one["entity_id"][1]]}
    require(states == {**dict.fromkeys(PACKAGES, "reconciled"), NEW_THERE: "rejected"}, f"the loads ended as {states}")
    [rejected] = [one["id"] for one in ended if one["state"] == "rejected"]
    lines = controller.call(
        f"{MODEL}delivery.line",
        "search_read",
        [["delivery_id", "=", rejected]],
        ["advice", "entity_code"],
        context=context,
    )
    require(bool(lines) and {one["entity_code"] for one in lines} == {NEW_THERE}, f"rejected rows are {lines}")
    yield f"{len(packages) - 1} packages are loaded, that of {NEW_THERE} is rejected: {len(lines)} rows say what to do"

    platform.control("POST", "/member", {"dimension": "Entity", "members": [NEW_THERE]})
    values = {"delivery_id": rejected, "decision": "again", "reason": "The company was created at the platform"}
    wizard = controller.call(f"{MODEL}delivery.wizard", "create", [values], context=context)
    controller.call(f"{MODEL}delivery.wizard", "action_confirm", wizard, context=context)
    ended = _ended(controller, len(packages), context)
    require({one["state"] for one in ended} == {"reconciled"}, f"after the repair the loads are {ended}")
    jobs = platform.control("GET")["jobs"]
    require(len(jobs) == len(packages) + 1, f"{len(jobs)} loads were started")
    yield "the company is created there, the package loaded again: each is there once, read back without a difference"

    for one in ended:
        certificate = one["certificate_id"][0]
        _status, page = controller.page(
            f"/report/html/finance_consolidation_export.finance_consolidation_certificate_document/{certificate}"
        )
        require("Zero-Difference Certificate" in page and one["file_sha256"] in page, "a certificate cannot be printed")
    yield f"{len(ended)} certificates are printed, with hashes, people and jobs"


def _connect(
    admin: Client, controller: Client, platform: outside.StandIn, scenario: int, context: dict[str, Any]
) -> None:
    """The administrator connects the platform, the controller says what is delivered there."""
    ready = platform.ready
    values = {
        "name": "Group consolidation",
        "adapter": "finance.consolidation.adapter.fccs",
        "company_id": context["allowed_company_ids"][0],
        "environment": "sandbox",
        "http_base_url": ready["url"],
        "http_networks": "127.0.0.0/8",
        "http_allow_plain": True,
        "http_auth": "basic",
        "http_username": ready["user"],
    }
    ids = admin.call("finance.connection", "create", [values], context=context)
    admin.call("finance.connection", "action_allow_hosts", ids, context=context)
    secret = {"connection_id": ids[0], "key": "password", "value": ready["password"]}
    admin.call("finance.secret.wizard", "create", [secret], context=context)
    tested = admin.call("finance.connection", "action_test", ids, context=context)["params"]
    require(tested["type"] == "success", f"the platform does not let us in: {tested['message']}")
    admin.call("finance.connection", "action_activate", ids, context=context)
    values = {"name": "Group consolidation", "scenario_id": scenario, "connection_id": ids[0], "poll_seconds": 0}
    [target] = controller.call(f"{MODEL}target", "create", [values], context=context)
    for name in ("application", "rule", "cube"):
        row = controller.call(
            f"{MODEL}target.parameter", "search", [["target_id", "=", target], ["name", "=", name]], context=context
        )
        controller.call(f"{MODEL}target.parameter", "write", row, {"value": ready[name]}, context=context)


def _ended(client: Client, count: int, context: dict[str, Any]) -> list[dict[str, Any]]:
    """:return: the deliveries, once nothing is under way any more"""
    fields = ["state", "entity_id", "certificate_id", "file_sha256", "detail"]
    until = time.monotonic() + PATIENCE
    while True:
        found: list[dict[str, Any]] = client.call(f"{MODEL}delivery", "search_read", [], fields, context=context)
        if len(found) == count and all(one["state"] in ("rejected", "reconciled") for one in found):
            return found
        require(time.monotonic() < until, f"the loads do not end: {[(one['state'], one['detail']) for one in found]}")
        time.sleep(0.5)


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
