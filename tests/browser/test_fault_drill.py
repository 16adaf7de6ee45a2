"""The fault drill (X-14): the bank is down for an hour during a payment run, and comes back.

Seen on both dashboards, told, escalated, answered, resolved; in the end the bank's own book and the counts of the day
prove that nothing was lost and nothing was paid twice. Time passes by moving stored times back; no scheduled action
runs by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from sandbox.process import StandIn
from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from suite.server import Server
    from tests.conftest import Database, StartServer

ACCOUNT, PAYEE = "DE02500105170137075030", "BE68539007547034"
ORDERS, PAYMENTS = 5, 4

SETUP = """
from unittest.mock import patch
from odoo.fields import Command
from odoo.addons.finance_bank_sync.protocols.access import Person
env["account.chart.template"].try_loading("generic_coa", env.company, install_demo=False)
company = env.company
company.write({"finance_payment_unknown_hours": 1, "payment_account_days": 0})
eur = env.ref("base.EUR")
eur.active = True
journal = env["account.journal"].create(
    {"name": "House bank", "code": "HOUSE", "type": "bank", "currency_id": eur.id})
journal.set_bank_account(ACCOUNT)
bank = env["res.partner.bank"].create(
    {"acc_number": PAYEE, "partner_id": env["res.partner"].create({"name": "Bolt Supplier"}).id})
duty = "finance_bank_sync.finance_group_payment_"
operator = "finance_connector_base.finance_group_operator"
for login, name, groups in (
    ("creator", "Carla Creator", [duty + "creator"]), ("approver", "Abel Approver", [duty + "approver"]),
    ("releaser", "Rita Releaser", [duty + "releaser"]),
    ("oncall", "Olga Oncall", [operator, "account.group_account_readonly"]),
    ("boss", "Boris Boss", [operator, "account.group_account_readonly"]),
):
    env["res.users"].create({"name": name, "login": login, "password": login, "group_ids": [
        Command.link(env.ref(group).id) for group in ("base.group_user", *groups)]})
who = {user.login: user for user in env["res.users"].search([("login", "in", ["oncall", "boss"])])}
env["finance.alert.team"].search([("active", "=", True)]).active = False
# nothing seals and verifies here: no scheduled action runs
for condition in ("seal", "verification"):
    env.ref(f"finance_integration_audit.finance_alert_rule_{condition}").active = False
env["finance.alert.team"].create({
    "name": "Treasury", "tz": "UTC", "is_technical": True, "is_data": True, "is_business": True,
    "member_ids": [Command.set(who["oncall"].ids)],
    "step_ids": [Command.create({"minutes": 15, "user_ids": [Command.set(who["boss"].ids)]})]})
connection = env["finance.connection"].create({
    "name": "House bank", "adapter": "finance.bank.adapter.berlin.group", "environment": "test", "state": "active",
    "check_ok": True, "http_base_url": ADDRESS, "http_networks": "127.0.0.0/8, ::1", "http_allow_plain": True,
    "http_connect_timeout": 1, "http_read_timeout": 1, "http_total_timeout": 3, "max_concurrency": 0,
    "http_honours_key": True, "circuit_threshold": 3, "circuit_wait": 60})
connection._allow_hosts()
flow = env["finance.flow"].create({
    "name": "Payments", "connection_id": connection.id, "handler": "finance.handler.payment.initiation",
    "retry_base": 0.1, "retry_cap": 0.2, "retry_max": 50})
def by(login, records):
    user = env["res.users"].search([("login", "=", login)])
    return records.with_env(env(user=user, su=False, context={"allowed_company_ids": user.company_ids.ids}))
person = Person(address="203.0.113.7", agent="drill")
with patch.object(type(env["finance.connection"]), "_bank_person", lambda connection: person):
    for number in range(ORDERS):
        order = by("creator", env["finance.payment.order"]).create({
            "journal_id": journal.id, "currency_id": eur.id, "flow_id": flow.id, "line_ids": [Command.create({
                "partner_id": bank.partner_id.id, "partner_bank_id": bank.id, "amount": 100.0 + 10 * number + place,
                "remittance": f"Invoice {number}/{place}"}) for place in range(PAYMENTS)]})
        order._propose()
        assert by("approver", order)._approve(), order.attention
        assert by("releaser", order)._release(), order.attention
