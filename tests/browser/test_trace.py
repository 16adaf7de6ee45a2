"""A trace opened from a bank line: the gap is seen, the graph, the way on by keyboard (A-02, A-18)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

#: an invoice that a provider was told of, its payment, and a bank line that nobody has reconciled
DATA = """
from datetime import date
from odoo import Command
company = env.ref("base.main_company")
env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
admin = env.ref("base.user_admin")
admin.group_ids |= env.ref("finance_connector_base.finance_group_admin")
admin.group_ids |= env.ref("finance_connector_base.finance_group_auditor") | env.ref("account.group_account_manager")
journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
partner = env["res.partner"].create({"name": "Contoso"})
invoice = env["account.move"].create({
    "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": date(2026, 1, 15),
    "invoice_date_due": date(2026, 2, 15), "payment_reference": "RF18TRACE",
    "invoice_line_ids": [Command.create({"name": "s", "price_unit": 100, "tax_ids": [Command.clear()]})],
})
invoice.action_post()
account = env["account.account"].create({
    "name": "Under way", "code": "101499", "account_type": "asset_current", "reconcile": True,
    "company_ids": [Command.set(company.ids)],
})
method = journal.inbound_payment_method_line_ids[0]
method.payment_account_id = account
payment = env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids).create(
    {"journal_id": journal.id, "payment_method_line_id": method.id, "amount": 60})._create_payments()
connection = env["finance.connection"].create({
    "name": "Payment provider", "adapter": "finance.adapter.manual", "company_id": company.id, "environment": "test",
})
flow = env["finance.flow"].create(
    {"name": "Captures", "connection_id": connection.id, "handler": "finance.handler.received"})
from odoo.addons.finance_connector_base.engine.envelope import Envelope
env["finance.message"]._enqueue(flow, [
    Envelope(subject="Capture 4711", correlation_id="cor-4711", res_model="account.move", res_id=invoice.id),
    Envelope(subject="Captured 4711", correlation_id="cor-4711", res_model="account.payment", res_id=payment.id),
])
line = env["account.bank.statement.line"].create(
    {"journal_id": journal.id, "date": date(2026, 1, 20), "payment_ref": "Contoso 4711", "amount": 60})
entry = payment.move_id.line_ids.filtered(lambda one: one.account_id == account)
_liquidity, suspense, _other = line._seek_for_lines()
line.move_id.with_context(force_delete=True, skip_readonly_check=True).write({
    "line_ids": [Command.update(suspense.id, {"account_id": account.id, "partner_id": partner.id})]})
(suspense | entry).reconcile()
late = env["account.bank.statement.line"].create(
    {"journal_id": journal.id, "date": date(2026, 1, 21), "payment_ref": "Nobody knows", "amount": 5})
env["ir.config_parameter"].set_param("trace.line", line.id)
env.cr.commit()
"""


@pytest.mark.data(DATA)
def test_a02_a_trace_from_a_bank_line_shows_the_gap(page: Page, database) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.set_viewport_size({"width": 1366, "height": 820})
    number = database.value("SELECT value FROM ir_config_parameter WHERE key = 'trace.line'")
    page.goto(f"/odoo/account.bank.statement.line/{number}")
    page.locator(".o_cp_action_menus .dropdown-toggle, .o_cp_action_menus button").first.click()
    page.get_by_role("menuitem", name="Trace", exact=True).click()
    steps = page.locator(".finance_trace_steps")
    expect(steps).to_contain_text("Booked by the bank")
    expect(steps).to_contain_text("Reconciled")
    gap = steps.locator("tr.table-danger")
    expect(gap).to_have_count(1)
    expect(gap).to_contain_text("Not paid")
    expect(gap).to_contain_text("late by")
    page.screenshot(path=SCREENSHOTS / "trace_timeline.png")
    page.get_by_role("tab", name="Lineage").click()
    picture = page.locator("svg.finance_trace_picture")
    expect(picture.locator("a")).to_have_count(5)
    page.screenshot(path=SCREENSHOTS / "trace_lineage.png")

    page.goto("/odoo/action-finance_integration_audit.finance_trace_look_action")
    page.locator("div[name=term] input").fill("cor-4711")
    page.get_by_role("button", name="Find").click()
    hits = page.locator(".o_data_row")
    expect(hits).to_have_count(2)
    page.screenshot(path=SCREENSHOTS / "trace_choice.png")
    hits.first.get_by_role("button", name="Trace").click()
    expect(page.locator(".finance_trace_steps")).to_contain_text("Not paid")

    page.goto("/odoo/action-finance_integration_audit.finance_completeness_action")
    page.get_by_role("button", name="Count today again").click()
    expect(page.locator(".o_data_row").first).to_contain_text("Captures")
    page.screenshot(path=SCREENSHOTS / "completeness.png")
