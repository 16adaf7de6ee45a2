"""A day's bank lines worked in the browser (K-15, K-18, K-19): answers, why, accept, undo, a rule with its preview."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from suite import paths
from tests.browser.conftest import SCREENSHOTS

DATA = """
import sys
sys.path.insert(0, "ROOT")
from odoo.fields import Command
from odoo.addons.finance_bank_sync.tests.camt_writer import Booking, Statement, camt053
from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps
company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    env.cr.commit()
admin = env.ref("base.user_admin")
admin.group_ids |= env.ref("account.group_account_manager") | env.ref("finance_connector_base.finance_group_operator")
iban, payer = "DE02120300000000202051", "FR1420041010050500013M02606"
journal = env["account.journal"].create({"name": "Elbbank", "code": "ELB", "type": "bank"})
journal.set_bank_account(iban)
partners = env["res.partner"].create([{"name": "Northwind Traders"}, {"name": "Contoso"}])
env["res.partner.bank"].create({"acc_number": payer, "partner_id": partners[0].id})
moves = env["account.move"].create([{
    "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-02-01",
    "invoice_line_ids": [Command.create({"name": "Work", "price_unit": amount, "tax_ids": [Command.clear()]})]}
    for partner, amount in ((partners[0], 100), (partners[0], 250), (partners[1], 70), (partners[1], 70))])
moves.action_post()
bookings = (
    Booking("100.00", text="Invoice " + moves[0].name, name="Northwind Traders"),
    Booking("250.00", text="thank you", name="Northwind", iban=payer),
    Booking("70.00", text="as agreed", name="Contoso"),
    Booking("-4.50", text="Account fee March"),
    Booking("17.00", text="who knows"),
)
file = camt053(Statement(account=iban, currency=company.currency_id.name, bookings=bookings))
env["finance.connection"]._bank_receive(company, [("day.xml", file)])
env.cr.commit()
env["finance.dispatcher"]._drain(CommittedSteps(env.cr))
env.cr.commit()
"""


@pytest.mark.data(DATA.replace("ROOT", str(paths.ROOT)))
def test_k15_working_the_days_lines(page: Page) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/action-finance_bank_sync.account_bank_statement_line_action")
    rows = page.locator(".o_data_row")
    expect(rows).to_have_count(4)
    page.screenshot(path=SCREENSHOTS / "to_reconcile.png")

    # the best answer with its reason, accepted with one click
    line = rows.filter(has_text="thank you")
    expect(line).to_contain_text("known account of the partner (+25)")
    line.get_by_role("button", name="Accept").click()
    expect(rows).to_have_count(3)

    # two that fit alike: the dialog shows both
    rows.filter(has_text="as agreed").get_by_role("button", name="Alternatives").click()
    dialog = page.locator(".modal-content")
    expect(dialog.locator("div[name=suggestion_ids] .o_data_row")).to_have_count(2)
    page.screenshot(path=SCREENSHOTS / "alternatives.png")
    dialog.locator("div[name=suggestion_ids] .o_data_row").nth(1).get_by_role("button", name="Accept").click()
    expect(rows).to_have_count(2)

    # what was matched says why, and is taken back
    page.goto("/odoo/action-finance_bank_sync.finance_bank_match_action")
    expect(rows).to_have_count(3)
    page.screenshot(path=SCREENSHOTS / "matches.png")
    rows.filter(has_text="thank you").get_by_role("button", name="Undo").click()
    expect(rows.filter(has_text="Taken back")).to_have_count(1)

    # a rule, with what it holds for while it is being written
    page.goto("/odoo/action-finance_bank_sync.finance_bank_rule_action")
    page.get_by_role("button", name="New").click()
    page.locator("div[name=name] input").fill("Fees")
    page.locator("div[name=label] input").fill("account fee")
    page.locator("div[name=account_id] input").click()
    page.locator("div[name=account_id] input").fill("Bank Fees")
    page.locator(".o-autocomplete--dropdown-item", has_text="Bank Fees").first.click()
    expect(page.locator("div[name=preview_text]")).to_contain_text("Holds for 1 of the latest 5 bookings")
    expect(page.locator("div[name=preview_ids] .o_data_row")).to_have_count(1)
    page.screenshot(path=SCREENSHOTS / "rule.png")
    page.get_by_role("button", name="Test").click()
    expect(rows).to_have_count(1)

    page.goto("/odoo/action-finance_bank_sync.finance_bank_lesson_action")
    expect(rows.first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "learned.png")
