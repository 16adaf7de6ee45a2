"""Phase two of the services firm (X-10), played through: what people choose on its expense platform is what Odoo has.

Used by `make demo-check` between `expense_day.py` and `firm_reporting.py`. The platform is a stand-in whose books say
what is listed; what was archived in Odoo has to be gone there, and what is new has to be there.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

from . import outside, paths, template
from .console import SuiteError, require
from .environment import Ready
from .expense_day import COMPANY, PATIENCE
from .rpc import Client

PLATFORM = "Pick lists"
ADDRESS = "/Integration-Server/ExpensifyIntegrations"
WORKSPACE = "POLICY1"
BOSS = "boss@kestrel.example"
DOMAINS = ("analytic_plan", "analytic_account", "employee")
#: modules of the phases, besides what all of them stand on
PHASES = {
    "expenses": "finance_expense_sync",
    "master data": "finance_connector_hr",
    "trial balance": "finance_consolidation_export",
}


def verify(ready: Ready, client: Client, world: outside.World) -> Iterator[str]:
    """Play it as the administrator of the demo, fact by fact."""
    yield _alone()
    [company] = client.call("res.company", "search", [["name", "=", COMPANY]])
    context = {"allowed_company_ids": [company]}
    with outside.neighbour(ready, world, "sandbox.expensify") as platform:
        connection = _connect(client, context, company, platform.ready["url"])

        def make(model: str, **values: Any) -> int:
            made = client.call(model, "create", [values], context=context)
            return int(made[0] if isinstance(made, list) else made)

        def send_until(people: set[str], projects: set[str]) -> None:
            syncs = client.call("finance.master.sync", "search", [["connection_id", "=", connection]], context=context)
            client.call("finance.master.sync", "action_send_now", syncs, context=context)
            _wait(platform, people, projects)

        _let_plan(client)
        plan = make("account.analytic.plan", name="Projects")
        here = {"company_id": company}
        ada = make("hr.employee", name="Ada Byron", work_email="ada@kestrel.example", **here)
        ben = make("hr.employee", name="Ben Holt", work_email="ben@kestrel.example", parent_id=ada, **here)
        fair = make("account.analytic.account", name="Fair", code="P1", plan_id=plan, **here)
        make("account.analytic.account", name="Audit", code="P2", plan_id=plan, **here)
        send_until({"ada@kestrel.example", "ben@kestrel.example"}, {"P1 Fair", "P2 Audit"})
        yield f"the people and projects of {COMPANY} can be chosen on its expense platform (X-10)"

        client.call("hr.employee", "action_archive", [ben], context=context)
        client.call("account.analytic.account", "action_archive", [fair], context=context)
        make("account.analytic.account", name="Merger", code="P3", plan_id=plan, **here)
        send_until({"ada@kestrel.example"}, {"P2 Audit", "P3 Merger"})
        yield "who has left and a project that was archived have vanished there, a new project has appeared"


def _let_plan(client: Client) -> None:
    """Odoo shows analytic plans to those who work with them."""
    group = [["module", "=", "analytic"], ["name", "=", "group_analytic_accounting"]]
    [found] = client.call("ir.model.data", "search_read", group, ["res_id"])
    [admin] = client.call("res.users", "search", [["login", "=", "admin"]])
    client.call("res.users", "write", [admin], {"group_ids": [(4, found["res_id"])]})


def _connect(client: Client, context: dict[str, Any], company: int, url: str) -> int:
    values = {
        "name": PLATFORM,
        "company_id": company,
        "adapter": "finance.expense.adapter.expensify",
        "environment": "sandbox",
        "http_base_url": url + ADDRESS,
        "http_networks": "127.0.0.0/8",
        "http_allow_plain": True,
        "expensify_user": "aa_firm_example",
        "expensify_workspaces": WORKSPACE,
        "expensify_approver": BOSS,
    }
    [connection] = client.call("finance.connection", "create", [values], context=context)
    secret = {"connection_id": connection, "key": "password", "value": "expensify-secret"}
    client.call("finance.secret.wizard", "create", [secret], context=context)
    result = client.call("finance.connection", "action_test", [connection], context=context)["params"]
    require(result["type"] == "success", f"the connection {PLATFORM} fails its test: {result['message']}")
    client.call("finance.connection", "action_activate", [connection], context=context)
    [admin] = client.call("res.users", "search", [["login", "=", "admin"]])
    people = {"owner_id": admin, "support_id": admin, "reprocessor_id": admin, "approver_ids": [(4, admin)]}
    for domain in DOMAINS:
        register = {"domain": domain, "company_id": company, **people}
        client.call("finance.ownership.register", "create", [register], context=context)
        sync = {"connection_id": connection, "domain": domain, "send": True}
        client.call("finance.master.sync", "create", [sync], context=context)
    return int(connection)


def _wait(platform: outside.StandIn, people: set[str], projects: set[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    found: tuple[set[str], set[str]] = (set(), set())
    while time.monotonic() < deadline:
        found = _listed(platform)
        if found == (people, projects):
            return
        time.sleep(0.3)
    raise SuiteError(f"After {PATIENCE:.0f} s the platform lists {found}")


def _listed(platform: outside.StandIn) -> tuple[set[str], set[str]]:
    """:return: (addresses of people, names of projects) that can be chosen over there"""
    with urllib.request.urlopen(f"http://127.0.0.1:{platform.ready['control_port']}/", timeout=30) as answer:
        books = json.load(answer)
    levels = books["tags"][WORKSPACE].values()
    return set(books["employees"][WORKSPACE]), {
        tag["name"] for level in levels for tag in level["tags"] if tag["enabled"]
    }


def _alone() -> str:
    """No phase needs a module of another one."""
    for phase, module in PHASES.items():
        needed = _closure(module)
        others = {other for name, other in PHASES.items() if name != phase}
        require(not needed & others, f"{phase} cannot be installed without {', '.join(sorted(needed & others))}")
    return f"{', '.join(PHASES)}: each phase is installable alone (X-10)"


def _closure(module: str) -> set[str]:
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name.startswith("finance_") and name not in found:
            found.add(name)
            waiting += template.depends(paths.ROOT / name)
    return found
