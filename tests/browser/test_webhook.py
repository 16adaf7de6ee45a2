"""An administrator sets up a webhook, the sender delivers, and what is refused says what to do (B-18)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from suite.server import Server
from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from tests.conftest import Database, StartServer

KEY = base64.b64encode(os.urandom(32)).decode()
DATA = """
env.ref("base.user_admin").group_ids += env.ref("finance_connector_base.finance_group_admin")
connection = env["finance.connection"].create({"name": "Payment gateway", "adapter": "finance.adapter.test",
    "environment": "test", "check_ok": True, "state": "active", "max_concurrency": 2})
env["finance.flow"].create({"name": "Payment events", "connection_id": connection.id,
    "handler": "finance.handler.test.event"})
env.cr.commit()
"""


@pytest.fixture
def web(odoo_server: StartServer) -> Server:
    """A server that can seal secrets."""
    return odoo_server(cron_threads=2, env={"FINANCE_MASTER_KEY": KEY})


def deliver(url: str, secret: str, identity: str) -> int:
    body = json.dumps(
        {"id": identity, "type": "payment.settled", "created": 5, "data": {"object": {"id": "p1", "status": 2}}}
    ).encode()
    at = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{identity}.{at}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": at,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_b18_from_the_form_to_the_first_delivery(page: Page, web: Server, database: Database) -> None:
    database.shell(DATA)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/finance-webhooks")
    expect(page.get_by_text("No system delivers events yet")).to_be_visible()
    page.get_by_role("button", name="New").click()
    page.locator("div[name=name] input").fill("Events of the gateway")
    for field, value in (("connection_id", "Payment gateway"), ("flow_id", "Payment events")):
        page.locator(f"div[name={field}] input").fill(value)
        page.locator(".o-autocomplete--dropdown-item", has_text=value).first.click()
    page.locator("div[name=key_path] input").fill("data.object.id")
    page.locator("div[name=rank_path] input").fill("created")
    page.locator(".o_form_button_save").click()
    page.get_by_role("button", name="Set the secret").first.click()
    dialog = page.locator(".modal-content")
    secret = dialog.locator("div[name=value] input").input_value()
    page.screenshot(path=SCREENSHOTS / "webhook_secret.png")
    dialog.get_by_role("button", name="Save the secret").click()
    expect(page.locator(".modal-content")).to_have_count(0)
    address = str(database.value("SELECT slug FROM finance_webhook"))
    assert deliver(f"{web.url}/finance/webhook/{address}", secret, "evt-1") == 200
    assert deliver(f"{web.url}/finance/webhook/{address}", secret, "evt-1") == 200
    assert deliver(f"{web.url}/finance/webhook/{address}", secret.replace(secret[6:10], "AAAA"), "evt-2") == 401
    page.reload()
    expect(page.locator("button[name=action_view_deliveries]")).to_contain_text("2")
    expect(page.locator("button[name=action_view_refusals]")).to_contain_text("1")
    page.screenshot(path=SCREENSHOTS / "webhook_form.png")
    page.locator("button[name=action_view_refusals]").click()
    expect(page.locator(".o_data_row")).to_contain_text("Wrong signature")
    page.screenshot(path=SCREENSHOTS / "webhook_refusals.png")
