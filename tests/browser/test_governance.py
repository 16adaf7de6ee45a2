"""A connection from a template, and missing codes that a steward maps and another one approves (B-47, B-06, B-07).

Three people with a browser each: the administrator sets up and goes live, one steward maps the code that the
messages lack, another one approves it. The messages then go through by themselves. Then two codes at once: proposed
with one click from the list of codes without mapping, approved, rolled back as one change set, and replayed, which
asks which mappings count (fault 51). Only the other system is played behind the browsers' backs: it hands in messages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS, expect_no_exception

if TYPE_CHECKING:
    from tests.conftest import Database

COUNT = 12
PEOPLE = """
steward = env.ref("finance_connector_base.finance_group_mapping_steward")
for login in ("stella", "stefan"):
    env["res.users"].create({"name": login.title(), "login": login, "password": login,
        "group_ids": [(6, 0, [env.ref("base.group_user").id, steward.id])]})
env["finance.mapping.domain"].create({"code": "shop", "name": "Shops", "res_model": "res.partner"})
names = ("Shop on the corner", "Bakery at the mill", "Harbour florist")
env["res.partner"].create([{"name": name} for name in names])
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
TWO_MORE = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
flow = env["finance.flow"].search([("name", "=", "Reports")])
env["finance.message"]._enqueue(flow, [
    Envelope(subject=f"report {code}", data={"do": "map", "domain": "shop", "code": code, "label": label, "key": code})
    for code, label in (("C-20", "BAKERY AT THE MILL"), ("C-21", "Harbour Florist Ltd"))])
env.cr.commit()
"""


@pytest.mark.timeout(900)
@pytest.mark.data(PEOPLE)
def test_from_a_template_to_messages_that_resume_after_an_approval(
    person: Callable[[str], Page], page: Page, database: Database
) -> None:
    _set_up(page)
    _go_live(page)
    database.shell(OTHER_SYSTEM % COUNT)
    states = "SELECT state, count(*) FROM finance_message GROUP BY state"
    _until(page, lambda: database.query(states) == [("held", COUNT)])
    stella, stefan = person("stella"), person("stefan")
    _map_the_code(stella)
    assert database.query(states) == [("held", COUNT)], "a proposal changes nothing"
    _approve(stefan)
    _until(page, lambda: database.query(states) == [("done", COUNT)])
    assert database.value("SELECT count(DISTINCT key) FROM test_finance_effect") == COUNT
    assert database.value("SELECT count(*) FROM test_finance_effect") == COUNT
    expect_no_exception(page)
    database.shell(TWO_MORE)
    _until(page, lambda: database.query(states) == [("done", COUNT), ("held", 2)])
    _propose_all(stella)
    assert database.value("SELECT count(*) FROM finance_message WHERE state = 'held'") == 2
    _approve_set(stefan, "Codes without mapping", "change_set_approve")
    _until(page, lambda: database.query(states) == [("done", COUNT + 2)])
    _roll_back(stella)
    _approve_set(stefan, "Roll back:", "change_set_roll_back")
    active = "SELECT count(*) FROM finance_mapping WHERE state = 'active' AND code IN ('C-20', 'C-21')"
    assert database.value(active) == 0
    stefan.goto("/odoo/finance-mapping-sets")
    first = stefan.locator(".o_data_row").filter(has_not_text="Roll back:")
    expect(first).to_contain_text("Rolled back")
    _replay(page)
    replays = "SELECT state, mapping_choice FROM finance_message WHERE replay_of_id IS NOT NULL"
    _until(page, lambda: database.query(replays) == [("done", "before")])


def _set_up(page: Page) -> None:
    # on a narrower screen the last menus fold away behind "+"
    page.set_viewport_size({"width": 1680, "height": 900})
    page.goto("/odoo/finance-onboarding")
    page.wait_for_selector(".o_kanban_view, .o_view_nocontent")
    page.get_by_role("button", name="Configuration").click()
    page.get_by_role("menuitem", name="Set up a connection").click()
    dialog = page.locator(".modal-content")
    dialog.locator("div[name=template_id] input").press_sequentially("Manual")
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


def _propose_all(page: Page) -> None:
    page.goto("/odoo/finance-unmapped")
    expect(page.locator(".o_data_row", has_text="C-20")).to_contain_text("Bakery at the mill")
    expect(page.locator(".o_data_row", has_text="C-21")).to_contain_text("Harbour florist")
    _picture(page, "unmapped_codes")
    page.locator("thead .o_list_record_selector input").check()
    page.get_by_role("button", name="Propose the suggestions").click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Proposed")
    expect(page.locator("div[name=own_proposal]")).to_be_visible()
    expect(page.get_by_role("button", name="Approve all")).to_have_count(0)
    _picture(page, "change_set_proposed")


def _approve_set(page: Page, name: str, picture: str) -> None:
    page.goto("/odoo/finance-mapping-sets")
    page.locator(".o_data_row", has_text=name).first.locator("td[name=name]").click()
    expect(page.get_by_role("button", name="Approve all")).to_be_visible()
    for code in ("C-20", "C-21"):
        expect(page.locator(".o_form_view")).to_contain_text(code)
    _picture(page, picture)
    page.get_by_role("button", name="Approve all").click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("In force")


def _roll_back(page: Page) -> None:
    page.goto("/odoo/finance-mapping-sets")
    page.locator(".o_data_row", has_text="Codes without mapping").first.locator("td[name=name]").click()
    page.get_by_role("button", name="Roll back").click()
    page.locator(".modal-content .btn-primary").click()
    expect(page.locator("div[name=rolls_back_id]")).to_contain_text("Codes without mapping")
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Proposed")


def _replay(page: Page) -> None:
    page.goto("/odoo/finance-messages")
    page.wait_for_selector(".o_list_view")
    page.locator(".o_data_row", has_text="report C-20").locator("td[name=subject]").click()
    page.get_by_role("button", name="Replay", exact=True).click()
    dialog = page.locator(".modal-content")
    expect(dialog.locator("div[name=mappings]")).to_contain_text("Bakery at the mill")
    expect(dialog.locator("div[name=mappings]")).to_contain_text("not mapped")
    _picture(page, "replay_mappings")
    dialog.locator("div[name=reason] textarea").fill("The effect was deleted by mistake")
    # nothing is chosen for the person
    dialog.get_by_role("button", name="Replay", exact=True).click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("As used before").check()
    dialog.get_by_role("button", name="Replay", exact=True).click()
    expect(dialog).to_have_count(0)


def _until(page: Page, holds: Callable[[], bool]) -> None:
    for _try in range(240):
        if holds():
            return
        page.wait_for_timeout(500)
    raise AssertionError("it did not come true")


def _picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
