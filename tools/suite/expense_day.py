"""Phase one of a services firm (X-10), played through: its expense platform drops a file, what is approved is booked.

Used by `make demo` and `make demo-check`, as `bank_day.py` is. What the ledger has to say is written here, by hand,
not by the modules.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import outside
from .console import SuiteError, require
from .rpc import Client

COMPANY = "Kestrel Consulting"
CONNECTION = "Expense platform"
PATIENCE = 240.0
HEAD = (
    "report_id,report_name,employee_id,report_currency,approved,line_id,date,category,merchant,"
    "description,amount,payment,tax_code,tax_amount,violation,state"
)
ROWS = """
TR-1001,Workshop in Hamburg,E-1,EUR,2026-03-12,1,2026-03-10,TRAVEL,Northern Rail,Train,119.00,own,V19,19.00,,
TR-1001,Workshop in Hamburg,E-1,EUR,2026-03-12,2,2026-03-10,MEALS,Harbour Cafe,Dinner,42.50,company_card,,,,
TR-1002,Client visit in Munich,E-2,EUR,2026-03-15,1,2026-03-13,TRAVEL,Southern Air,Flight,238.00,company,V19,38.00,,
TR-1003,Fair in Cologne,E-2,EUR,2026-03-18,1,2026-03-17,HOTEL,Cathedral Hotel,Two nights,260.00,own,,,,
TR-1004,Customer dinner,E-1,EUR,2026-03-20,1,2026-03-19,MEALS,Golden Spoon,Dinner for six,480.00,own,,,Too dear,
TR-1005,Onboarding week,E-3,EUR,2026-03-21,1,2026-03-16,TRAVEL,City Taxi,Taxi,31.00,own,,,,
TR-1006,Not finished,E-1,EUR,,1,2026-03-16,TRAVEL,City Taxi,Taxi,12.00,own,,,,submitted
"""
#: report -> state, cause
EXPECTED = {
    "TR-1001": ("posted", False),
    "TR-1002": ("posted", False),
    "TR-1003": ("exception", "expense_unmapped_account"),
    "TR-1004": ("exception", "expense_policy"),
    "TR-1005": ("exception", "expense_employee_unknown"),
    "TR-1006": ("received", "expense_not_final"),
}
#: account -> what the entries have to come to
LEDGER = {
    "Travel": "300.00",
    "Meals": "42.50",
    "Input VAT": "57.00",
    "Owed to employees": "-119.00",
    "Card clearing": "-42.50",
    "Paid by the company": "-238.00",
}


def play(client: Client, world: outside.World) -> None:
    """Connect the platform's file server, let it drop its file, and ask for it to be fetched."""
    bring(client, world, _context(client), CONNECTION, "expenses", "march.csv", f"{HEAD}\n{ROWS.strip()}\n")


def bring(
    client: Client, world: outside.World, context: dict[str, Any], connection: str, folder: str, name: str, text: str
) -> None:
    """Connect a file server, put a file there, and ask for it to be fetched.

    :param connection: name of the connection; ``folder`` its folder on the server
    """
    [found] = client.call(
        "finance.connection", "search_read", [["name", "=", connection]], ["id", "state"], context=context
    )
    ids = [found["id"]]
    server = world.sftp.ready
    values = {"sftp_port": server["port"], "sftp_host_key": server["fingerprint"]}
    client.call("finance.connection", "write", ids, values, context=context)
    secret = {"connection_id": ids[0], "key": "password", "value": outside.BANK_PASSWORD}
    client.call("finance.secret.wizard", "create", [secret], context=context)
    inbox, *_others = [_folder(world, one, folder) for one in ("inbox", "processed", "outgoing")]
    result = client.call("finance.connection", "action_test", ids, context=context)["params"]
    if result["type"] != "success":
        raise SuiteError(f"The connection {connection} fails its test: {result['message']}")
    if found["state"] == "draft":
        client.call("finance.connection", "action_activate", ids, context=context)
    (inbox / name).write_text(text)
    client.call("finance.connection", "action_fetch_now", ids, context=context)


def is_played(world: outside.World) -> bool:
    """A demo that is started again keeps its reports."""
    return any((world.folder / "sftp" / outside.BANK_LOGIN / "expenses").glob("*/*march*"))


def settle(client: Client) -> None:
    """Wait until every report is booked, or with a person."""
    context = _context(client)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = _reports(client, context)
        if found == EXPECTED:
            return
        time.sleep(1)
    raise SuiteError(f"After {PATIENCE:.0f} s the expense reports are not as expected: {found}")


def verify(client: Client, world: outside.World) -> Iterator[str]:
    """Compare the ledger with what the file says, fact by fact."""
    context = _context(client)
    found = _reports(client, context)
    require(found == EXPECTED, f"the expense reports are {found}")
    posted = [name for name, (state, _reason) in EXPECTED.items() if state == "posted"]
    yield f"{len(posted)} expense reports are booked, {len(EXPECTED) - len(posted)} wait, each for its own cause (X-10)"
    lines = client.call(
        "account.move.line",
        "search_read",
        [["company_id.name", "=", COMPANY], ["parent_state", "=", "posted"]],
        ["account_id", "balance"],
        context=context,
    )
    ledger: dict[str, Decimal] = {}
    for line in lines:
        name = line["account_id"][1].split(" ", 1)[-1]
        ledger[name] = ledger.get(name, Decimal(0)) + Decimal(str(line["balance"]))
    wanted = {name: Decimal(amount) for name, amount in LEDGER.items()}
    require(ledger == wanted, f"the ledger of {COMPANY} says {ledger}")
    yield f"the ledger of {COMPANY} says on {len(wanted)} accounts what the reports say"
    [total] = client.call(
        "finance.expense.total",
        "search_read",
        [["company_id.name", "=", COMPANY]],
        ["proof", "platform_total", "ledger_total", "exception_total"],
        context=context,
    )
    require(total["proof"] == "proved", f"approved is not booked and waiting: {total}")
    approved, booked, waiting = (total[f"{name}_total"] for name in ("platform", "ledger", "exception"))
    yield f"approved {approved:.2f} = booked {booked:.2f} + waiting {waiting:.2f}"
    told = _told(world, len(posted))
    require(len(told) == len(posted), f"the platform was told of {len(told)} reports")
    yield "the platform was told that they are booked"


def _told(world: outside.World, count: int) -> list[Path]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        told = list(_folder(world, "outgoing").glob("expense-*.csv"))
        if len(told) >= count:
            return told
        time.sleep(1)
    return told


def _reports(client: Client, context: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    rows = client.call(
        "finance.expense.report", "search_read", [], ["external_id", "state", "reason_code"], context=context
    )
    return {row["external_id"]: (row["state"], row["reason_code"]) for row in rows}


def _context(client: Client) -> dict[str, Any]:
    [company] = client.call("res.company", "search_read", [["name", "=", COMPANY]], ["id"])
    return {"allowed_company_ids": [company["id"]]}


def _folder(world: outside.World, name: str, of: str = "expenses") -> Path:
    folder = world.folder / "sftp" / outside.BANK_LOGIN / of / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
