"""The web client comes up complete: scripts, styles, fonts; the cockpit of the close is worked by keyboard (C-13)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in_by_form

#: a close with two companies and two tasks, of which the second waits for the first
CLOSE = """
from odoo.fields import Command
chart = env["finance.consolidation.chart"].create({"name": "Group"})
entities = env["finance.consolidation.entity"].create(
    [{"code": "DE01", "name": "Heron", "company_id": env.company.id}, {"code": "FR01", "name": "Egret"}])
scenario = env["finance.consolidation.scenario"].create({
    "name": "Actual", "code": "ACTUAL", "chart_id": chart.id, "entity_ids": [Command.set(entities.ids)]})
template = env["finance.close.template"].create({"name": "Month end", "scenario_id": scenario.id, "task_ids": [
    Command.create({"name": "Accruals"}), Command.create({"name": "Tax", "sequence": 20})]})
template.task_ids[1].depends_ids = template.task_ids[0]
env["finance.close.period"].create({"scenario_id": scenario.id}).action_open()
env.cr.commit()
"""


@pytest.mark.data(CLOSE)
def test_web_client_loads_without_errors(page: Page) -> None:
    page.context.clear_cookies()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda response: problems.append(response.url) if response.status >= 400 else None)
    log_in_by_form(page, "admin")
    page.goto("/odoo/apps")
    page.wait_for_selector(".o_kanban_view")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px FontAwesome'))")

    page.goto("/odoo/close-cockpit")
    first = page.get_by_role("button", name="DE01 Heron, Accruals: Open")
    expect(page.get_by_role("button", name="FR01 Egret, Tax: Waits")).to_be_visible()
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="DE01 Heron, Tax: Waits")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".o_form_statusbar button[name=action_done]").click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Done")
    page.goto("/odoo/close-cockpit")
    expect(page.get_by_role("button", name="DE01 Heron, Tax: Open")).to_be_visible()
    assert problems == []
