"""A bill is paid by hand in the very moment an order over it is released (K-10; faults 13, 39): one of them pays it.

Two transactions whose snapshots were both taken before either of them writes, with each of them first once, and in
each way in which a released payment may stand in the ledger: booked with the release, booked later, without an entry.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.process.meeting import at_once

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

#: way of booking x who writes first
RACES = [f"{way} {first}" for way in ("booked", "later", "entryless") for first in ("order", "hand")]

SETUP = """
from odoo.fields import Command
company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
company.payment_account_days = 0
eur = env.ref("base.EUR")
eur.active = True
journal = env["account.journal"].create({"name": "Pays", "code": "PAYS", "type": "bank", "currency_id": eur.id})
journal.set_bank_account("DE02120300000000202051")
payee = env["res.partner"].create({"name": "Payee"})
account = env["res.partner.bank"].create(
    {"acc_number": "BE68539007547034", "partner_id": payee.id, "allow_out_payment": True})
people = {}
for duty in ("creator", "approver", "releaser"):
    groups = ("base.group_user", "finance_bank_sync.finance_group_payment_" + duty)
    people[duty] = env["res.users"].create({
        "name": duty, "login": "race_" + duty, "group_ids": [Command.link(env.ref(group).id) for group in groups]})
for number, name in enumerate(RACES, 1):
    bill = env["account.move"].create({
        "move_type": "in_invoice", "partner_id": payee.id, "invoice_date": "2026-01-01", "ref": name,
        "currency_id": eur.id, "partner_bank_id": account.id, "invoice_line_ids": [Command.create(
            {"name": "x", "quantity": 1, "price_unit": 10.0 + number, "tax_ids": [Command.clear()]})]})
    bill.action_post()
    item = bill.line_ids.filtered(lambda line: line.account_id.account_type == "liability_payable")
    order = env["finance.payment.order"].with_user(people["creator"]).create({
        "journal_id": journal.id, "currency_id": eur.id, "line_ids": [Command.create({
            "partner_id": payee.id, "partner_bank_id": account.id, "amount": 10.0 + number, "remittance": name,
            "item_ids": [Command.create({"move_line_id": item.id, "amount": 10.0 + number})]})]})
    order._propose()
    assert order.with_user(people["approver"])._approve(), order.attention
env.cr.commit()
"""
WAYS = """
import time
from odoo.exceptions import UserError
from odoo.addons.finance_bank_sync.models import finance_payment_booking
way, first = RACE.split()
if way == "later":
    finance_payment_booking.AT_ONCE = 0
if way == "entryless":
    # as with Odoo's accounting: the bank's booking alone is an entry
    type(env["account.move"])._get_invoice_in_payment_state = lambda self: "in_payment"
bill = env["account.move"].search([("ref", "=", RACE), ("move_type", "=", "in_invoice")])
order = env["finance.payment.line"].search([("remittance", "=", RACE)]).order_id
"""
RELEASE = """
releaser = order.with_user(env["res.users"].search([("login", "=", "race_releaser")]))
def book():
    if first == "hand":
        time.sleep(1)
    releaser._release()
try:
    retrying(take_part, env)
except UserError as error:
    env.cr.rollback()
    print(error)
"""
BY_HAND = """
context = {"active_model": "account.move", "active_ids": bill.ids}
wizard = env["account.payment.register"].with_context(**context).create(
    {"journal_id": order.journal_id.id, "communication": "no duplicate by its text"})
# whoever pays has the dialog open for a while
env.cr.commit()
def book():
    if first == "order":
        time.sleep(1)
    wizard._create_payments()
try:
    retrying(take_part, env)
except UserError as error:
    env.cr.rollback()
    print(error)
"""


@pytest.mark.timeout(240)
def test_k10_a_bill_paid_by_hand_while_its_order_is_released_is_paid_once(workers: Workers, tmp_path: Path) -> None:
    workers.farm.script(f"RACES = {RACES!r}\n{SETUP}")
    told = {}
    for race in RACES:
        folder = tmp_path / race
        folder.mkdir()
        told[race] = at_once(workers, folder, *(f"RACE = {race!r}\n{WAYS}\n{act}" for act in (RELEASE, BY_HAND)))
    released = workers.database.query(
        "SELECT l.remittance FROM finance_payment_line l JOIN finance_payment_order o ON o.id = l.order_id"
        " WHERE o.state NOT IN ('draft', 'proposed', 'approved')"
    )
    by_hand = workers.database.query(
        "SELECT m.ref FROM account_payment p JOIN account_move__account_payment r ON r.payment_id = p.id"
        " JOIN account_move m ON m.id = r.invoice_id WHERE p.state IN ('in_process', 'paid')"
        " AND NOT EXISTS (SELECT FROM finance_payment_line l WHERE l.payment_id = p.id)"
    )
    paid = sorted(name for (name,) in [*released, *by_hand])
    assert paid == sorted(RACES), (released, by_hand, told)
    # whoever came too late was told which bill and which order
    open_orders = dict(
        workers.database.query(
            "SELECT l.remittance, o.attention FROM finance_payment_line l JOIN finance_payment_order o"
            " ON o.id = l.order_id WHERE o.state IN ('draft', 'proposed', 'approved')"
        )
    )
    for race, (of_order, of_hand) in told.items():
        if race in open_orders:
            assert "BILL/" in (of_order + (open_orders[race] or "")), (race, told[race], open_orders[race])
        else:
            assert "BILL/" in of_hand and "PAY" in of_hand, (race, told[race])
