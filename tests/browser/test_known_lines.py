"""Bookings that somebody entered before the file came, told apart in the browser (K-03)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from suite import paths
from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_matching import DATA

if TYPE_CHECKING:
    from tests.conftest import Database

#: two lines by hand in another journal, then a file that tells bookings of their amounts and day
MORE = """
from odoo.addons.finance_bank_sync.tests.camt_writer import DAY, Tx
other = "DE89370400440532013000"
till = env["account.journal"].create({"name": "Second", "code": "SEC", "type": "bank"})
till.set_bank_account(other)
env["account.bank.statement.line"].create([
    {"journal_id": till.id, "date": DAY, "amount": amount, "payment_ref": label}
    for amount, label in ((-850.0, "Rent"), (20.0, "Cash of today"), (-90.0, "Salaries"))])
salaries = Tx(amount="-40.00", text="Ann"), Tx(amount="-50.00", text="Ben")
bookings = (Booking("-850.00", text="RENT 03"), Booking("20.00", text="Deposit"), Booking("-90.00", details=salaries),
            Booking("1.00", text="Interest"))
file = camt053(Statement(account=other, currency=company.currency_id.name, bookings=bookings))
env["finance.connection"]._bank_receive(company, [("second.xml", file)])
env.cr.commit()
env["finance.dispatcher"]._drain(CommittedSteps(env.cr))
env.cr.commit()
"""


@pytest.mark.data(DATA.replace("ROOT", str(paths.ROOT)) + MORE)
def test_k03_lines_that_were_there_before(page: Page, database: Database) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/action-finance_connector_base.finance_exception_action")
    page.get_by_role("button", name="Say which are the same").click()
    rows = page.locator(".modal-content .o_data_row")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("RENT 03")
    rows.filter(has_text="Cash of today").locator("div[name=is_same] input").click()
    expect(rows.filter(has_text="Salaries")).to_contain_text("2 payments together")
    page.screenshot(path=SCREENSHOTS / "known_lines.png")
    page.locator(".modal-footer").get_by_role("button", name="Go on with this").click()
    expect(rows).to_have_count(0)

    told = (
        "SELECT line.payment_ref, entry.statement_id IS NOT NULL FROM account_bank_statement_line line"
        " JOIN account_journal journal ON journal.id = line.journal_id"
        " LEFT JOIN finance_bank_entry entry ON entry.id = line.finance_entry_id WHERE journal.code = 'SEC' ORDER BY 1"
    )
    until = time.monotonic() + 60
    while len(database.query(told)) < 5 and time.monotonic() < until:
        time.sleep(0.5)
    expected = [("Cash of today", False), ("Deposit", True), ("Interest", True), ("Rent", True), ("Salaries", True)]
    assert [(name, is_told) for name, is_told in database.query(told)] == expected
