"""Unmatched lines by age and cause, a virtual account, a workbook, seen in the browser (K-02, K-17, K-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from suite import paths
from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_matching import DATA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Database

#: an administrator of connectors writes profiles
MORE = """
admin.group_ids |= env.ref("finance_connector_base.finance_group_admin")
env.cr.commit()
"""


def workbook(folder: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["Statement of Elbbank"], [], ["Day", "What", "Sum", "Saldo"], ["02.03.2020", "Coffee", -4.5, 95.5]):
        book.active.append(row)
    path = folder / "sample.xlsx"
    book.save(path)
    return path


@pytest.mark.data(DATA.replace("ROOT", str(paths.ROOT)) + MORE)
def test_k20_unmatched_virtual_accounts_and_sheets(page: Page, database: Database, tmp_path: Path) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/action-finance_bank_sync.finance_bank_aging_action")
    pivot = page.locator("div.o_pivot")
    expect(pivot).to_contain_text("Over 90 days")
    expect(pivot).to_contain_text("Several answers fit alike")
    expect(pivot).to_contain_text("Says neither who nor what for")
    page.screenshot(path=SCREENSHOTS / "unmatched.png")
    page.locator("button.o_switch_view.o_list").click()
    rows = page.locator(".o_data_row")
    expect(rows).to_have_count(4)
    page.screenshot(path=SCREENSHOTS / "unmatched_list.png")
    rows.filter(has_text="who knows").get_by_role("button", name="Settle").click()
    expect(page.locator(".modal-content")).to_contain_text("who knows")

    page.goto("/odoo/action-finance_bank_sync.finance_bank_virtual_account_action")
    page.get_by_role("button", name="New").click()
    page.locator("div[name=number] input").fill("DE89 3704 0044 0532 0130 00")
    page.locator("div[name=partner_id] input").fill("Contoso")
    page.locator(".o-autocomplete--dropdown-item", has_text="Contoso").first.click()
    page.get_by_role("button", name="Save").click()
    expect(rows).to_have_count(1)
    page.screenshot(path=SCREENSHOTS / "virtual_accounts.png")

    _read_a_workbook(page, workbook(tmp_path))
    assert database.query(
        "SELECT s.format, s.proof, l.amount::float FROM finance_bank_statement s JOIN finance_bank_entry e"
        " ON e.statement_id = s.id JOIN account_bank_statement_line l ON l.id = e.line_id WHERE s.format = 'xlsx'"
    ) == [("xlsx", "proved", -4.5)]


def _read_a_workbook(page: Page, file: Path) -> None:
    """A workbook that nothing can read yet: uploaded, held, described from what it shows, on the ledger (K-02)."""
    page.goto("/odoo/action-finance_bank_sync.finance_bank_upload_wizard_action")
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_text(file.name).first.wait_for()
    page.locator(".modal-footer").get_by_role("button", name="Upload").click()
    expect(page.locator(".o_control_panel")).to_contain_text("Uploaded files")
    # the list looks again by itself
    expect(page.locator(".o_data_row", has_text=file.name)).to_contain_text("Unknown file format")
    describe = page.get_by_role("button", name="Describe its columns")
    _until_there(page, "finance_connector_base.finance_exception_action", describe)
    describe.click()
    dialog = page.locator(".modal-content")
    expect(dialog.locator("div[name=preview]")).to_contain_text("-4.50")
    expect(dialog.locator("div[name=delimiter]")).to_have_count(0)
    date = dialog.locator("div[name=column_date] input")
    expect(date).to_have_value("Day")
    assert dialog.locator(f"datalist#{date.get_attribute('list')} option").evaluate_all(
        "options => options.map((option) => option.value)"
    ) == ["Day", "What", "Sum", "Saldo"]
    dialog.locator("div[name=column_text] input").fill("Nowhere")
    dialog.locator("div[name=column_text] input").press("Tab")
    expect(dialog.locator("div[name=preview]")).to_contain_text("Nowhere")
    dialog.locator("div[name=column_text] input").fill("What")
    dialog.locator("div[name=column_text] input").press("Tab")
    expect(dialog.locator("div[name=preview]")).to_contain_text("Coffee")
    if not dialog.locator("div[name=journal_id] input").input_value():
        dialog.locator("div[name=journal_id] input").fill("Elbbank")
        page.locator(".o-autocomplete--dropdown-item", has_text="Elbbank").first.click()
    page.screenshot(path=SCREENSHOTS / "sheet_profile.png")
    dialog.locator(".modal-footer .btn-primary").first.click()
    expect(dialog).to_have_count(0)
    row = page.locator(".o_data_row", has_text=file.name).filter(has_text="On the ledger")
    _until_there(page, "finance_bank_sync.finance_bank_statement_action", row)
    page.screenshot(path=SCREENSHOTS / "sheet_statement.png")


def _until_there(page: Page, action: str, what: Locator) -> None:
    """Look at a list until scheduled actions have brought something into it."""
    for _look in range(45):
        page.goto(f"/odoo/action-{action}")
        page.wait_for_selector(".o_list_view, .o_view_nocontent")
        page.wait_for_timeout(1_000)
        if what.count():
            return
        page.wait_for_timeout(1_000)
    expect(what).to_have_count(1)
