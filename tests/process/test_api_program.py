"""A program and the interface over a real server: everything it could send (B-20, B-22), and what it is told (X-13).

Schemathesis tries the bounds of every parameter and field; with ``FIN_API_EXAMPLES=500`` also that many requests made
up at random for each endpoint.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.process.test_crash_server import wake
from tests.process.test_server import settles

if TYPE_CHECKING:
    from pathlib import Path

    from suite.server import Server
    from tests.conftest import Database, StartServer

EXAMPLES = os.environ.get("FIN_API_EXAMPLES")
BASE = "/finance/api/v1"
KEY = base64.b64encode(b"the key of programs, 32 bytes !!").decode()
SETUP = """
company = env["res.company"].create({"name": "Programs"})
env.user.company_ids |= company
env = env(context={**env.context, "allowed_company_ids": company.ids})
env["account.account"].create([
    {"name": "Fees", "code": "400000", "account_type": "expense"},
    {"name": "Accrued", "code": "120000", "account_type": "liability_current"}])
env["account.journal"].create({"name": "Misc", "code": "MISC", "type": "general", "company_id": company.id})
groups = ["base.group_user", "account.group_account_invoice", "finance_connector_base.finance_group_viewer",
    "finance_bank_sync.finance_group_payment_creator", "finance_bank_sync.finance_group_payment_confidential",
    "finance_consolidation_export.finance_group_consolidation_accountant"]
user = env["res.users"].create({"name": "Program", "login": "program", "company_id": company.id,
    "company_ids": [(6, 0, company.ids)], "group_ids": [(6, 0, [env.ref(group).id for group in groups])]})
client = env["finance.api.client"].create({"name": "Program", "user_id": user.id, "rate": 0,
    "company_ids": [(6, 0, company.ids)], "right_ids": [(6, 0, env["finance.api.right"].search([]).ids)]})
partner = env["res.partner"].create({"name": "Supplier", "vat": "DE136695976"})
payable, expense = env["account.account"].create([
    {"name": "Payable", "code": "210000", "account_type": "liability_payable"},
    {"name": "Expense", "code": "600000", "account_type": "expense"}])
partner.property_account_payable_id = payable
env["account.journal"].create({"name": "Bills", "code": "BILL", "type": "purchase", "company_id": company.id,
    "default_account_id": expense.id})
print("KEY=" + client._new_key(30))
env.cr.commit()
"""
#: a package of group reporting, approved by three people
PACKAGE = """
company = env["res.company"].search([("name", "=", "Programs")])
env.user.company_ids |= company
env = env(context={**env.context, "allowed_company_ids": company.ids})
accounts = env["account.account"].search([("company_ids", "in", company.ids), ("code", "in", ["400000", "120000"])])
journal = env["account.journal"].search([("code", "=", "MISC"), ("company_id", "=", company.id)])
env["account.move"].create({"journal_id": journal.id, "date": "2026-03-02", "line_ids": [
    (0, 0, {"name": "Fee", "account_id": account.id, "balance": amount})
    for account, amount in zip(accounts.sorted("code"), (-77.25, 77.25))]}).action_post()
chart = env["finance.consolidation.chart"].create({"name": "Group", "account_ids": [
    (0, 0, {"code": "G1", "name": "Accrued", "kind": "liability"}),
    (0, 0, {"code": "G4", "name": "Fees", "kind": "expense"})]})
env["finance.consolidation.mapping"].create({"name": "All", "chart_id": chart.id, "state": "active", "rule_ids": [
    (0, 0, {"operation": "prefix", "code": code, "account_id": account.id})
    for code, account in zip(("1", "4"), chart.account_ids.sorted("code"))]})
entity = env["finance.consolidation.entity"].create({"code": "US01", "company_id": company.id})
scenario = env["finance.consolidation.scenario"].create({"name": "Actual", "code": "ACTUAL", "chart_id": chart.id,
    "currency_id": company.currency_id.id, "entity_ids": [(6, 0, entity.ids)]})
group = "finance_consolidation_export.finance_group_consolidation_"
people = [env["res.users"].create({"name": name, "login": name, "company_id": company.id,
    "company_ids": [(6, 0, company.ids)], "group_ids": [(4, env.ref(group + role).id)]})
    for name, role in (("Ada", "accountant"), ("Ben", "accountant"), ("Cleo", "controller"))]
