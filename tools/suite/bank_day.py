"""The main job, played through: a bank drops statements, scheduled actions bring them to the ledger.

Used by `make demo` (which leaves the result to look at) and by `make demo-check` (which verifies it).
Everything goes the way a person goes: through Odoo's web interface and through the bank's SFTP server.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import outside, paths
from .console import SuiteError, require
from .environment import Ready
from .rpc import Client

COMPANY = "Kestrel Trading"
CONNECTION = "Sandbox Bank"
OPENING = "25000.00"
#: what the bank gets wrong on purpose, so that there is something for a person to fix
SPOILED = ("unknown_account", "wrong_closing=1.00")
PATIENCE = 240.0


@dataclass(frozen=True)
class Day:
    """What the bank delivered, and what it says that it means."""

    company: int
    connection: int
    expected: dict[str, Any]


def play(ready: Ready, client: Client, world: outside.World) -> Day:
    """Connect the bank, let it drop its files, and ask for them to be fetched."""
    company = _only(client, "res.company", [["name", "=", COMPANY]], ["id"])["id"]
    context = {"allowed_company_ids": [company]}
    connection = _connect(client, world, context)
    expected = _deliver(ready, world, _demand(client, company, context))
    client.call("finance.connection", "action_fetch_now", [connection], context=context)
    return Day(company, connection, expected)


def is_played(world: outside.World) -> bool:
    """A demo that is started again keeps its statements."""
    return (world.folder / "expected.json").exists()


def _connect(client: Client, world: outside.World, context: dict[str, Any]) -> int:
    server = world.sftp.ready
    connection = _only(client, "finance.connection", [["name", "=", CONNECTION]], ["id", "state"], context)
    ids = [connection["id"]]
    client.call(
        "finance.connection",
        "write",
        ids,
        {"sftp_port": server["port"], "sftp_host_key": server["fingerprint"]},
        context=context,
    )
    secret = {"connection_id": ids[0], "key": "password", "value": outside.BANK_PASSWORD}
    client.call("finance.secret.wizard", "create", [secret], context=context)
    result = client.call("finance.connection", "action_test", ids, context=context)["params"]
    if result["type"] != "success":
        raise SuiteError(f"The connection to the sandbox bank fails its test: {result['message']}")
    if connection["state"] == "draft":
        client.call("finance.connection", "action_activate", ids, context=context)
    return int(ids[0])


def _demand(client: Client, company: int, context: dict[str, Any]) -> dict[str, Any]:
    """The open invoices as the bank's customers would know them."""
    journal = _only(
        client,
        "account.journal",
        [["company_id", "=", company], ["type", "=", "bank"], ["bank_account_id.bank_id.name", "=", CONNECTION]],
        ["bank_acc_number"],
        context,
    )
    moves = client.call(
        "account.move",
        "search_read",
        [
            ["company_id", "=", company],
            ["move_type", "in", ["out_invoice", "in_invoice"]],
            ["state", "=", "posted"],
            ["payment_state", "=", "not_paid"],
            ["invoice_date_due", "<=", date.today().isoformat()],
        ],
        ["name", "payment_reference", "partner_id", "amount_residual", "currency_id", "invoice_date", "move_type"],
        order="id",
        context=context,
    )
    partners = [move["partner_id"][0] for move in moves]
    accounts = client.call(
        "res.partner.bank", "search_read", [["partner_id", "in", partners]], ["partner_id", "acc_number"]
    )
    ibans = {account["partner_id"][0]: account["acc_number"] for account in accounts}
    return {
        "company": {
            "name": COMPANY,
            "iban": journal["bank_acc_number"],
            "currency": "EUR",
            "start_date": (date.today() - timedelta(days=6)).isoformat(),
            "opening_balance": OPENING,
        },
        "rates": {"USD": "1.085"},
        "invoices": [
            {
                "number": move["name"],
                "payment_reference": move["payment_reference"],
                "partner": move["partner_id"][1],
                "iban": ibans.get(move["partner_id"][0]),
                # two decimals: the web interface hands amounts over as floats
                "amount": f"{move['amount_residual']:.2f}",
                "currency": move["currency_id"][1],
                "date": move["invoice_date"],
                "kind": "customer" if move["move_type"] == "out_invoice" else "vendor",
            }
            for move in moves
        ],
    }


