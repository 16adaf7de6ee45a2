"""What may be one cost comes twice at the same moment (E-13, pain 22; faults 13 and 25): it is booked once.

Two transactions whose snapshots were both taken before either of them writes: a report of a platform and an expense
entered in Odoo, two reports, reports of two platforms, two feeds of one card.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.process.meeting import at_once

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

SETUP = """
from odoo.fields import Command
from odoo.addons.finance_connector_base.engine.envelope import Envelope
company = env.company
kinds = {"meals": "expense", "owed": "liability_payable",
         "clearing": "liability_current", "issuer": "liability_current"}
accounts = {
    name: env["account.account"].create({
        "name": "race " + name, "code": f"98{number}", "account_type": kind, "reconcile": kind != "expense"})
    for number, (name, kind) in enumerate(kinds.items())}
journal = env["account.journal"].create({"name": "Race", "code": "RACE", "type": "general"})
bills = env["account.journal"].create({"name": "Race bills", "code": "RACB", "type": "purchase"})
company.expense_journal_id = bills
issuer = env["account.journal"].create({
    "name": "Race cards", "code": "RACC", "type": "general", "default_account_id": accounts["issuer"].id})
env["finance.expense.policy"].create({
    "name": "race", "journal_id": journal.id, "payable_account_id": accounts["owed"].id, "card_booking": "settled",
    "card_account_id": accounts["clearing"].id, "card_journal_id": issuer.id})
groups = [env.ref("base.group_user").id, env.ref("finance_connector_base.finance_group_mapping_steward").id]
one, two = (env["res.users"].create({"name": n, "login": f"race {n}", "group_ids": [Command.set(groups)]})
            for n in ("one", "two"))
ann = env["res.partner"].create({"name": "Ann", "property_account_payable_id": accounts["owed"].id})
connections = env["finance.connection"].create([
    {"name": name, "adapter": "finance.adapter.test", "environment": "test", "state": "active", "check_ok": True}
    for name in ("race 0", "race 1")])
for connection in connections:
    for domain, code, record in (("employee", "E-1", ann), ("employee", "•••• 4711", ann),
                                 ("expense_category", "MEALS", accounts["meals"])):
        mapping = env["finance.mapping"].with_user(one).create({
            "domain_id": env.ref("finance_expense_sync.finance_mapping_domain_" + domain).id,
            "connection_id": connection.id, "code": code, "res_id": record.id})
        mapping.action_propose()
        mapping.with_user(two).action_approve()
product = env["product.product"].create({
    "name": "Meals", "can_be_expensed": True, "standard_price": 0.0, "supplier_taxes_id": [Command.clear()],
    "property_account_expense_id": accounts["meals"].id})
employee = env["hr.employee"].create({"name": "Ann", "work_contact_id": ann.id})
env["hr.expense"].create({
    "name": "race", "employee_id": employee.id, "product_id": product.id, "total_amount_currency": 10,
    "date": "2026-03-10"})
currency = company.currency_id.name

def bring(connection, kind, *rows):
    payload = env["finance.payload"]._store("\\n".join(rows).encode(), company=company, name="race.csv")
    [message] = env["finance.message"]._enqueue(connection._expense_flow(f"finance.{kind}.handler.file"), [
        Envelope(subject="race.csv", payload_id=payload.id)])
    env[f"finance.{kind}.handler.file"]._handle(message)

def report(connection, name, amount):
    bring(connection, "expense",
        "report_id,employee_id,report_currency,approved,line_id,date,category,amount,merchant",
        f"{name},E-1,{currency},2026-03-11,1,2026-03-10,MEALS,{amount},Cafe")

report(connections[0], "beside Odoo", 10)
report(connections[0], "first", 20)
report(connections[0], "second", 20)
report(connections[0], "here", 30)
report(connections[1], "there", 30)
for number, connection in enumerate(connections):
    bring(connection, "card", "transaction_id,state,card,date,amount,currency,merchant",
          f"charge {number},settled,4711,2026-03-10,40,{currency},Shop")
env.cr.commit()
"""

MESSAGE = """
message = env["finance.message"].search([("subject", "=", SUBJECT), ("parent_id", "!=", False)])
def book():
    env[message.flow_id.handler]._handle(message)
retrying(take_part, env)
"""
IN_ODOO = """
from odoo.exceptions import UserError
expense = env["hr.expense"].search([("name", "=", "race")])
def book():
    expense._do_approve(check=False)
    expense._post_without_wizard()
try:
    retrying(take_part, env)
except UserError as error:
    print(error)
"""


def message(subject: str) -> str:
    return f"SUBJECT = {subject!r}\n{MESSAGE}"


def test_e13_what_may_be_one_cost_is_booked_once_whoever_else_books_at_this_moment(
    workers: Workers, tmp_path: Path
) -> None:
    workers.farm.script(SETUP)
    database = workers.database

    def cost(name: str) -> float:
        return float(
            database.value(
                "SELECT COALESCE(sum(l.balance), 0) FROM account_move_line l"
                " JOIN account_account a ON a.id = l.account_id"
                " WHERE l.parent_state = 'posted' AND a.name->>'en_US' = %s",
                name,
            )
        )

    pairs = {
        "odoo": (message("beside Odoo"), IN_ODOO),
        "reports": (message("first"), message("second")),
        "platforms": (message("here"), message("there")),
        "cards": (message("charge 0"), message("charge 1")),
    }
    booked = {}
    for name, scripts in pairs.items():
        folder = tmp_path / name
        folder.mkdir()
        before = cost("race meals"), -cost("race issuer")
        at_once(workers, folder, *scripts)
        booked[name] = cost("race meals") - before[0] - cost("race issuer") - before[1]
    assert booked == {"odoo": 10, "reports": 20, "platforms": 30, "cards": 40}
    # the other one waits for a person, in whatever order they came
    held = "SELECT count(*) FROM {} WHERE reason_code IN ('expense_duplicate', 'card_duplicate')"
    assert database.value(held.format("finance_card_transaction")) == 1
    in_odoo = database.value("SELECT count(*) FROM hr_expense WHERE name = 'race' AND state = 'posted'")
    assert database.value(held.format("finance_expense_report")) == 2 + in_odoo
