"""Two administrators: an edit waits, the other one approves with the password; a promotion is compared (B-46, B-56)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS, log_in

if TYPE_CHECKING:
    from tests.conftest import Database

SETUP = """
groups = [env.ref(f"finance_connector_base.finance_group_{name}").id for name in ("admin", "mapping_steward")]
for login in ("first", "second"):
    env["res.users"].create({
        "name": login.capitalize(), "login": login, "password": login,
        "group_ids": [(6, 0, [env.ref("base.group_user").id, *groups])],
    })
env["finance.host"].create([
    {"name": "sandbox.bank.example", "environment": "sandbox", "system": "bank"},
    {"name": "new.bank.example", "environment": "sandbox"},
    {"name": "api.bank.example", "environment": "production", "system": "bank"},
])
connection = env["finance.connection"].create({
    "name": "House bank", "adapter": "finance.adapter.sftp", "environment": "sandbox", "state": "active",
    "check_ok": True, "sftp_host": "sandbox.bank.example", "sftp_username": "me",
})
env["finance.flow"].create(
    {"name": "Statements", "connection_id": connection.id, "handler": "finance.handler.test", "fetch_interval": 0}
)
env.cr.commit()
"""


def test_b56_an_edit_waits_and_b46_a_promotion_is_compared(page: Page, database: Database) -> None:
    database.shell(SETUP)
    _as(page, "first")
    _open_connection(page)
    page.locator("div[name=sftp_host] input").fill("new.bank.example")
    page.locator(".o_form_button_save").click()
    expect(page.locator("div[name=pending_change]")).to_contain_text("A change waits for approval")
    expect(page.locator("div[name=sftp_host] input")).to_have_value("sandbox.bank.example")
    _picture(page, "change_waits")
    _as(page, "second")
    _open_connection(page)
    page.locator("div[name=pending_change] a, div[name=pending_change] .o_form_uri").first.click()
    expect(page.locator("div[name=difference]")).to_contain_text("new.bank.example")
    _picture(page, "change_approve")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.locator(".modal-content input[type=password]").fill("second")
    _picture(page, "change_password")
    page.locator(".modal-footer .btn-primary").click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("In force")
    _open_connection(page)
    expect(page.locator("div[name=sftp_host] input")).to_have_value("new.bank.example")
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Paused")
    # the configuration goes to production: by way of the list of hosts the connection would reach the same system
    page.locator("div[name=sftp_host] input").fill("sandbox.bank.example")
    page.locator(".o_form_button_save").click()
    _as(page, "first")
    database.shell(
        "env['finance.connection'].search([('name', '=', 'House bank')]).sftp_host = 'sandbox.bank.example'\n"
        "env.cr.commit()"
    )
    _open_connection(page)
    page.locator(".o_cp_action_menus .dropdown-toggle").click()
    page.get_by_role("menuitem", name="Promote").click()
    page.locator(
        ".modal-content div[name=environment] select, .modal-content div[name=environment] input"
    ).first.click()
    _choose_production(page)
    _picture(page, "promotion_dialog")
    page.get_by_role("button", name="Propose in this database").click()
    expect(page.locator("div[name=difference]")).to_contain_text("api.bank.example")
    expect(page.locator("div[name=difference]")).to_contain_text("is there")
    _picture(page, "promotion_change")


def _choose_production(page: Page) -> None:
    choice = page.locator(".modal-content div[name=environment] select")
    if choice.count():
        choice.select_option(label="Production")
    else:
        page.get_by_role("option", name="Production").or_(
            page.locator(".o-dropdown-item:has-text('Production')")
        ).first.click()


def _as(page: Page, login: str) -> None:
    page.goto("/web/session/logout?redirect=/web/login")
    # the login page would offer the person before
    page.evaluate("localStorage.clear()")
    page.context.clear_cookies()
    log_in(page, login)


def _open_connection(page: Page) -> None:
    page.goto("/odoo/action-finance_connector_base.finance_connection_action?view_type=list")
    page.get_by_text("House bank").first.click()
    expect(page.locator("div[name=sftp_host] input")).to_be_visible()


def _picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
