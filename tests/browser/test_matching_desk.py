"""The day's bank lines worked with the keyboard alone: answers, accounts, items, write-off, undo (K-15, K-19)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, Route, expect

from suite import paths
from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_matching import DATA

if TYPE_CHECKING:
    from tests.conftest import Database

#: what test_matching brings, and one more line that pays less than the invoice it does not name
MORE = """
unnamed = env["res.partner"].create({"name": "Fabrikam"})
late = env["account.move"].create({
    "move_type": "out_invoice", "partner_id": unnamed.id, "invoice_date": "2026-02-03",
    "invoice_line_ids": [Command.create({"name": "Work", "price_unit": 400, "tax_ids": [Command.clear()]})]})
late.action_post()
extra = camt053(Statement(
    account=iban, currency=company.currency_id.name, opening="432.50", day=date(2026, 3, 17),
    identification="second", bookings=(Booking("397.00", text="nothing to see"),)))
env["finance.connection"]._bank_receive(company, [("second.xml", extra)])
env.cr.commit()
env["finance.dispatcher"]._drain(CommittedSteps(env.cr))
env.cr.commit()
"""

OPEN = "SELECT count(*) FROM account_bank_statement_line WHERE NOT is_reconciled"
SUSPENSE = """
    SELECT string_agg(account.name->>'en_US' || ' ' || round(item.balance, 2), ', ' ORDER BY item.balance)
      FROM account_move_line item
      JOIN account_account account ON account.id = item.account_id
      JOIN account_bank_statement_line line ON line.move_id = item.move_id
     WHERE line.payment_ref LIKE '%s'
"""


@pytest.mark.data("from datetime import date\n" + DATA.replace("ROOT", str(paths.ROOT)) + MORE)
def test_k19_five_lines_by_keyboard(page: Page, database: Database) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/action-finance_bank_sync.finance_bank_desk_action")
    lines, answers = page.locator(".o_finance_desk_line"), page.locator(".o_finance_desk_answer")
    chosen = page.locator(".o_finance_desk_line_chosen")
    total, press = page.locator(".o_finance_desk_total"), page.keyboard.press
    picker = page.locator("#o_finance_desk_input")
    expect(lines).to_have_count(5)

    # 1: the only answer, with its reasons, by Enter
    expect(chosen).to_contain_text("thank you")
    expect(answers).to_have_count(1)
    expect(answers).to_contain_text("known account of the partner (+25)")
    page.screenshot(path=SCREENSHOTS / "desk.png")
    press("Enter")
    expect(total).to_have_text("4")

    # 2: two fit alike, Enter does not choose between them, a number does
    expect(chosen).to_contain_text("as agreed")
    expect(answers).to_have_count(2)
    press("Enter")
    expect(page.locator(".o_notification")).to_contain_text("press the number of one")
    press("2")
    expect(total).to_have_text("3")

    # 3: a fee, on an account; skipped at first
    expect(chosen).to_contain_text("Account fee")
    press("s")
    expect(chosen).to_contain_text("who knows")
    press("ArrowUp")
    expect(chosen).to_contain_text("Account fee")
    expect(page.locator(".o_finance_desk_answers")).to_contain_text("Nothing is proposed")
    press("a")
    expect(picker).to_be_focused()
    page.keyboard.type("Bank Fees")
    expect(page.locator(".o_finance_desk_choice").first).to_contain_text("Bank Fees")
    press("Enter")
    expect(total).to_have_text("2")

    # 4: an open item that nobody named, its rest written off
    expect(chosen).to_contain_text("who knows")
    press("ArrowDown")
    expect(chosen).to_contain_text("nothing to see")
    expect(page.locator(".o_finance_desk_answers h3").first).to_contain_text("nothing to see")
    press("i")
    expect(picker).to_be_focused()
    page.keyboard.type("400")
    expect(page.locator(".o_finance_desk_choice")).to_have_count(1)
    press("Enter")
    expect(page.locator(".o_finance_desk .alert")).to_contain_text("3.00")
    press("Control+Enter")
    press("w")
    expect(picker).to_be_focused()
    page.keyboard.type("Bank Fees")
    expect(page.locator(".o_finance_desk_choice").first).to_contain_text("Bank Fees")
    page.screenshot(path=SCREENSHOTS / "desk_write_off.png")
    press("Enter")
    expect(total).to_have_text("1")
    assert database.value(SUSPENSE % "nothing%") == "Account Receivable -400.00, Bank Fees 3.00, Elbbank 397.00"

    # 5: looked at as the bank wrote it, then on an account as well
    expect(chosen).to_contain_text("who knows")
    press("o")
    expect(page.locator(".modal")).to_contain_text("who knows")
    press("Escape")
    expect(page.locator(".modal")).to_have_count(0)
    press("a")
    expect(picker).to_be_focused()
    page.keyboard.type("Product Sales")
    expect(page.locator(".o_finance_desk_choice").first).to_contain_text("Product Sales")
    press("Enter")
    expect(page.locator(".o_finance_desk")).to_contain_text("Everything is reconciled")
    assert database.value(OPEN) == 0

    # undo, the latest first
    press("u")
    expect(chosen).to_contain_text("who knows")
    press("u")
    expect(lines).to_have_count(2)
    expect(chosen).to_contain_text("nothing to see")
    assert database.value(OPEN) == 2
    assert "Suspense" in str(database.value(SUSPENSE % "nothing%"))
    expect(page.locator(".o_finance_desk_done")).to_have_text("3")

    # keys that are faster than the server: none is lost, none decides about what is not on the screen
    held: list[Route] = []
    page.route("**/finance.bank.desk/get_answers", lambda route: held.append(route))

    def answer() -> None:
        while not held:
            page.wait_for_timeout(20)
        held.pop().continue_()

    page.keyboard.type("kaProduct Sales")
    press("Enter")
    expect(chosen).to_contain_text("who knows")
    answer()
    expect(total).to_have_text("1")
    press("Enter")
    expect(page.locator(".o_notification", has_text="not on the screen yet")).to_have_count(1)
    page.keyboard.type("aProduct Sales")
    press("Enter")
    answer()
    expect(page.locator(".o_finance_desk")).to_contain_text("Everything is reconciled")
    page.unroute("**/finance.bank.desk/get_answers")
    page.keyboard.type("uu")
    expect(lines).to_have_count(2)
    assert database.value(OPEN) == 2


READER = """
env["res.users"].create({
    "name": "Reader", "login": "reader", "password": "reader",
    "group_ids": [(6, 0, [env.ref("base.group_user").id, env.ref("account.group_account_readonly").id])],
})
env.cr.commit()
"""


@pytest.mark.data(DATA.replace("ROOT", str(paths.ROOT)) + READER)
def test_k19_a_reader_sees_and_does_not_decide(person: Callable[[str], Page], database: Database) -> None:
    page = person("reader")
    page.goto("/odoo/action-finance_bank_sync.finance_bank_desk_action")
    expect(page.locator(".o_finance_desk_answer")).to_have_count(1)
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".o_finance_desk_line_chosen")).to_contain_text("as agreed")
    assert database.value(OPEN) == 4