print(order.requested_date)
"""

#: workers: what waits is due now, the next try of a circuit as well
WORK = """
for _round in range(ROUNDS):
    env.cr.execute("UPDATE finance_message SET next_at = now() AT TIME ZONE 'UTC' WHERE state = 'retry'")
    if IS_BACK:
        env.cr.execute(
            "UPDATE finance_circuit SET wait_until = now() AT TIME ZONE 'UTC' - interval '1 second'"
            " WHERE state = 'open'")
    env.invalidate_all()
    env["finance.dispatcher"]._drain()
    env.cr.commit()
for _look in range(3):
    env.cr.execute("UPDATE finance_payment_initiation SET next_at = now() AT TIME ZONE 'UTC' WHERE next_at IS NOT NULL")
    env.invalidate_all()
    env["finance.payment.initiation"]._cron_ask()
    if IS_BACK:
        env["finance.dispatcher"]._drain()
    env.cr.commit()
"""

#: minutes pass for what is open, and the scheduled actions look
WATCH = """
env.cr.execute("UPDATE finance_circuit SET opened_at = opened_at - make_interval(mins => %s)", [MINUTES])
env.cr.execute("UPDATE finance_alert SET first_at = first_at - make_interval(mins => %s),"
               " told_at = told_at - make_interval(mins => %s) WHERE state <> 'resolved'", [MINUTES, MINUTES])