package = env["finance.consolidation.package"].create({"scenario_id": scenario.id, "entity_id": entity.id,
    "date_from": "2026-03-01", "date_to": "2026-03-31", "is_preliminary": True})
package.action_build()
for user, step in zip(people, ("prepare", "review", "approve")):
    getattr(package.with_user(user), "action_" + step)()
env.cr.commit()
"""
#: the other database: its company is the supplier of the first one
SELLER = """
import os
os.environ["FINANCE_MASTER_KEY"] = {master!r}
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
company = env["res.company"].create({{"name": "Supplier", "vat": "DE136695976"}})
env.user.company_ids |= company
env = env(context={{**env.context, "allowed_company_ids": company.ids}})
income, receivable = env["account.account"].create([
    {{"name": "Income", "code": "400000", "account_type": "income"}},
    {{"name": "Receivable", "code": "120000", "account_type": "asset_receivable"}}])
journal = env["account.journal"].create({{"name": "Sales", "code": "SAL", "type": "sale", "company_id": company.id,
    "default_account_id": income.id}})
customer = env["res.partner"].create({{"name": "Programs"}})
customer.property_account_receivable_id = receivable
connection = env["finance.connection"].create({{"name": "Buyer", "adapter": "finance.adapter.peer",
    "company_id": company.id, "environment": "test", "state": "active", "check_ok": True, "http_honours_key": True,
    "http_base_url": "{url}/finance/api/v1/", "http_networks": "127.0.0.0/8", "http_allow_plain": True}})
connection._allow_hosts()
env["finance.secret"]._put(connection, "api_key", {key!r})
env["finance.flow"].create({{"name": "Invoices", "connection_id": connection.id, "handler": "finance.handler.peer",
    "direction": "out", "record_model": "account.move", "retry_base": 1.0, "retry_cap": 2.0, "retry_max": 100,
    "release_domain": repr([("partner_id", "=", customer.id)])}})
moves = env["account.move"].create([{{"move_type": "out_invoice", "journal_id": journal.id, "partner_id": partner.id,
    "invoice_date": "2026-03-02", "invoice_line_ids": [(0, 0, {{"name": "Paper", "quantity": 3, "price_unit": 33.5,
    "tax_ids": []}})]}} for partner in (customer, company.partner_id)])
moves.action_post()
chart = env["finance.consolidation.chart"].create({{"name": "Group", "account_ids": [
    (0, 0, {{"code": "G1", "name": "Accrued", "kind": "liability"}}),
    (0, 0, {{"code": "G4", "name": "Fees", "kind": "expense"}})]}})
env["finance.consolidation.scenario"].create({{"name": "Actual", "code": "ACTUAL", "chart_id": chart.id,
    "currency_id": company.currency_id.id}})
env["finance.consolidation.entity"].create({{"code": "US01", "name": "Programs", "keeper_id": company.id,
    "currency_id": company.currency_id.id, "is_approved_there": True}})
flow = env["finance.flow"].create({{"name": "Packages", "connection_id": connection.id,
    "handler": "finance.consolidation.handler.collect", "direction": "in", "retry_base": 1.0, "retry_cap": 2.0}})
