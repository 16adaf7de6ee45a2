"""A connection from a template, and a missing code that a steward maps and another one approves (B-47, B-06, B-07).

Three people with a browser each: the administrator sets up and goes live, one steward maps the code that the
messages lack, another one approves it. The messages then go through by themselves. Only the other system is played
behind the browsers' backs: it hands in the messages.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENSHOTS, log_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from suite.server import Server
    from tests.conftest import Database

COUNT = 12
PEOPLE = """
steward = env.ref("finance_connector_base.finance_group_mapping_steward")
for login in ("stella", "stefan"):
    env["res.users"].create({"name": login.title(), "login": login, "password": login,
        "group_ids": [(6, 0, [env.ref("base.group_user").id, steward.id])]})
env["finance.mapping.domain"].create({"code": "shop", "name": "Shops", "res_model": "res.partner"})
env["res.partner"].create({"name": "Shop on the corner"})
env.cr.commit()
"""
OTHER_SYSTEM = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
connection = env["finance.connection"].search([("name", "=", "Expense files")])
flow = env["finance.flow"].create(
    {"name": "Reports", "connection_id": connection.id, "handler": "finance.handler.test"})
env["finance.message"]._enqueue(flow, [
    Envelope(subject=f"report {number}", data={"do": "map", "domain": "shop", "code": "C-17", "key": f"k{number}"})
    for number in range(%d)])
env.cr.commit()
"""


@pytest.mark.timeout(900)
def test_from_a_template_to_messages_that_resume_after_an_approval(
    browser: Browser, web: Server, page: Page, database: Database
) -> None:
    database.shell(PEOPLE)
    _set_up(page)
    _go_live(page)
    database.shell(OTHER_SYSTEM % COUNT)
    states = "SELECT state, count(*) FROM finance_message GROUP BY state"
    _until(page, lambda: database.query(states) == [("held", COUNT)])
    with _person(browser, web, "stella") as stella:
        _map_the_code(stella)
    assert database.query(states) == [("held", COUNT)], "a proposal changes nothing"
    with _person(browser, web, "stefan") as stefan:
        _approve(stefan)
    _until(page, lambda: database.query(states) == [("done", COUNT)])
    assert database.value("SELECT count(DISTINCT key) FROM test_finance_effect") == COUNT
    assert database.value("SELECT count(*) FROM test_finance_effect") == COUNT
    page.goto("/odoo/action-finance_connector_base.finance_exception_action")
    page.wait_for_selector(".o_list_view, .o_view_nocontent")
    expect(page.get_by_text("Code without mapping")).to_have_count(0)


@contextmanager
def _person(browser: Browser, web: Server, login: str) -> Iterator[Page]:
    context = browser.new_context(base_url=web.url, viewport={"width": 1366, "height": 768})
    context.set_default_timeout(60_000)
    page = context.new_page()
    log_in(page, login)
    yield page
    context.close()


def _set_up(page: Page) -> None:
    page.goto("/odoo/finance-onboarding")
    page.wait_for_selector(".o_kanban_view, .o_view_nocontent")
    page.get_by_role("button", name="Configuration").click()
    page.get_by_role("menuitem", name="Set up a connection").click()
    dialog = page.locator(".modal-content")
    dialog.locator("div[name=template_id] input").click()
    page.locator(".o-autocomplete--dropdown-item", has_text="Manual files").first.click()
    # the template proposes its own name
    expect(dialog.locator("div[name=name] input")).to_have_value("Manual files")
    dialog.locator("div[name=name] input").fill("Expense files")
    dialog.get_by_label("Test", exact=True).check()
    _picture(page, "governance_wizard")
    dialog.get_by_role("button", name="Set up").click()
    expect(page.locator("div[name=item_ids] .o_data_row").first).to_be_visible()
    expect(page.locator("div[name=connection_id]").first).to_contain_text("Expense files")


def _go_live(page: Page) -> None:
    page.get_by_role("button", name="Go live").click()
    # what is left is named
    expect(page.locator(".modal-content, .o_notification").first).to_contain_text("Who brings the files")
    if page.locator(".modal-content").count():
        page.locator(".modal-content .btn-primary").first.click()
    page.locator(".o_data_row", has_text="Who brings the files").get_by_role("button", name="Sign off").click()
    dialog = page.locator(".modal-content")
    dialog.locator("div[name=evidence] textarea, div[name=evidence] input").first.fill("Agreed with Ann, mail of today")
    dialog.get_by_role("button", name="Sign off").click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("button", name="Test", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_role("button", name="Go live")).to_have_count(0)
    _picture(page, "governance_checklist")


def _map_the_code(page: Page) -> None:
    page.goto("/odoo/action-finance_connector_base.finance_exception_action")
    expect(page.get_by_text("Code without mapping").first).to_be_visible()
    if page.locator(".o_group_header").count() and not page.locator(".o_data_row").count():
        page.locator(".o_group_header").first.click()
    page.get_by_role("button", name="Map the code").first.click()
    record = page.locator("div[name=res_id] input").first
    record.click()
    record.fill("Shop on the corner")
    page.locator(".o-autocomplete--dropdown-item", has_text="Shop on the corner").first.click()
    _picture(page, "governance_mapping")
    page.get_by_role("button", name="Propose").first.click()
    expect(page.get_by_text("Another steward has to approve it").first).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def _approve(page: Page) -> None:
    page.goto("/odoo/finance-mappings")
    page.wait_for_selector(".o_list_view")
    page.locator(".o_data_row", has_text="C-17").get_by_role("button", name="Approve").click()
    expect(page.locator(".o_data_row", has_text="C-17")).to_contain_text("Active")
    _picture(page, "governance_approved")


def _until(page: Page, holds: Callable[[], bool]) -> None:
    for _try in range(240):
        if holds():
            return
        page.wait_for_timeout(500)
    raise AssertionError("it did not come true")


def _picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
