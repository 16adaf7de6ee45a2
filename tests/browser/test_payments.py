"""An order goes through three pairs of hands on the screen; two releasers at once send it once (K-08, fault 39)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from suite.server import Server
    from tests.conftest import Database

DATA = """
company = env.company
company.write({"currency_id": env.ref("base.EUR").id, "payment_account_days": 0})
env.ref("base.EUR").active = True
journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
journal = journal or env["account.journal"].create({"name": "House bank", "type": "bank", "code": "HB1"})
journal.set_bank_account("DE02120300000000202051")
payee = env["res.partner"].create({"name": "Bolt Supplier"})
account = env["res.partner.bank"].create({"partner_id": payee.id, "acc_number": "BE68539007547034"})
for login, group in (("payer", "creator"), ("approver", "approver"), ("letgo1", "releaser"), ("letgo2", "releaser")):
    groups = env.ref("base.group_user") | env.ref("finance_bank_sync.finance_group_payment_" + group)
    env["res.users"].create({"name": login.capitalize(), "login": login, "password": login,
        "group_ids": [(6, 0, groups.ids)]})
env["finance.payment.order"].create([{"journal_id": journal.id, "currency_id": company.currency_id.id, "line_ids": [
    (0, 0, {"partner_id": payee.id, "partner_bank_id": account.id, "amount": amount, "remittance": f"{text}/{number}"})
    for amount, text in ((1200.5, "Invoice 7"), (80, "Invoice 8"))]} for number in range(2)])
env.cr.commit()
"""


def open_order(page: Page, name: str) -> None:
    page.goto("/odoo/action-finance_bank_sync.finance_payment_order_action")
    page.locator(".o_kanban_record", has_text=name).first.click()
    page.locator(".o_form_view").wait_for()


def confirm_password(page: Page, password: str) -> None:
    page.locator(".modal-content input[type=password]").fill(password)
    page.get_by_role("button", name="Confirm Password").click()


def state(page: Page, label: str) -> None:
    expect(page.locator(".o_arrow_button_current")).to_have_text(label)


@pytest.mark.data(DATA)
def test_k08_three_pairs_of_hands(person: Callable[[str], Page], web: Server, database: Database) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    one, two = (row[0] for row in database.query("SELECT name FROM finance_payment_order ORDER BY id"))
    creator = person("payer")
    for name in (one, two):
        open_order(creator, name)
        creator.get_by_role("button", name="Propose").click()
        state(creator, "Proposed")
    expect(creator.get_by_role("button", name="Approve")).to_have_count(0)

    approver = person("approver")
    for name in (one, two):
        open_order(approver, name)
        expect(approver.locator("[name=line_ids]")).to_contain_text("Bolt Supplier")
        approver.get_by_role("button", name="Approve").click()
        if name == one:
            confirm_password(approver, "approver")
        state(approver, "Approved")
    approver.get_by_role("tab", name="Decisions").click()
    approver.screenshot(path=SCREENSHOTS / "payment_order_decisions.png")
    expect(approver.get_by_role("button", name="Release")).to_have_count(0)

    releaser = person("letgo1")
    open_order(releaser, one)
    releaser.get_by_role("button", name="Release").click()
    confirm_password(releaser, "letgo1")
    state(releaser, "Released")
    releaser.get_by_role("button", name="Hand to the bank").click()
    dialog = releaser.locator(".modal-content")
    # opens beside: what it brings is looked at in finance_bank_sync/tests/test_payment_access.py
    with releaser.context.expect_page():
        dialog.get_by_role("button", name="Download").click()
    dialog.locator("[name=reference] input").fill("R-1")
    dialog.get_by_role("button", name="The bank has it").click()
    state(releaser, "Sent")
    k33_two_people_say_what_became_of_it(releaser, approver, database, one)
    fault_39_two_releasers_at_once(web, database, two)


def k33_two_people_say_what_became_of_it(releaser: Page, approver: Page, database: Database, name: str) -> None:
    """The bank says no last word: the board shows it, and two people decide about single payments."""
    database.shell(
        f"order = env['finance.payment.order'].search([('name', '=', '{name}')])\n"
        "env.cr.execute('UPDATE finance_payment_order SET requested_date = requested_date - 20, sent_at = sent_at -"
        " interval $$20 days$$ WHERE id = %s', [order.id])\n"
        "env.invalidate_all()\norder._cron_inquire()\nenv.cr.commit()"
    )
    for page in (releaser, approver):
        page.goto("/odoo/action-finance_bank_sync.finance_payment_order_action")
        card = page.locator(".o_kanban_record", has_text=name)
        expect(card).to_contain_text("Nobody has said what became of 2 of 2 payments")
        page.screenshot(path=SCREENSHOTS / "payment_board_no_word.png")
        card.click()
        page.get_by_role("button", name="What became of them?").click()
        dialog = page.locator(".modal-content")
        expect(dialog.locator("[name=line_ids] .o_data_row")).to_have_count(2)
        if page is approver:
            expect(dialog).to_contain_text("Letgo1 says: Was not executed")
            # about one of them this person knows nothing
            dialog.locator(".o_data_row", has_text="80.00").locator(".o_list_record_remove").click()
        dialog.get_by_label("The bank has not executed them").check()
        dialog.locator("[name=reason] textarea").fill("Ms Bell of the bank, 10:15")
        page.screenshot(path=SCREENSHOTS / "payment_no_word_dialog.png")
        dialog.get_by_role("button", name="Confirm").click()
        expect(dialog).to_have_count(0)
    expect(approver.locator("[name=line_ids] .o_data_row", has_text="1,200.50")).to_contain_text("Cancelled")
    expect(approver.locator("[name=line_ids] .o_data_row", has_text="80.00")).to_contain_text("Sent")
    approver.get_by_role("tab", name="What people say").click()
    expect(approver.locator("[name=word_ids] .o_data_row")).to_have_count(3)
    approver.screenshot(path=SCREENSHOTS / "payment_no_word.png")


def fault_39_two_releasers_at_once(web: Server, database: Database, name: str) -> None:
    """Both have entered their password; both press the button in the same moment."""
    [(order_id,)] = database.query(f"SELECT id FROM finance_payment_order WHERE name = '{name}'")
    barrier = threading.Barrier(2)
    answers: dict[str, Any] = {}

    def release(login: str) -> None:
        session = requests.Session()
        session.headers["User-Agent"] = "test"
        credentials = {"db": database.name, "login": login, "password": login}
        call(session, "/web/session/authenticate", credentials)
        params = {"model": "finance.payment.order", "method": "action_release", "args": [[order_id]], "kwargs": {}}
        asked = call(session, "/web/dataset/call_button", params)["result"]
        check = {
            "model": asked["res_model"],
            "method": "run_check",
            "args": [[asked["res_id"]]],
            "kwargs": {"context": {"password": login}},
        }
        barrier.wait(60)
        answers[login] = call(session, "/web/dataset/call_button", check)

    def call(session: requests.Session, path: str, params: dict[str, Any]) -> dict[str, Any]:
        answer = session.post(web.url + path, json={"jsonrpc": "2.0", "params": params}, timeout=120)
        found: dict[str, Any] = answer.json()
        return found

    threads = [threading.Thread(target=release, args=(login,)) for login in ("letgo1", "letgo2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    errors = [answer["error"]["data"]["message"] for answer in answers.values() if "error" in answer]
    assert len(answers) == 2 and len(errors) == 1, answers
    assert "faster" in errors[0]
    rows = f"SELECT count(*) FROM finance_payment_approval WHERE decision = 'release' AND order_id = {order_id}"
    assert database.value(rows) == 1