flow.action_fetch_now()
env.cr.commit()
"""
ENTRY = {
    "external_id": "X-13",
    "date": "2026-03-31",
    "currency": "USD",
    "lines": [{"account": "400000", "debit": "10.00"}, {"account": "120000", "credit": "10.00"}],
}


def ask(server: Server, key: str, path: str, body: Any = None, once: str | None = None) -> tuple[int, Any, Any]:
    """:return: status, headers and body of an answer"""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    if once:
        headers["Idempotency-Key"] = once
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(server.url + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.timeout(3600)
def test_x13_a_program_hands_in_is_told_and_breaks_nothing(
    database: Database, other_database: Database, start_server: StartServer, tmp_path: Path
) -> None:
    key = database.shell(SETUP).rpartition("KEY=")[2].split()[0]
    database.shell(PACKAGE)
    server = start_server(database, workers=2, cron_threads=1)
    hands_in_once_and_is_told(database, server, key)
    exchanges_an_invoice(database, server, key, other_database, start_server)
    breaks_nothing(server, key, tmp_path)
    # nothing that was sent was a surprise to us
    assert "Traceback" not in server.log.read_text()


def hands_in_once_and_is_told(database: Database, server: Server, key: str) -> None:
    """Eight senders of the same request in the same moment: one entry, one answer."""
    answers: list[tuple[int, Any, Any]] = []

    def send() -> None:
        for _attempt in range(60):
            answer = ask(server, key, f"{BASE}/postings", ENTRY, once="x-13")
            # told to repeat: it runs, or others were changing the same
            if answer[0] not in (409, 503):
                answers.append(answer)
                return
            threading.Event().wait(0.2)

    senders = [threading.Thread(target=send) for _number in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert {status for status, _headers, _body in answers} == {202} and len(answers) == 8
    assert len({body for _status, _headers, body in answers}) == 1
    assert sum(headers["Idempotency-Replayed"] == "true" for _status, headers, _body in answers) == 7
    location = answers[0][1]["Location"]

    def told() -> Any:
        return json.loads(ask(server, key, location)[2])

    assert settles(lambda: told()["state"] == "done", seconds=120), told()
    assert told()["document"]["state"] == "draft"

    # and by an event, for whom asking again is too slow
    def entries() -> list[str]:
        feed = json.loads(ask(server, key, f"{BASE}/events?type=finance.posting.made")[2])["data"]
        return [event["data"]["entry"] for event in feed]

    # an event is told when all that began before it has ended
    assert settles(lambda: bool(entries()), seconds=120)
    assert entries() == [told()["document"]["id"]]
    assert database.value("SELECT count(*) FROM account_move WHERE ref = 'X-13'") == 1
    assert database.value("SELECT count(*) FROM finance_external_reference WHERE external_id = 'X-13'") == 1


def exchanges_an_invoice(
    database: Database, server: Server, key: str, other: Database, start_server: StartServer
) -> None:
    """S-01: an invoice of one database is a draft bill in the other, and each keeps the name the other one gave."""
    other.shell(SELLER.format(url=server.url, key=key, master=KEY))
    seller = start_server(other, workers=0, cron_threads=1, env={"FINANCE_MASTER_KEY": KEY})
    theirs = "SELECT external_id FROM finance_external_reference WHERE object_type = %s"

    def is_told() -> bool:
        # it asks again each minute; here time passes faster
        wake(other)
        time.sleep(1)
        return bool(other.query(theirs, "invoice"))

    assert settles(is_told, seconds=240), other.query("SELECT state, reason_code, detail FROM finance_message")
    [[bill]] = other.query(theirs, "invoice")
    [[invoice]] = database.query(theirs, "vendor_bill")
    told = json.loads(ask(server, key, f"{BASE}/invoices/{bill}")[2])
    assert (told["kind"], told["state"], told["total"]) == ("vendor_bill", "draft", "100.50")
    assert told["reference"] == other.value("SELECT name FROM account_move ORDER BY id LIMIT 1")
    assert invoice.startswith("invoice_") and invoice != bill
    # the invoice that the flow does not name stayed at home
    sent = (
        "SELECT count(*) FROM finance_message m JOIN finance_flow f ON f.id = m.flow_id"
        " WHERE f.handler = 'finance.handler.peer'"
    )
    assert other.value(sent) == 1
    collects_a_package(other)
    seller.kill()


def collects_a_package(central: Database) -> None:
    """C-16: what three people approved in one database is a package of the other, to the cent and by the same hash."""
    state = "SELECT state FROM finance_consolidation_package"

    def has_come() -> bool:
        wake(central)
        time.sleep(1)
        return bool(central.query(state))

    assert settles(has_come, seconds=240), central.query("SELECT state, reason_code, detail FROM finance_message")
    assert central.query(state) == [("approved",)]
    balances = (
        "SELECT a.code, r.closing::text, round(r.debit, 2)::text FROM finance_consolidation_row r"
        " JOIN finance_consolidation_account a ON a.id = r.group_account_id ORDER BY a.code"
    )
    assert central.query(balances) == [("G1", "-77.25", "0.00"), ("G4", "77.25", "77.25")]


def breaks_nothing(server: Server, key: str, folder: Path) -> None:
    """Every endpoint, as its document describes it and as it does not (schemathesis)."""
    phases = "examples,coverage,fuzzing" if EXAMPLES else "examples,coverage"
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}{BASE}/openapi.json",
        "--header", f"Authorization: Bearer {key}", "--max-examples", EXAMPLES or "1", "--seed", "19", "--workers", "2",
        "--generation-database", "none", "--no-color", "--phases", phases,
        # no schema says that an entry balances, that a code is known, or that a cursor is one of ours
        "--exclude-checks", "positive_data_acceptance",
    ]  # fmt: skip
    # it keeps files in the folder it is run from
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
