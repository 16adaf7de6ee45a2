"""An incident as finance and as operations see it, each on their own dashboard (A-09)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from suite.server import Server
    from tests.conftest import Database

OUTAGE = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
groups = ("finance_connector_base.finance_group_operator", "account.group_account_readonly")
env.ref("base.user_admin").write({"group_ids": [(4, env.ref(name).id) for name in groups]})
connection = env["finance.connection"].create(
    {"name": "House bank", "adapter": "finance.adapter.test.http", "environment": "test", "check_ok": True,
     "state": "active", "http_base_url": "http://localhost:1", "http_networks": "127.0.0.0/8, ::1",
     "http_allow_plain": True, "max_concurrency": 2})
connection._allow_hosts()
flow = env["finance.flow"].create(
    {"name": "Payments", "connection_id": connection.id, "handler": "finance.handler.test.http"})
env["finance.message"]._enqueue(flow, [Envelope(subject=f"payment {n}", data={}) for n in range(12)])
env["finance.dispatcher"]._drain(flows=flow)
env["finance.metric.rollup"]._cron_roll_up()
env.cr.commit()
"""


def test_a09_one_incident_on_two_dashboards(page: Page, web: Server, database: Database) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    database.shell(OUTAGE)
    page.set_viewport_size({"width": 1366, "height": 1100})

    for name in ("operations", "finance"):
        page.goto(f"/odoo/{name}-dashboard")
        incident = page.locator("[data-table=incidents] tbody tr", has_text="House bank")
        expect(incident).to_contain_text("Does not answer")
        expect(incident).to_contain_text("12")
        # nothing is cut off at the width of a notebook
        assert page.evaluate("document.documentElement.scrollWidth <= 1366")
        page.screenshot(path=SCREENSHOTS / f"dashboard_{name}.png")

    page.goto("/odoo/operations-dashboard")
    page.get_by_role("button", name="30 days").click()
    waiting = page.locator("[data-card=waiting]")
    expect(waiting).to_contain_text("12")
    waiting.click()
    expect(page.locator(".o_data_row")).to_have_count(12)
    # Odoo writes the list into the history a moment after it shows it: back before that leaves the dashboard, too
    expect(page).not_to_have_url(re.compile("-dashboard$"))
    page.go_back()
    page.locator("[data-card=circuits]").click()
    expect(page.locator(".o_data_row", has_text="localhost:1")).to_have_count(1)
