"""Two feeds side by side: compared, cut over by two people with a browser each (B-51).

The one who sets it up starts it and compares; what differs stops the cut over until it is below the tolerance that was
agreed. He proposes, and cannot approve; another administrator approves with the password. Only then the new feed works.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from tests.conftest import Database

SET_UP = """
admin = env.ref("finance_connector_base.finance_group_admin")
for login in ("adam", "eve"):
    env["res.users"].create({"name": login.title(), "login": login, "password": login,
        "group_ids": [(6, 0, [env.ref("base.group_user").id, admin.id])]})
connection = env["finance.connection"]._manual(env.company)
old, new = env["finance.flow"].create([
    {"name": name, "connection_id": connection.id, "handler": "finance.handler.test"} for name in ("Old", "New")])
env["finance.dual.run"].create({"name": "Invoices of the shop", "domain": "invoice", "old_flow_id": old.id,
    "new_flow_id": new.id, "amount_path": "total", "currency_path": "currency", "ignored_paths": "key"})
env.cr.commit()
"""
BRING = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
for flow in env["finance.flow"].search([("name", "in", ("Old", "New"))]):
    env["finance.message"]._enqueue(flow, [Envelope(subject=number, business_key=number, data={
        "do": "effect", "key": f"{flow.name} {number}", "currency": "EUR",
        "total": "100.02" if (flow.name, number) == ("New", "R2") else "100.00"}) for number in %r])
env.cr.commit()
"""
DONE = """
    SELECT count(*) FROM finance_message m JOIN finance_flow f ON f.id = m.flow_id
     WHERE f.name->>'en_US' IN ('Old', 'New') AND m.state IN ('done', 'ignored')
"""
EFFECTS = "SELECT string_agg(key, ', ' ORDER BY key) FROM test_finance_effect"


@pytest.mark.data(SET_UP)
def test_b51_two_people_cut_over(person: Callable[[str], Page], database: Database) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    adam = _opened(person("adam"))
    _press(adam, "action_start")
    adam.get_by_role("button", name="Ok", exact=False).last.click()
    expect(adam.locator(".o_arrow_button_current")).to_have_text("Side by side")
    _bring(adam, database, ["R1", "R2"], 4)
    assert database.value(EFFECTS) == "Old R1, Old R2", "the new feed works nothing"

    _press(adam, "action_compare")
    expect(adam.locator("[name=blockers]")).to_contain_text("1 differences are open.")
    adam.get_by_role("tab", name="Result").click()
    expect(adam.locator("[name=difference_ids] tbody")).to_contain_text("100.02")
    expect(adam.locator("button[name=action_propose_cut_over]")).to_have_count(0)
    adam.screenshot(path=SCREENSHOTS / "dual_run_differs.png")
    adam.get_by_role("tab", name="What is compared").click()
    adam.locator("[name=tolerance] input").fill("0.02")
    adam.locator(".o_form_button_save").click()
    _press(adam, "action_compare")
    _press(adam, "action_propose_cut_over")
    expect(adam.locator("button[name=action_withdraw]")).to_have_text("Withdraw")
    expect(adam.locator("button[name=action_approve]")).to_have_count(0)

    eve = _opened(person("eve"))
    expect(eve.locator("button[name=action_withdraw]")).to_have_text("Refuse")
    _press(eve, "action_approve")
    eve.locator(".modal-content input[type=password]").fill("eve")
    eve.screenshot(path=SCREENSHOTS / "dual_run_approve.png")
    eve.locator(".modal-footer button.btn-primary").click()
    expect(eve.locator(".o_arrow_button_current")).to_have_text("Cut over")
    _bring(eve, database, ["R3"], 6)
    assert database.value(EFFECTS) == "New R3, Old R1, Old R2", "from now on the new one works, and nothing twice"
    eve.screenshot(path=SCREENSHOTS / "dual_run_cut_over.png")


def _opened(page: Page) -> Page:
    page.goto("/odoo/finance-dual-runs")
    page.get_by_role("cell", name="Invoices of the shop").click()
    expect(page.locator("button[name=action_compare], button[name=action_start]").first).to_be_visible()
    return page


def _press(page: Page, button: str) -> None:
    page.locator(f".o_statusbar_buttons button[name={button}]").click()


def _bring(page: Page, database: Database, numbers: list[str], finished: int) -> None:
    """Let both feeds bring these transactions, and wait until the workers have seen them."""
    database.shell(BRING % (numbers,))
    for _second in range(120):
        if database.value(DONE) == finished:
            return
        page.wait_for_timeout(500)
    raise AssertionError(database.query("SELECT state, count(*) FROM finance_message GROUP BY state"))