def _deliver(ready: Ready, world: outside.World, demand: dict[str, Any]) -> dict[str, Any]:
    """Have the bank write its files, and drop them one by one as a bank does."""
    written = world.folder / "written"
    expected = world.folder / "expected.json"
    command = [str(paths.PYTHON), "-m", "sandbox.bank.write", "--invoices", "-", "--out", str(written)]
    command += ["--version", "08", "--days", "2", "--ledger", str(world.folder / "bank.sqlite")]
    command += ["--expected", str(expected)]
    for fault in SPOILED:
        command += ["--spoil", fault]
    subprocess.run(
        command,
        input=json.dumps(demand),
        text=True,
        check=True,
        cwd=paths.ROOT,
        env=ready.env,
        stdout=subprocess.DEVNULL,
    )
    manifest: dict[str, Any] = json.loads(expected.read_text())
    inbox = world.folder / "sftp" / outside.BANK_LOGIN / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    for file in manifest["files"]:
        os.replace(written / file["file"], inbox / file["file"])
    return manifest


# -- verification ------------------------------------------------------------------------------


def settle(client: Client, day: Day) -> None:
    """Wait until every file that the bank dropped has reached its end or a person's list."""
    context = {"allowed_company_ids": [day.company]}
    names = [file["file"] for file in day.expected["files"]]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        domain = [["connection_id", "=", day.connection], ["kind", "=", "exchange"]]
        messages = client.call("finance.message", "search_read", domain, ["subject", "state"], context=context)
        moving = [message for message in messages if message["state"] in ("queued", "processing", "retry")]
        arrived = {message["subject"] for message in messages}
        if not moving and arrived.issuperset(names):
            return
        time.sleep(1)
    raise SuiteError(
        f"After {PATIENCE:.0f} s the statements have not arrived: {sorted(set(names) - arrived)} are missing, "
        f"{len(moving)} messages are still moving."
    )


def verify(client: Client, world: outside.World, day: Day) -> Iterator[str]:
    """Compare Odoo's ledger with what the bank says, fact by fact.

    The bank's view (`expected.json`) was written by code that knows nothing of the modules.
    """
    context = {"allowed_company_ids": [day.company]}
    posted = [file for file in day.expected["files"] if file["outcome"] == "posted"]
    yield from _verify_statements(client, day, posted, context)
    yield from _verify_invoices(client, day, context)
    yield from _verify_for_a_person(client, day, context)
    yield from _verify_completeness(client, day, context)
    yield from _verify_cash(client, day, context)
    left = list(_inbox(world).glob("*.xml"))
    require(not left, f"files left in the bank's inbox: {[file.name for file in left]}")
    yield f"{len(day.expected['files'])} files were moved away from the bank's inbox"


def _verify_statements(
    client: Client, day: Day, posted: list[dict[str, Any]], context: dict[str, Any]
) -> Iterator[str]:
    received = client.call(
        "finance.bank.statement",
        "search_read",
        [["company_id", "=", day.company], ["state", "=", "posted"]],
        ["name", "proof", "opening", "closing"],
        context=context,
    )
    require(len(received) == len(posted), f"{len(received)} statements are on the ledger, not {len(posted)}")
    require(all(s["proof"] == "proved" for s in received), f"not all statements are proved: {received}")
    yield f"{len(received)} statements are on the ledger, each proved by its own balances"

    account = day.expected["account"]
    lines = client.call(
        "account.bank.statement.line",
        "search_read",
        [["company_id", "=", day.company]],
        ["amount", "journal_id"],
        context=context,
    )
    total = sum((Decimal(str(line["amount"])) for line in lines), Decimal(0)).quantize(Decimal("0.01"))
    moved = Decimal(account["closing"]) - Decimal(account["opening"])
    require(total == moved, f"the bank lines add up to {total}, the bank moved {moved}")
    yield f"{len(lines)} bank lines add up to {total}, exactly what the bank moved"


