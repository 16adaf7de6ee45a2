"""Compare what looks like a duplicate, and deliver by hand, as people meet it (B-14, B-49)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from tests.conftest import Database

DATA = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
groups = ("finance_group_operator", "finance_group_admin")
env.ref("base.user_admin").group_ids += env["res.groups"].union(
    *(env.ref("finance_connector_base." + name) for name in groups))
connection = env["finance.connection"].create({"name": "Supplier portal", "adapter": "finance.adapter.test",
    "environment": "test", "check_ok": True, "state": "active", "auth_needed": False})
flow = env["finance.flow"].create({"name": "Supplier invoices", "connection_id": connection.id,
    "handler": "finance.handler.test"})
out = env["finance.flow"].create({"name": "Payments", "connection_id": connection.id, "direction": "out",
    "paused": True, "handler": "finance.handler.test.call", "at_most_once": True})
env["finance.duplicate.rule"].create({"name": "Supplier invoice received twice", "partner_path": "supplier.name",
    "reference_path": "number", "amount_path": "total.amount", "amount_tolerance": 0.05})
def invoice(subject, **data):
    env["finance.message"]._enqueue(flow, [Envelope(subject=subject, data={"do": "effect", "key": subject, **data})])
invoice("Invoice RE-2024/0042", number="RE-2024/0042", supplier={"name": "Acme GmbH"}, date="2026-03-14",
    total={"amount": "1190.00", "currency": "EUR"}, account="DE89370400440532013000")
env["finance.dispatcher"]._drain()
invoice("Invoice re 2024 42", number="re 2024 42", supplier={"name": "ACME"}, date="2026-03-14",
    total={"amount": "1190.05", "currency": "EUR"}, account="DE75512108001245126199")
env["finance.message"]._enqueue(out, [Envelope(subject="Payment run 7", data={"answer": "ok"}, business_key="RUN-7")])
env["finance.dispatcher"]._drain()
env.cr.commit()
"""


SECOND = """
groups = env.ref("base.group_user") | env.ref("finance_connector_base.finance_group_operator")
env["res.users"].create({"name": "Second Operator", "login": "second", "password": "second",
    "group_ids": [(6, 0, groups.ids)]})
env.cr.commit()
"""


@pytest.mark.data(DATA + SECOND)
def test_b14_compare_and_b49_deliver_by_hand(person: Callable[[str], Page], page: Page, database: Database) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/action-finance_connector_base.finance_exception_action")
    page.get_by_text("Invoice re 2024 42").first.wait_for()
    page.screenshot(path=SCREENSHOTS / "duplicate_exception.png")
    page.get_by_role("button", name="Compare").first.click()
    dialog = page.locator(".modal-content")
    expect(dialog.locator("tr.table-warning", has_text="total.amount")).to_contain_text("1190.05")
    expect(dialog).not_to_contain_text("0440532013")
    page.screenshot(path=SCREENSHOTS / "duplicate_compare.png")
    dialog.locator("div[name=reason] textarea").fill("Two deliveries, says the supplier")
    dialog.get_by_role("button", name="It is another one: go on").click()
    expect(page.locator(".modal-content")).to_have_count(0)
    assert _state(database, "Invoice re 2024 42") in ("queued", "processing", "done")

    page.goto("/odoo/action-finance_connector_base.finance_message_action")
    page.get_by_text("Payment run 7").first.click()
    page.get_by_role("button", name="Deliver by hand").click()
    dialog = page.locator(".modal-content")
    dialog.locator("div[name=reason] textarea").fill("The bank does not answer, ticket 4711")
    page.screenshot(path=SCREENSHOTS / "by_hand_take.png")
    dialog.get_by_role("button", name="Take the file").click()
    page.locator(".modal-content input[type=password]").fill("admin")
    page.get_by_role("button", name="Confirm Password").click()
    expect(page.get_by_role("button", name="It was delivered")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "by_hand_taken.png")
    with page.context.expect_event("response", lambda answer: answer.url.endswith("/payload")) as answered:
        page.get_by_role("button", name="Download the file").click()
    assert answered.value.ok
    dialog = page.locator(".modal-content").last
    dialog.locator("div[name=reference] input").fill("PORTAL-77")
    dialog.locator("div[name=reason] textarea").fill("Handed in at the portal at 10:15")
    dialog.locator("div[name=evidence] input[type=file]").set_input_files(
        {"name": "receipt.txt", "mimeType": "text/plain", "buffer": b"receipt of the portal"}
    )
    dialog.get_by_role("button", name="It was delivered").click()
    expect(page.locator(".modal-content")).to_have_count(0)
    # who said so does not confirm it
    page.get_by_role("button", name="Deliver by hand").click()
    dialog = page.locator(".modal-content").last
    expect(dialog).to_contain_text("somebody else has to look at it")
    expect(dialog.get_by_role("button", name="Confirm: it was delivered")).to_have_count(0)
    page.screenshot(path=SCREENSHOTS / "by_hand_reported.png")
    dialog.get_by_role("button", name="Close").last.click()
    _second_person(person("second"), database)
    page.reload()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Done")
    page.screenshot(path=SCREENSHOTS / "by_hand_done.png")

    page.goto("/odoo/action-finance_connector_base.finance_by_hand_in_action")
    expect(page.get_by_text("For files you got by another way")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "by_hand_in.png")
    page.goto("/odoo/finance-duplicate-rules")
    page.get_by_text("Supplier invoice received twice").first.click()
    page.locator(".o_form_view").wait_for()
    page.screenshot(path=SCREENSHOTS / "duplicate_rule.png")


def _second_person(page: Page, database: Database) -> None:
    """Another operator looks at the evidence and confirms."""
    message = database.value("SELECT id FROM finance_message WHERE subject = 'Payment run 7'")
    page.goto(f"/odoo/action-finance_connector_base.finance_message_action/{message}")
    page.get_by_role("button", name="Deliver by hand").click()
    dialog = page.locator(".modal-content").last
    expect(dialog).to_contain_text("a second person confirms it")
    dialog.locator("div[name=reason] textarea").fill("Seen in the list of the portal")
    page.screenshot(path=SCREENSHOTS / "by_hand_second.png")
    dialog.get_by_role("button", name="See the evidence").click()
    page.locator(".modal-content input[type=password]").fill("second")
    page.get_by_role("button", name="Confirm Password").click()
    with page.context.expect_event("response", lambda answer: answer.url.endswith("/evidence")) as answered:
        page.get_by_role("button", name="Download the evidence").click()
    assert answered.value.ok
    dialog = page.locator(".modal-content").last
    dialog.get_by_role("button", name="Confirm: it was delivered").click()
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Done")


def _state(database: Database, subject: str) -> str:
    return str(database.value("SELECT state FROM finance_message WHERE subject = %s", subject))
