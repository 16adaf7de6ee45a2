"""An open circuit as an operator meets it (B-23, fault 48): what does not work, a try, closing it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from suite.server import Server
    from tests.conftest import Database

OUTAGE = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
connection = env["finance.connection"].create(
    {"name": "House bank", "adapter": "finance.adapter.test.http", "environment": "test", "check_ok": True,
     "state": "active", "http_base_url": "http://localhost:1", "http_networks": "127.0.0.0/8, ::1",
     "http_allow_plain": True, "max_concurrency": 2, "limit_ids": [(0, 0, {"rate": 20, "burst": 5})]})
connection._allow_hosts()
flow = env["finance.flow"].create(
    {"name": "Payments", "connection_id": connection.id, "handler": "finance.handler.test.http"})
env["finance.message"]._enqueue(flow, [Envelope(subject=f"payment {n}", data={}) for n in range(12)])
env["finance.dispatcher"]._drain(flows=flow)
env.cr.commit()
"""


def test_b23_see_try_and_close_an_open_circuit(page: Page, web: Server, database: Database) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    database.shell(OUTAGE)

    page.goto("/odoo/action-finance_connector_base.finance_connection_action_overview")
    card = page.locator(".o_kanban_record", has_text="House bank")
    expect(card).to_contain_text("The other system does not answer")
    page.screenshot(path=SCREENSHOTS / "circuit_overview.png")
    card.get_by_text("House bank").click()
    page.get_by_role("tab", name="Limits").click()
    expect(page.locator("div[name=limit_ids]")).to_contain_text("20 a second")
    page.locator("div[name=limit_ids]").scroll_into_view_if_needed()
    page.screenshot(path=SCREENSHOTS / "circuit_connection.png")
    page.locator(".oe_stat_button", has_text="Not working").click()

    row = page.locator(".o_data_row", has_text="localhost:1")
    expect(row).to_contain_text("cannot be reached")
    page.screenshot(path=SCREENSHOTS / "circuit_list.png")
    page.locator(".o_switch_view.o_kanban").click()
    expect(page.locator(".o_kanban_record", has_text="localhost:1")).to_contain_text("Next try")
    page.screenshot(path=SCREENSHOTS / "circuit_kanban.png")
    page.locator(".o_kanban_record", has_text="localhost:1").locator(".fs-5").click()
    expect(page.locator(".oe_stat_button", has_text="Waiting")).to_contain_text("12")
    page.screenshot(path=SCREENSHOTS / "circuit_form.png")

    page.get_by_role("button", name="Try now").click()
    expect(page.locator(".o_notification").first).to_contain_text("is tried now")
    page.get_by_role("button", name="Close by hand").click()
    dialog = page.locator(".modal-content")
    dialog.locator("div[name=reason] textarea").fill("The bank says that it works again")
    page.screenshot(path=SCREENSHOTS / "circuit_close.png")
    dialog.get_by_role("button", name="Close the circuit").click()
    expect(dialog).to_have_count(0)
    said = database.query("SELECT body FROM mail_message WHERE body LIKE %s", "%says that it works again%")
    assert len(said) == 1
