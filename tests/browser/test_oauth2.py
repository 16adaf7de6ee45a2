"""An administrator authorises a connection in the browser, and again after the permission was taken back (B-40)."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.process import StandIn
from tests.browser.conftest import SCREENSHOTS, log_in
from tests.conftest import Database, StartServer

KEY = base64.b64encode(b"master key of browser, 32 bytes!").decode()
#: everything but the log in
OFFICE = """
connection = env["finance.connection"].create(dict(
    name="Open bank", adapter="finance.adapter.test.http", environment="test",
    http_base_url="http://localhost:{port}", http_networks="127.0.0.0/8, ::1", http_allow_plain=True))
connection._allow_hosts()
env.cr.commit()
"""


@pytest.fixture
def system() -> Iterator[StandIn]:
    with StandIn("sandbox.http") as system:
        system.control("PUT", "/system", {"needs_token": True})
        yield system


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"oauth2-{name}.png", full_page=True)


def fill(page: Page, name: str, value: str) -> None:
    page.locator(f".o_field_widget[name={name}] input:visible").fill(value)


def choose(page: Page, name: str, label: str) -> None:
    page.locator(f".o_field_widget[name={name}] :is(input, select):visible").first.click()
    page.locator(".o_select_menu_item, .o-dropdown-item").filter(has_text=label).first.click()


@pytest.mark.timeout(600)
def test_b40_authorise_and_reauthorise(
    browser: Browser, start_server: StartServer, database: Database, system: StandIn
) -> None:
    port = system.ready["ports"]["plain"]
    database.shell(OFFICE.format(port=port))
    server = start_server(database, cron_threads=1, env={"FINANCE_MASTER_KEY": KEY})
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(60_000)
    page = context.new_page()
    log_in(page, "admin")
    page.goto("/odoo/finance-connections")
    page.get_by_text("Open bank").first.click()
    choose(page, "http_auth", "authorised by a person")
    page.get_by_role("tab", name="Authorisation").click()
    fill(page, "oauth_address", f"http://localhost:{port}/token")
    fill(page, "oauth_page", f"http://localhost:{port}/authorize")
    fill(page, "oauth_client", "odoo")
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_field_widget[name=oauth_state]")).to_have_text("Not authorised yet")
    picture(page, "settings")

    page.get_by_role("tab", name="Secrets").click()
    page.get_by_role("button", name="Set a secret").click()
    dialog = page.get_by_role("dialog")
    choose(page, "key", "Client secret")
    dialog.locator(".o_field_widget[name=value] input").fill("sandbox-secret")
    dialog.get_by_role("button", name="Save the secret").click()
    expect(dialog).to_be_hidden()

    page.get_by_role("button", name="Authorise", exact=True).click()
    expect(page.locator(".o_field_widget[name=oauth_state]")).to_have_text("Authorised")
    assert "code=" not in page.url and "state=" not in page.url
    page.get_by_role("tab", name="Authorisation").click()
    picture(page, "authorised")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("Connection works")).to_be_visible()

    system.control("POST", "/revoke")
    page.get_by_role("button", name="Test again").click()
    expect(page.locator(".o_field_widget[name=oauth_state]")).to_have_text("Has to be authorised again")
    picture(page, "gone")
    system.control("PUT", "/system", {"person_says": "access_denied"})
    page.get_by_role("button", name="Reauthorise", exact=True).click()
    back = page.get_by_role("link", name="Back to the connection")
    # the form that is left has alerts too
    back.wait_for()
    expect(page.get_by_role("alert")).to_contain_text("denied")
    picture(page, "denied")
    back.click()
    system.control("PUT", "/system", {"person_says": "yes"})
    page.get_by_role("button", name="Reauthorise", exact=True).click()
    expect(page.locator(".o_field_widget[name=oauth_state]")).to_have_text("Authorised")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("Connection works")).to_be_visible()
    assert system.control("GET")["reused"] == 0
    context.close()
