"""An administrator takes an access report, starts the review, and another one decides a line of it (A-14)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

PEOPLE = """
ref = env.ref
groups = [ref("base.group_user").id, ref("finance_connector_base.finance_group_auditor").id]
env["res.users"].create({"name": "Rita Reviewer", "login": "rita", "password": "rita", "email": "rita@example.com",
    "group_ids": [(6, 0, groups)]})
env.cr.commit()
"""


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.mark.data(PEOPLE)
def test_access_review(page: Page, person: Callable[[str], Page]) -> None:
    page.goto("/odoo/action-finance_integration_audit.finance_access_review_take_action")
    page.get_by_role("button", name="Take the report").click()
    conflict = page.get_by_role("cell", name="Give access rights / Release payments to the bank")
    expect(conflict.first).to_be_visible()
    picture(page, "access-report")
    page.get_by_role("button", name="Start the review").click()
    page.get_by_role("textbox", name="Reviewer").or_(page.get_by_label("Reviewer")).first.fill("Rita")
    page.get_by_role("option", name="Rita Reviewer").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Under review").first).to_be_visible()
    rita = person("rita")
    rita.goto("/odoo/action-finance_integration_audit.finance_access_line_action")
    rita.get_by_role("cell", name="Give access rights / Release payments to the bank").first.click()
    picture(rita, "access-line")
    rita.get_by_role("button", name="Confirm or revoke").click()
    rita.get_by_role("radio", name="Revoke").check()
    rita.get_by_label("Reason").last.fill("Nobody who gives rights pays")
    picture(rita, "access-decide")
    rita.get_by_role("button", name="Decide").click()
    expect(rita.locator(".o_form_view").get_by_text("Revoked").first).to_be_visible()
