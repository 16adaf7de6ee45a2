"""The first day with the suite, in a real browser on a real server (S-03, K-01, B-35).

A person installs the suite from the Apps menu, connects a folder, drops a statement into it,
sees it arrive and held because nobody knows its account, fixes that with the button of the
cause, and sees the message go on by itself. No step is done behind the browser's back but the
bank's own: putting the file into the folder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from suite import paths
from tests.browser.conftest import SCREENSHOTS, expect_no_exception, log_in_by_form

if TYPE_CHECKING:
    from tests.conftest import Database, StartServer

IBAN = "DE75512108001245126199"
ENTRIES = 5


@pytest.mark.timeout(900)
def test_from_the_apps_menu_to_a_resumed_message(
    browser: Browser, start_server: StartServer, bare_database: Database, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    server = start_server(bare_database, cron_threads=2, env={"FINANCE_FOLDER_ROOTS": str(tmp_path)})
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 860})
    # the first page after an installation compiles the whole web client
    context.set_default_timeout(180_000)
    page = context.new_page()
    log_in_by_form(page, "admin")

    _install(page)
    _connect(page, inbox)
    _drop_statement(inbox)
    _see_it_held(page, bare_database)
    _fix_it(page)
    _see_it_posted(page, bare_database)

    posted = bare_database.query(
        "SELECT s.state, s.proof, count(l.id), sum(l.amount) FROM finance_bank_statement s"
        " JOIN finance_bank_entry e ON e.statement_id = s.id"
        " JOIN account_bank_statement_line l ON l.finance_entry_id = e.id GROUP BY s.id, s.state, s.proof"
    )
    assert [row[:3] for row in posted] == [("posted", "proved", ENTRIES)]
    balance = bare_database.value("SELECT closing - opening FROM finance_bank_statement")
    assert Decimal(str(posted[0][3])) == Decimal(str(balance)), "the ledger moves by what the bank moved"
    assert not list(inbox.glob("*.xml")), "a fetched file is moved away"
    context.close()


def _install(page: Page) -> None:
    page.goto("/odoo/apps")
    search = page.locator(".o_searchview_input")
    search.fill("Finance Integration Suite")
    search.press("Enter")
    card = page.locator(".o_kanban_record", has_text="Finance Integration Suite")
    card.get_by_role("button", name="Activate").click()
    # installing ends with a reload of the web client, which then knows the new app
    _until(page, lambda: page.locator(".o_navbar_apps_menu").count() > 0)
    page.wait_for_function(
        """async () => {
            const answer = await fetch('/web/dataset/call_kw', {method: 'POST',
                headers: {'Content-Type': 'application/json'},
                body: JSON.stringify({jsonrpc: '2.0', method: 'call', params: {model: 'ir.module.module',
                    method: 'search_count', kwargs: {},
                    args: [[['name', '=', 'finance_bank_sync'], ['state', '=', 'installed']]]}})});
            return (await answer.json()).result === 1;
        }""",
        timeout=240_000,
        polling=2_000,
    )
    page.wait_for_timeout(3_000)


def _connect(page: Page, inbox: Path) -> None:
    page.goto("/odoo/action-finance_connector_base.finance_connection_action/new")
    page.locator("div[name=name] input").fill("House bank")
    _select(page, "adapter", "Watched folder")
    _select(page, "environment", "Test")
    page.locator("div[name=folder_path] input").fill(str(inbox))
    page.locator("div[name=file_pattern] input").fill("*.xml")
    page.get_by_role("button", name="Add a line").first.click()
    row = page.locator("div[name=flow_ids] .o_selected_row, .modal-content").last
    row.locator("[name=name] input").fill("Bank statement files")
    _select(row, "handler", "Read bank statement files")
    interval = row.locator("[name=fetch_interval] input")
    interval.fill("1")
    interval.press("Tab")
    if page.locator(".modal-content").count():
        page.locator(".modal-footer .o_form_button_save, .modal-footer .btn-primary").first.click()
    page.locator(".o_form_button_save").click()
    page.get_by_role("tab", name="Limits").click()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator(".o_notification").first).to_contain_text("0 files")
    # the form is read again where it stands
    expect(page.get_by_role("tab", name="Limits")).to_have_class(re.compile(r"\bactive\b"))
    _picture(page, "first_day_connection")
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Active")


def _drop_statement(inbox: Path) -> None:
    """The bank's part: a statement written by the sandbox, which shares no code with the suite."""
    written = inbox.parent / "written"
    subprocess.run(
        [sys.executable, "-m", "sandbox.bank.write", "--bulk", str(ENTRIES), "--iban", IBAN, "--currency", "USD"]
        + ["--out", str(written), "--ledger", str(inbox.parent / "bank.sqlite")],
        check=True,
        cwd=paths.ROOT,
        stdout=subprocess.DEVNULL,
    )
    for file in written.glob("*.xml"):
        os.replace(file, inbox / file.name)


def _see_it_held(page: Page, database: Database) -> None:
    """The scheduled action looks once a minute; the list of exceptions shows what it found."""
    _wait_for(page, database, "SELECT count(*) FROM finance_exception")
    page.goto("/odoo/action-finance_connector_base.finance_exception_action")
    expect(page.get_by_text("Account without journal").first).to_be_visible()
    _picture(page, "first_day_exception")


def _fix_it(page: Page) -> None:
    page.get_by_role("button", name="Link to a journal").click()
    dialog = page.locator(".modal-content")
    journal = dialog.locator("div[name=journal_id] input")
    journal.click()
    page.locator(".o-autocomplete--dropdown-item", has_text="Bank").first.click()
    _picture(page, "first_day_fix")
    dialog.get_by_role("button", name="Link and go on").click()
    expect(dialog).to_have_count(0)


def _see_it_posted(page: Page, database: Database) -> None:
    _wait_for(page, database, "SELECT count(*) FROM finance_bank_statement WHERE state = 'posted'")
    page.goto("/odoo/action-finance_bank_sync.finance_bank_statement_action")
    row = page.locator(".o_data_row", has_text="On the ledger")
    expect(row).to_contain_text("Proved")
    _picture(page, "first_day_statement")
    expect_no_exception(page)


def _select(scope, field: str, label: str) -> None:  # type: ignore[no-untyped-def]
    """Choose in a selection field, whether the client draws a native select or its own menu."""
    widget = scope.locator(f"[name={field}]").first
    if widget.locator("select").count():
        widget.locator("select").select_option(label=label)
        return
    item = widget.page.locator(".o_select_menu_item, .o-dropdown-item", has_text=label).first
    for _try in range(10):
        # a row that is drawn anew while its menu opens closes it
        widget.locator("input").click()
        try:
            return item.click(timeout=10_000)
        except TimeoutError:
            continue
    raise AssertionError(f"{label} is not in the menu of {field}")


def _wait_for(page: Page, database: Database, count: str) -> None:
    """Look at the page when there is something to see: it would be loaded anew for each look."""
    for _look in range(480):
        if database.value(count):
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"never: {count}")


def _until(page: Page, holds: Callable[[], bool]) -> None:
    for _try in range(60):
        if holds():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the page did not get there")


def _picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
