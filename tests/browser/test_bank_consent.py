"""An administrator gives a consent at the bank; the bookings of yesterday are on the ledger (S-02, K-04)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.process import StandIn
from tests.browser.conftest import SCREENSHOTS, log_in
from tests.conftest import Database, StartServer

#: a busy machine takes its time
expect.set_options(timeout=60_000)
KEY = base64.b64encode(b"master key of browser, 32 bytes!").decode()
IBAN = "DE02120300000000202051"
#: a journal of the account, and the address of the bank
OFFICE = """
company = env.company
env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
env.ref("base.EUR").active = True
journal = env["account.journal"].create(dict(
    name="Bank of the test", code="BTST", type="bank", company_id=company.id, currency_id=env.ref("base.EUR").id))
journal.set_bank_account("{iban}")
connection = env["finance.connection"].create(dict(
    name="Open bank", adapter="finance.bank.adapter.berlin.group", environment="test", max_concurrency=2,
    http_base_url="http://localhost:{port}/psd2/v1", http_networks="127.0.0.0/8, ::1", http_allow_plain=True))
connection._allow_hosts()
env["finance.connection"].create(dict(
    name="Bank in the US", adapter="finance.bank.adapter.plaid", environment="test", bank_client="client-1",
    http_base_url="https://sandbox.plaid.com"))
env.cr.commit()
"""


@pytest.fixture
def bank() -> Iterator[StandIn]:
    with StandIn("sandbox.berlingroup") as bank:
        today = datetime.now(timezone.utc).date()
        bank.control("PUT", "/settings", {"today": str(today)})
        bank.control("POST", "/account", {"iban": IBAN, "opening": "1000.00"})
        for text, day in (("INV 1", today - timedelta(days=1)), ("of today", today)):
            told = {"iban": IBAN, "amount": "250.00", "day": str(day), "text": text}
            bank.control("POST", "/book", told)
        yield bank


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"bank-{name}.png", full_page=True)


@pytest.mark.timeout(600)
def test_s02_consent_accounts_bookings(
    browser: Browser, start_server: StartServer, database: Database, bank: StandIn
) -> None:
    database.shell(OFFICE.format(port=bank.ready["ports"]["plain"], iban=IBAN))
    server = start_server(database, cron_threads=2, env={"FINANCE_MASTER_KEY": KEY})
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(60_000)
    page = context.new_page()
    log_in(page, "admin")
    page.goto("/odoo/finance-connections")
    page.get_by_text("Open bank").first.click()
    expect(page.locator(".o_field_widget[name=bank_consent_state]")).to_have_text("Not given yet")
    picture(page, "settings")
    page.get_by_role("button", name="Give consent", exact=True).click()
    expect(page.locator(".o_field_widget[name=bank_consent_state]")).to_have_text("Given")
    assert "state=" not in page.url
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("Connection works")).to_be_visible()
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(page.get_by_role("button", name="Fetch now")).to_be_visible()
    picture(page, "given")

    page.locator("button[name=action_view_bank_accounts]").click()
    page.get_by_text("Current account").click()
    page.get_by_role("button", name="Ask the bank now").click()

    def posted() -> bool:
        return bool(database.value("SELECT count(*) FROM finance_bank_entry WHERE state = 'posted'"))

    for _second in range(180):
        if posted():
            break
        page.wait_for_timeout(1000)
    page.reload()
    expect(page.locator(".o_field_widget[name=calls_left], .o_field_widget[name=read_until]").first).to_be_visible()
    picture(page, "account")
    page.get_by_role("button", name="Balances").click()
    expect(page.get_by_text("Closing booked").first).to_be_visible()
    picture(page, "balances")
    rows = database.query("SELECT state, amount::float FROM finance_bank_entry ORDER BY state")
    assert rows == [("posted", 250.0), ("provisional", 250.0)]

    page.goto("/odoo/finance-connections")
    page.get_by_text("Open bank").first.click()
    page.locator("button[name=action_view_bank_consents]").click()
    page.locator(".o_switch_view.o_calendar").click()
    page.wait_for_selector(".o_calendar_view, .fc")
    picture(page, "calendar")
    page.locator(".o_switch_view.o_list").click()
    expect(page.locator(".o_data_row")).to_have_count(1)
    page.locator(".o_data_row td").nth(1).click()
    expect(page.get_by_role("button", name="Take back")).to_be_visible()
    picture(page, "consent")
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Taken back")

    # where the bank tells by webhook, the address is a button away
    page.goto("/odoo/finance-connections")
    page.get_by_text("Bank in the US").first.click()
    page.get_by_role("button", name="Events of the bank").click()
    expect(page.locator("div[name=name] input")).to_have_value("Events of Bank in the US")
    page.locator(".o_form_button_save").click()
    expect(page.locator("div[name=url]")).to_contain_text("/finance/webhook/")
    expect(page.get_by_role("button", name="Set the secret")).to_have_count(0)
    picture(page, "events")
    told = database.query("SELECT scheme, kind_path FROM finance_webhook")
    assert told == [("plaid", "join('.', [webhook_type, webhook_code])")]
    context.close()
