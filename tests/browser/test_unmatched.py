"""Unmatched lines by age and cause, a virtual account, an XLSX profile, seen in the browser (K-02, K-17, K-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

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
    for row in (["Day", "What", "Sum"], ["02.03.2026", "Coffee", -4.5]):
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

    page.goto("/odoo/action-finance_bank_sync.finance_bank_statement_profile_action")
    page.get_by_role("button", name="New").click()
    page.locator("div[name=name] input").fill("Sheet of Elbbank")
    page.locator("div[name=journal_id] input").fill("Elbbank")
    page.locator(".o-autocomplete--dropdown-item", has_text="Elbbank").first.click()
    page.locator("div[name=kind]").get_by_label("XLSX").check()
    expect(page.locator("div[name=delimiter]")).to_have_count(0)
    for name, value in (("date_format", "%d.%m.%Y"), ("column_date", "Day"), ("column_amount", "Sum"),
                        ("column_text", "What")):  # fmt: skip
        page.locator(f"div[name={name}] input").fill(value)
    page.locator("div[name=sample] input[type=file]").set_input_files(workbook(tmp_path))
    expect(page.locator("div[name=preview]")).to_contain_text("-4.5")
    page.screenshot(path=SCREENSHOTS / "sheet_profile.png")
