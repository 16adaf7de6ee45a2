"""Cash position, liquidity and balances seen in the browser (K-04, K-06, K-23)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from suite import paths
from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_matching import DATA

#: what test_matching brings, an account in another currency, an old balance, payments on their way
MORE = """
from decimal import Decimal
from datetime import datetime, timedelta, date
from odoo.addons.finance_bank_sync.formats.model import Balance, Money
unused = env["account.journal"].search([("type", "=", "bank"), ("id", "!=", journal.id)])
unused.active = False
other = "USD" if company.currency_id.name == "EUR" else "EUR"
currency = env["res.currency"].with_context(active_test=False).search([("name", "=", other)])
currency.active = True
env["res.currency.rate"].create(
    {"currency_id": currency.id, "rate": 0.8, "name": "2020-01-01", "company_id": company.id})
bank = env["res.bank"].create({"name": "Northern Savings"})
far = env["account.journal"].create({"name": "Far account", "code": "FAR", "type": "bank", "currency_id": currency.id})
far.set_bank_account("NL91ABNA0417164300", bank.id)
now = datetime.utcnow().replace(microsecond=0)
balances = env["finance.bank.balance"]
balances._record_balances(
    far, [Balance(code="ITBD", money=Money(amount=Decimal("400.00"), currency=other), date=now.date())],
    at=now, source="api")
for amount, kind in ((120, "outbound"), (30, "inbound")):
    env["account.payment"].create({
        "payment_type": kind, "partner_type": "supplier", "partner_id": partners[0].id, "amount": amount,
        "journal_id": journal.id}).action_post()
env["account.move"].create([{
    "move_type": kind, "partner_id": partners[1].id, "invoice_date": date.today(),
    "invoice_date_due": date.today() + timedelta(days=days), "invoice_payment_term_id": False,
    "invoice_line_ids": [Command.create({"name": "Work", "price_unit": amount, "tax_ids": [Command.clear()]})]}
    for kind, amount, days in (("out_invoice", 900, 10), ("in_invoice", 1100, 24), ("out_invoice", 700, 45))
]).action_post()
env.cr.commit()
"""


@pytest.mark.data(DATA.replace("ROOT", str(paths.ROOT)) + MORE)
def test_k06_position_liquidity_and_balances(page: Page) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/action-finance_bank_sync.finance_bank_position_action")
    cards = page.locator(".o_kanban_record:not(.o_kanban_ghost)")
    expect(cards).to_have_count(2)
    near, far = cards.filter(has_text="Elbbank"), cards.filter(has_text="Far account")
    expect(far).to_contain_text("Northern Savings")
    expect(far).to_contain_text("Interim booked")
    expect(far).to_contain_text("500.00")
    expect(far).to_contain_text("Needs action")
    expect(near).to_contain_text("stale")
    expect(near).to_contain_text("120.00")
    expect(near).to_contain_text("open lines")
    page.screenshot(path=SCREENSHOTS / "cash_position.png")
    near.get_by_text("At the bank").click()
    expect(page.locator(".o_data_row")).to_have_count(2)
    page.screenshot(path=SCREENSHOTS / "balances.png")

    page.goto("/odoo/action-finance_bank_sync.finance_bank_position_action?view_type=list")
    rows = page.locator(".o_data_row")
    expect(rows).to_have_count(2)
    expect(page.locator("tfoot")).to_contain_text("842.50")
    page.screenshot(path=SCREENSHOTS / "cash_position_list.png")

    page.goto("/odoo/action-finance_bank_sync.finance_bank_forecast_action")
    expect(page.locator(".o_graph_canvas_container canvas")).to_be_visible()
    page.wait_for_timeout(1500)  # the line is drawn slowly
    page.screenshot(path=SCREENSHOTS / "liquidity.png")
    page.locator("button.o_switch_view.o_pivot").click()
    expect(page.locator("div.o_pivot")).to_contain_text("Receivables")
    page.screenshot(path=SCREENSHOTS / "liquidity_pivot.png")
    page.locator("button.o_switch_view.o_list").click()
    rows.filter(has_text="900.00").locator("td[name=name]").click()
    expect(page.locator(".o_form_view")).to_contain_text("900.00")
