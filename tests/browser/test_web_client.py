"""The web client comes up complete: scripts, styles and fonts."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.conftest import log_in_by_form


def test_web_client_loads_without_errors(page: Page) -> None:
    page.context.clear_cookies()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda response: problems.append(response.url) if response.status >= 400 else None)
    log_in_by_form(page, "admin")
    page.goto("/odoo/apps")
    page.wait_for_selector(".o_kanban_view")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px FontAwesome'))")
    assert problems == []