def _verify_invoices(client: Client, day: Day, context: dict[str, Any]) -> Iterator[str]:
    moves = client.call(
        "account.move",
        "search_read",
        [["company_id", "=", day.company], ["name", "in", list(day.expected["invoices"])]],
        ["name", "amount_residual"],
        context=context,
    )
    found = {move["name"]: Decimal(f"{move['amount_residual']:.2f}") for move in moves}
    wrong = {
        name: (str(found.get(name)), invoice["open_automatic"])
        for name, invoice in day.expected["invoices"].items()
        if found.get(name) != Decimal(invoice["open_automatic"])
    }
    require(not wrong, f"open amounts differ (Odoo, bank): {wrong}")
    paid = sum(1 for amount in found.values() if amount == 0)
    yield f"{len(found)} invoices and bills have the open amount the bank says; {paid} are paid in full"


def _verify_for_a_person(client: Client, day: Day, context: dict[str, Any]) -> Iterator[str]:
    left = set(day.expected["left_for_a_person"])
    wanted = sorted(Decimal(item["amount"]) for item in day.expected["items"] if item["id"] in left)
    lines = client.call(
        "account.bank.statement.line",
        "search_read",
        [["company_id", "=", day.company], ["is_reconciled", "=", False]],
        ["amount"],
        context=context,
    )
    found = sorted(Decimal(f"{line['amount']:.2f}") for line in lines)
    require(found == wanted, f"left to reconcile by a person: {found}, the bank expects {wanted}")
    yield f"{len(found)} bookings nobody can explain from the statement are left for a person, and only those"

    exceptions = client.call(
        "finance.exception",
        "search_read",
        [["company_id", "=", day.company], ["state", "=", "open"]],
        ["reason_code", "remedy", "owner_id"],
        context=context,
    )
    reasons = sorted(exception["reason_code"] for exception in exceptions)
    require(reasons == ["bank_account_unknown", "bank_proof_failed"], f"open exceptions: {reasons}")
    require(all(e["remedy"] and e["owner_id"] for e in exceptions), "an exception has no owner or no remedy")
    yield "the two statements the bank spoiled are held with cause, remedy and owner: " + ", ".join(reasons)


def _verify_cash(client: Client, day: Day, context: dict[str, Any]) -> Iterator[str]:
    rows = client.call(
        "finance.bank.position",
        "search_read",
        [["company_id", "=", day.company], ["has_balance", "=", True]],
        ["currency_id", "difference"],
        context=context,
    )
    currencies = sorted({row["currency_id"][1] for row in rows})
    require(currencies == ["EUR", "USD"], f"the cash position shows balances in {currencies}")
    wrong = [row for row in rows if row["difference"]]
    require(not wrong, f"the bank and the ledger disagree: {wrong}")
    yield f"the cash position shows {len(rows)} accounts with a balance, in {' and '.join(currencies)}"


def _verify_completeness(client: Client, day: Day, context: dict[str, Any]) -> Iterator[str]:
    client.call("finance.checkpoint", "action_take_now", [], context=context)
    checkpoints = client.call(
        "finance.checkpoint",
        "search_read",
        [["company_id", "=", day.company]],
        ["received", "difference"],
        context=context,
    )
    require(bool(checkpoints), "no checkpoint was taken")
    require(not any(c["difference"] for c in checkpoints), f"messages are missing: {checkpoints}")
    yield f"{sum(c['received'] for c in checkpoints)} messages received, every one of them accounted for"


def _inbox(world: outside.World) -> Path:
    return world.folder / "sftp" / outside.BANK_LOGIN / "inbox"


def _only(
    client: Client, model: str, domain: list[Any], fields: list[str], context: dict[str, Any] | None = None
) -> dict[str, Any]:
    found = client.call(model, "search_read", domain, fields, context=context or {})
    if len(found) != 1:
        raise SuiteError(f"Expected one {model} for {domain}, found {len(found)}. Run `make clean` and start again.")
    return dict(found[0])