env.invalidate_all()
env["finance.alert.watch"]._cron_watch()
env["finance.metric.rollup"]._cron_roll_up()
env["finance.checkpoint"]._cron_take()
"""


class Drill:
    """The bank, the wire to it, and the database."""

    def __init__(self, database: Database, bank: StandIn, wire: StandIn) -> None:
        self.database, self.bank, self.wire = database, bank, wire

    def script(self, text: str, **values: Any) -> str:
        given = "".join(f"{name} = {value!r}\n" for name, value in values.items())
        return self.database.shell(given + text + "\nenv.cr.commit()\n")

    def alert(self) -> tuple[Any, ...]:
        """:return: state, steps of the escalation of the alert about the bank"""
        [row] = self.database.query("SELECT state, coalesce(level, 0) FROM finance_alert WHERE code = 'circuit'")
        return row


@pytest.fixture
def drill(database: Database) -> Iterator[Drill]:
    with StandIn("sandbox.berlingroup", timeout=60.0) as bank:
        bank.control("PUT", "/payments", {"exempted": True})
        bank.control("POST", "/account", {"iban": ACCOUNT, "opening": "10000000.00"})
        target = f"127.0.0.1:{bank.ready['ports']['plain']}"
        with StandIn("sandbox.faultproxy", "--listen", "0", "--target", target, timeout=60.0) as wire:
            drill = Drill(database, bank, wire)
            address = f"http://127.0.0.1:{wire.ready['port']}{bank.ready['prefix']}"
            told = drill.script(SETUP, ADDRESS=address, ACCOUNT=ACCOUNT, PAYEE=PAYEE, ORDERS=ORDERS, PAYMENTS=PAYMENTS)
            # on a closed day nobody executes anything
            bank.control("PUT", "/settings", {"today": told.split()[-1]})
            yield drill


@pytest.fixture
def web(odoo_server: StartServer, drill: Drill) -> Server:
    """A server without scheduled actions: the test says when they look."""
    return odoo_server(cron_threads=0)


def show(page: Page, name: str) -> None:
    """Keep a picture; with FIN_PICTURES it becomes one of the documentation."""
    folder = Path(os.environ.get("FIN_PICTURES") or SCREENSHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"drill-{name}.png")


def dashboards(page: Page, name: str, *, is_down: bool) -> None:
    for board, card in (("finance", "Under way"), ("operations", "Circuits open")):
        page.goto(f"/odoo/action-finance_integration_audit.finance_dashboard_{board}_action")
        shown = page.locator(".o_finance_dashboard")
        expect(shown).to_contain_text(card)
        # what is disturbed stands on top, with how much waits there
        disturbed = shown.locator("tr", has_text="House bank").filter(has_text="Does not answer")
        expect(disturbed).to_have_count(int(is_down))
        page.wait_for_timeout(800)  # charts are drawn slowly
        show(page, f"{name}-{board}")


def test_x14_the_bank_is_down_for_an_hour(person: Callable[[str], Page], drill: Drill) -> None:
    # down in the middle of the run: three failures, and nothing is sent there any more
    drill.wire.control("PUT", "/fault", {"mode": "refuse"})
    drill.script(WORK, ROUNDS=2, IS_BACK=False)
    assert drill.database.value("SELECT state FROM finance_circuit") == "open"
    assert drill.database.value("SELECT count(*) FROM finance_message WHERE state = 'done'") == 0
    drill.script(WATCH, MINUTES=29)
    assert not drill.database.query("SELECT id FROM finance_alert WHERE code = 'circuit'"), "not before half an hour"

    # half an hour: an alert, told to whoever is on call
    drill.script(WATCH, MINUTES=6)
    assert drill.alert() == ("open", 0)
    oncall = person("oncall")
    dashboards(oncall, "down", is_down=True)
    oncall.goto("/odoo/action-finance_integration_audit.finance_alert_action")
    row = oncall.locator(".o_data_row", has_text="does not answer")
    expect(row).to_have_count(1)
    show(oncall, "alert")

    # nobody answers: the next one is told
    drill.script(WATCH, MINUTES=26)
    assert drill.alert() == ("open", 1)
    boss = person("boss")
    boss.goto("/odoo/action-finance_integration_audit.finance_alert_action")
    boss.locator(".o_data_row", has_text="does not answer").locator("td[name=text]").click()
    form = boss.locator(".o_form_view")
    expect(form).to_contain_text("Ask the other side")
    show(boss, "escalated")
    boss.get_by_role("button", name="What to do").click()
    page = boss.locator(".modal-content")
    expect(page.get_by_role("heading", name="When it is over")).to_be_visible()
    show(boss, "runbook")
    page.get_by_role("button", name="Close").last.click()
    expect(page).to_have_count(0)
    boss.get_by_role("button", name="Answer", exact=True).click()
    dialog = boss.locator(".modal-content")
    dialog.locator("div[name=answer] textarea").fill("The bank repairs a line; payments wait, the cut-off is at 16:00")
    show(boss, "answer")
    dialog.get_by_role("button", name="Answer", exact=True).click()
    expect(dialog).to_have_count(0)
    assert drill.alert()[0] == "acknowledged"

    # back: what waited goes on in its order, once
    drill.wire.control("DELETE", "/fault")
    drill.script(WORK, ROUNDS=8, IS_BACK=True)
    drill.bank.control("POST", "/due")
    drill.script(WORK, ROUNDS=1, IS_BACK=True)
    drill.script(WATCH, MINUTES=1)
    assert drill.alert()[0] == "resolved"
    boss.reload()
    expect(boss.locator(".o_arrow_button_current")).to_have_text("Resolved")
    show(boss, "resolved")
    proof(drill, boss)
    dashboards(oncall, "back", is_down=False)


def proof(drill: Drill, page: Page) -> None:
    """The closing proof: the bank's own book, the counts of the day, and who did what when."""
    ordered = {row[0] for row in drill.database.query("SELECT end_to_end_id FROM finance_payment_line")}
    book = drill.bank.control("GET", "/")["payments"]["counts"]
    assert len(ordered) == ORDERS * PAYMENTS
    assert book == dict.fromkeys(ordered, 1), "each payment once, in the book of the bank"
    assert not drill.database.query("SELECT id FROM finance_message WHERE state NOT IN ('done', 'ignored')")
    counts = drill.database.query("SELECT received, done + ignored, is_proved FROM finance_checkpoint")
    assert counts
    assert all(received == done and proved for received, done, proved in counts)
    said = drill.database.query(
        "SELECT event, user_login FROM finance_audit_entry WHERE model = 'finance.alert' AND res_id ="
        " (SELECT id FROM finance_alert WHERE code = 'circuit') ORDER BY id"
    )
    assert [event for event, _login in said] == [
        "alert.raised",
        "alert.escalated",
        "alert.acknowledged",
        "alert.resolved",
    ]
    assert said[2][1] == "boss"
    page.goto("/odoo/action-finance_connector_base.finance_checkpoint_action")
    expect(page.locator(".o_data_row", has_text="Payments").first).to_contain_text("Proved")
    show(page, "proof")
