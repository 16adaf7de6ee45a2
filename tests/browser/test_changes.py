"""Two administrators: edits and additions wait, the other one approves; a promotion is compared (B-46, B-56)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SCREENSHOTS

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
env["finance.connection"].create({
    "name": "House interface", "adapter": "finance.adapter.test.http", "environment": "sandbox", "state": "active",
    "check_ok": True, "http_base_url": "https://sandbox.bank.example/",
})
env.cr.commit()
"""


@pytest.mark.data(SETUP)
def test_b56_an_edit_waits_and_b46_a_promotion_is_compared(person: Callable[[str], Page], database: Database) -> None:
    first, second = person("first"), person("second")
    page = first
    _open_connection(page)
    page.locator("div[name=sftp_host] input").fill("new.bank.example")
    page.locator(".o_form_button_save").click()
    expect(page.locator("div[name=pending_change]")).to_contain_text("A change waits for approval")
    expect(page.locator("div[name=sftp_host] input")).to_have_value("sandbox.bank.example")
    _picture(page, "change_waits")
    page = second
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
    _additions_wait_count_and_are_rolled_back(first, second, database)
    _open_connection(page)
    # the configuration goes to production: by way of the list of hosts the connection would reach the same system
    page.locator("div[name=sftp_host] input").fill("sandbox.bank.example")
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_button_save")).to_be_hidden()
    page = first
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


def _additions_wait_count_and_are_rolled_back(page: Page, second: Page, database: Database) -> None:
    """B-56: a flow and a limit added to a connection in use begin after approval, and end the same way."""
    _open_connection(page, "House interface", "http_base_url")
    page.get_by_role("tab", name="Limits").click()
    page.locator("div[name=limit_ids] .o_field_x2many_list_row_add a").click()
    row = page.locator("div[name=limit_ids] .o_selected_row")
    row.locator("div[name=path] input").fill("/v2/payments")
    row.locator("div[name=rate] input").fill("5")
    page.get_by_role("tab", name="Flows").click()
    page.locator("div[name=flow_ids] .o_field_x2many_list_row_add a").click()
    row = page.locator("div[name=flow_ids] .o_selected_row")
    row.locator("div[name=name] input").fill("Balances")
    _choose(page, row.locator("div[name=handler]"), "Test")
    page.locator(".o_form_button_save").click()
    expect(page.locator(".o_form_button_save")).to_be_hidden()
    told = page.locator(".o_notification_manager:not(.editor_notification_manager)")
    expect(told).to_contain_text("Balances begins when another connector administrator approves it")
    expect(told).to_contain_text("Limit of House interface (/v2/payments) begins")
    _picture(page, "additions_wait")
    in_force = (
        "SELECT (SELECT count(*) FROM finance_limit WHERE path = '/v2/payments' AND active),"
        " (SELECT count(*) FROM finance_flow WHERE name->>'en_US' = 'Balances' AND active)"
    )
    assert database.query(in_force) == [(0, 0)], "they begin after approval"
    for number in range(2):
        _decide_first_waiting(second, database, f"addition_{number + 1}")
    assert database.query(in_force) == [(1, 1)]
    second.get_by_role("button", name="Roll back").click()
    expect(second.locator("div[name=rolls_back_id]")).to_be_visible()
    # a whole flow or limit ends: nothing stands on the other side
    expect(second.locator("div[name=difference] tr", has_text="Connection").locator("td").last).to_have_text("-")
    _picture(second, "roll_back_waits")
    expect(second.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    _decide_first_waiting(page, database, "roll_back_approved", password="first")
    assert sum(database.query(in_force)[0]) == 1


def _decide_first_waiting(page: Page, database: Database, picture: str, password: str = "second") -> None:
    # by its number: a list shows for a moment what it showed the last time, one that was decided among it
    [[change]] = database.query("SELECT max(id) FROM finance_config_change WHERE state = 'proposed'")
    page.goto(f"/odoo/finance-config-changes/{change}")
    expect(page.locator("div[name=difference]")).to_be_visible()
    page.get_by_role("button", name="Approve", exact=True).click()
    current = page.locator(".o_statusbar_status .o_arrow_button_current")
    asked = page.locator(".modal-content input[type=password]")
    # asked once in ten minutes
    expect(asked.or_(current.filter(has_text="In force"))).to_be_visible()
    if asked.is_visible():
        asked.fill(password)
        page.locator(".modal-footer .btn-primary").click()
    expect(current).to_have_text("In force")
    _picture(page, picture)


def _choose(page: Page, field: Locator, label: str) -> None:
    """Choose in a selection of a list that is being edited, however it is drawn."""
    choice = field.locator("select")
    if choice.count():
        choice.select_option(label=label)
        return
    field.locator("input").click()
    page.locator(".o-dropdown-item, .o_select_menu_item").get_by_text(label, exact=True).first.click()


def _choose_production(page: Page) -> None:
    choice = page.locator(".modal-content div[name=environment] select")
    if choice.count():
        choice.select_option(label="Production")
    else:
        page.get_by_role("option", name="Production").or_(
            page.locator(".o-dropdown-item:has-text('Production')")
        ).first.click()


def _open_connection(page: Page, name: str = "House bank", place: str = "sftp_host") -> None:
    page.goto("/odoo/action-finance_connector_base.finance_connection_action?view_type=list")
    page.get_by_text(name).first.click()
    expect(page.locator(f"div[name={place}] input")).to_be_visible()


def _picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
