"""One event reaches five consumers once each, one of them down for an hour and subscribed by hand (X-09, B-19)."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from sandbox.process import StandIn
from suite.server import Server
from tests.browser.conftest import SCREENSHOTS
from tests.process.test_server import settles

if TYPE_CHECKING:
    from tests.conftest import Database, StartServer

KEY = base64.b64encode(os.urandom(32)).decode()
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NAMES = ("accounting", "treasury", "risk", "forecast")
DATA = """
import os
os.environ["FINANCE_MASTER_KEY"] = {key!r}
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
env.ref("base.user_admin").group_ids += env.ref("finance_connector_base.finance_group_admin")
posted = env["finance.event.type"].search([("name", "=", "finance.invoice.posted")])
for name in {names!r} + ("analytics",):
    connection = env["finance.connection"].create(
        {{"name": name.capitalize(), "adapter": "finance.adapter.webhook", "environment": "test", "check_ok": True,
         "state": "active", "http_base_url": "http://localhost:{port}/" + name, "http_networks": "127.0.0.0/8, ::1",
         "http_allow_plain": True}})
    connection._allow_hosts()
    if name != "analytics":
        subscription = env["finance.subscription"].create(
            {{"name": name, "connection_id": connection.id, "type_ids": [(6, 0, posted.ids)]}})
        env["finance.subscription.secret"]._put(subscription, {secret!r})
        subscription.action_start()
env.cr.commit()
"""
INVOICE = """
income, receivable = env["account.account"].create([
    {"name": "Income", "code": "EV400000", "account_type": "income"},
    {"name": "Receivable", "code": "EV120000", "account_type": "asset_receivable"}])
journal = env["account.journal"].create(
    {"name": "Events", "code": "EVT", "type": "sale", "default_account_id": income.id})
partner = env["res.partner"].create({"name": "Alder", "property_account_receivable_id": receivable.id})
env["account.move"].create({"move_type": "out_invoice", "partner_id": partner.id, "journal_id": journal.id,
    "invoice_date": "2026-03-01",
    "invoice_line_ids": [(0, 0, {"name": "a", "price_unit": 1190, "tax_ids": False})]}).action_post()
env.cr.commit()
"""


@pytest.fixture
def web(odoo_server: StartServer) -> Server:
    """A server that can open secrets."""
    return odoo_server(cron_threads=2, env={"FINANCE_MASTER_KEY": KEY})


@pytest.fixture
def outside() -> Iterator[StandIn]:
    with StandIn("sandbox.events") as running:
        running.control("PUT", "/receivers", {name: {"secrets": [SECRET]} for name in NAMES})
        yield running


def posted(outside: StandIn, name: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = outside.control("GET").get(name, {"events": []})["events"]
    return [event for event in events if event["type"] == "finance.invoice.posted"]


def subscribe_by_hand(page: Page, outside: StandIn) -> None:
    page.goto("/odoo/finance-subscriptions")
    page.get_by_role("button", name="New").click()
    form = page.locator(".o_form_view")
    form.locator("[name=name] input").fill("Invoices for analytics")
    form.locator("[name=connection_id] input").fill("Analytics")
    page.locator(".o-autocomplete--dropdown-item", has_text="Analytics").first.click()
    form.locator("[name=type_ids] input").fill("invoice.posted")
    page.locator(".o-autocomplete--dropdown-item", has_text="finance.invoice.posted").click()
    page.get_by_role("button", name="Save manually").click()
    page.get_by_role("button", name="Set the secret").click()
    dialog = page.locator(".modal")
    secret = dialog.locator("[name=value] input").input_value()
    assert secret.startswith("whsec_")
    outside.control("PUT", "/receivers", {"analytics": {"secrets": [secret]}})
    dialog.get_by_role("button", name="Save the secret").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(form.locator("[name=state] .o_arrow_button_current")).to_have_text(re.compile("Active"))
    page.get_by_role("button", name="Send a test").click()
    assert settles(lambda: len(outside.control("GET")["analytics"]["events"]) == 1, seconds=120)


@pytest.mark.timeout(600)
def test_x09_five_consumers_once_each_and_one_was_down(
    page: Page, web: Server, database: Database, outside: StandIn
) -> None:
    database.shell(DATA.format(key=KEY, names=NAMES, port=outside.ready["port"], secret=SECRET))
    page.reload()
    subscribe_by_hand(page, outside)

    outside.control("PUT", "/chaos", [{"mode": "status", "status": 503, "path": "/analytics"}])
    database.shell(INVOICE)
    assert settles(lambda: all(len(posted(outside, name)) == 1 for name in NAMES), seconds=180)
    waits = "SELECT count(*) FROM finance_message WHERE state = 'retry' AND res_model = 'finance.event'"
    assert settles(lambda: database.value(waits) == 1, seconds=120)
    assert posted(outside, "analytics") == []
    # else the tooltip of the column under the mouse may cover the row
    page.mouse.move(0, 700)
    page.goto("/odoo/finance-subscriptions")
    page.get_by_role("cell", name="Invoices for analytics").click()
    expect(page.locator(".o_form_view [name=health]")).to_have_text("Not arriving")
    page.screenshot(path=SCREENSHOTS / "subscription_failing.png")

    # an hour later
    outside.control("DELETE", "/chaos")
    database.query("UPDATE finance_message SET next_at = next_at - interval '1 hour' WHERE state = 'retry'")
    database.query(
        "UPDATE ir_cron SET nextcall = (now() AT TIME ZONE 'UTC') - interval '1 minute'"
        " WHERE cron_name LIKE '%%work the queue%%'"
    )
    replace(database, name="postgres").query("SELECT pg_notify('cron_trigger', %s)", database.name)
    assert settles(lambda: len(posted(outside, "analytics")) == 1, seconds=180)

    everybody = [posted(outside, name) for name in (*NAMES, "analytics")]
    assert {len(events) for events in everybody} == {1}
    assert len({events[0]["id"] for events in everybody}) == 1, "the same event, five times"
    assert all(one["repeated"] == 0 and one["refused"] == [] for one in outside.control("GET").values())
    page.reload()
    expect(page.locator(".o_form_view [name=health]")).to_have_text("Healthy")
    page.locator(".oe_stat_button", has_text="Delivered").click()
    rows = page.locator(".o_list_view .o_data_row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("finance.invoice.posted")
    page.screenshot(path=SCREENSHOTS / "subscription_deliveries.png")
