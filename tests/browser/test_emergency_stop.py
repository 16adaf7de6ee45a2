"""The emergency stop as people meet it (G-10): from the menu, with a reason; the banner; the release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from suite.server import Server

BANNER = ".o_finance_stop_banner"


def test_g10_stop_from_the_menu_see_it_everywhere_and_release(page: Page, web: Server) -> None:
    page.goto("/odoo/action-finance_connector_base.finance_connection_action_overview")
    page.wait_for_selector(".o_kanban_view")
    expect(page.locator(BANNER)).to_have_count(0)
    page.get_by_role("button", name="Emergency stop").click()
    page.get_by_role("menuitem", name="Stop now").click()
    dialog = page.locator(".modal-content")
    dialog.get_by_label("Everything").check()
    dialog.locator("div[name=reason] textarea").fill("The bank reports a stolen key")
    dialog.get_by_role("button", name="Stop now").click()
    expect(page.locator(BANNER)).to_contain_text("The bank reports a stolen key")

    page.goto("/odoo/action-finance_connector_base.finance_message_action")
    expect(page.locator(BANNER)).to_contain_text("Emergency stop: Everything")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "emergency_stop_banner.png")
    page.goto("/odoo/discuss")
    page.wait_for_selector(".o_action_manager *")
    expect(page.locator(BANNER)).to_have_count(0)

    page.goto("/odoo/finance-stops")
    page.locator(BANNER).get_by_role("button", name="Show").click()
    page.locator(".o_data_row").get_by_role("button", name="Release").click()
    dialog = page.locator(".modal-content")
    dialog.locator("div[name=reason] textarea").fill("The key was replaced")
    dialog.get_by_role("button", name="Release").click()
    expect(page.locator(BANNER)).to_have_count(0)
    expect(page.locator(".o_view_nocontent_smiling_face")).to_be_visible()
