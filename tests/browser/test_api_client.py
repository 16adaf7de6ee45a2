"""An administrator lets a program in, and sees its key once (B-20, B-22)."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from suite.server import Server
    from tests.conftest import Database

DATA = """
env.ref("base.user_admin").group_ids += env.ref("finance_connector_base.finance_group_admin")
env["res.users"].create({"name": "Treasury platform", "login": "treasury-platform", "group_ids": [
    (6, 0, [env.ref("base.group_user").id, env.ref("finance_connector_base.finance_group_viewer").id])]})
env.cr.commit()
"""


def test_b22_a_program_is_let_in(page: Page, web: Server, database: Database) -> None:
    database.shell(DATA)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/finance-programs")
    expect(page.get_by_text("No program may ask yet")).to_be_visible()
    page.get_by_role("button", name="New").click()
    page.locator("div[name=name] input").fill("Treasury platform")
    for field, value in (("user_id", "Treasury platform"), ("right_ids", "Read what has become")):
        page.locator(f"div[name={field}] input").fill(value)
        page.locator(".o-autocomplete--dropdown-item", has_text=value).first.click()
    page.locator(".o_form_button_save").click()
    page.get_by_role("button", name="Make a key").first.click()
    page.locator(".modal-content input[type=password]").fill("admin")
    page.get_by_role("button", name="Confirm Password").click()
    page.locator(".modal-content").get_by_role("button", name="Make the key").click()
    shown = page.locator(".modal-content div[name=key]")
    expect(shown).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "api_key.png")
    key = shown.inner_text().strip()
    page.locator(".modal-content").get_by_role("button", name="Done").click()
    address = f"{web.url}/finance/api/v1/messages"
    asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(asked) as answer:
        assert json.loads(answer.read()) == {"data": [], "next": None}
    page.reload()
    expect(page.locator("div[name=key_state]")).to_have_text("Valid")
    expect(page.locator("div[name=request_count]")).to_have_text("1")
    page.screenshot(path=SCREENSHOTS / "api_client.png")
