"""Keys and secrets in the browser: a rotation (B-42), and a secret that stays in the vault (S-32)."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.vault.server import Vault
from tests.browser.conftest import SCREENSHOTS, log_in
from tests.conftest import Database, StartServer

OLD = base64.b64encode(b"old master key of the test, 32 b").decode()
NEW = base64.b64encode(b"new master key of the test, 32 b").decode()
SEALED = """
import os
os.environ["FINANCE_MASTER_KEY"] = {key!r}
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
connection = env["finance.connection"].create(
    dict(name="Bank", adapter="finance.adapter.sftp", environment="test", sftp_host="bank.example",
         sftp_username="odoo"))
env["finance.secret"]._put(connection, "password", "hush")
for number in range(20):
    env["finance.payload"]._store(b"statement %d" % number, company=env.company, name="statement.xml")
env.cr.commit()
"""


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"keys-{name}.png")


@pytest.mark.timeout(600)
def test_b42_watch_a_rotation(browser: Browser, start_server: StartServer, database: Database) -> None:
    database.shell(SEALED.format(key=OLD))
    server = start_server(database, cron_threads=0, env={"FINANCE_MASTER_KEY": NEW, "FINANCE_MASTER_KEY_PREVIOUS": OLD})
    context = browser.new_context(base_url=server.url, viewport={"width": 1366, "height": 768})
    context.set_default_timeout(60_000)
    page = context.new_page()
    log_in(page, "admin")
    page.goto("/odoo/action-finance_connector_base.finance_key_action_open")
    old = page.locator(".o_data_row", has_text="Previous, still opens")
    expect(old).to_contain_text("100%")
    expect(old.locator("td[name=file_count]")).to_have_text("20")
    new = page.locator(".o_data_row", has_text="Current")
    expect(new).to_contain_text("0%")
    expect(new.locator("td[name=rotation_began_at]")).not_to_be_empty()
    picture(page, "begun")

    page.get_by_role("button", name="Emergency rotation").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("div[name=reason] textarea").fill("A laptop was stolen")
    picture(page, "emergency")
    dialog.get_by_role("button", name="Rotate now").click()
    expect(page.locator(".o_notification").first).to_contain_text("Take the old key away")
    page.get_by_role("button", name="Count again").click()
    expect(page.locator(".o_data_row", has_text="Not needed any more")).to_be_visible()
    expect(new).to_contain_text("100%")
    expect(new.locator("td[name=rotation_ended_at]")).not_to_be_empty()
    picture(page, "done")
    context.close()


@pytest.mark.timeout(600)
def test_s32_a_secret_stays_in_the_vault(browser: Browser, start_server: StartServer, database: Database) -> None:
    database.shell(SEALED.format(key=OLD))
    company = database.value("SELECT company_id FROM finance_connection WHERE name = 'Bank'")
    with Vault() as vault:
        vault.write("odoo/bank", {"password": "hush"})
        server = start_server(
            database,
            cron_threads=0,
            env={
                "FINANCE_MASTER_KEY": OLD,
                "FINANCE_VAULT_ADDR": vault.address,
                "FINANCE_VAULT_TOKEN": vault.token,
                "FINANCE_VAULT_NETWORKS": "127.0.0.0/8",
                "FINANCE_VAULT_SECRETS": f"{company}/test=secret/odoo",
            },
        )
        context = browser.new_context(base_url=server.url, viewport={"width": 1366, "height": 900})
        context.set_default_timeout(60_000)
        page = context.new_page()
        log_in(page, "admin")
        page.goto("/odoo/finance-connections")
        page.locator(".o_action").get_by_text("Bank", exact=True).first.click()
        page.get_by_role("tab", name="Secrets").click()
        page.get_by_role("button", name="Set a secret").click()
        dialog = page.get_by_role("dialog")
        dialog.locator(".o_field_widget[name=key]").wait_for()
        dialog.locator(".o_field_widget[name=is_reference] input").check()
        expect(dialog.locator(".o_field_widget[name=allowed]")).to_have_text("vault:secret/odoo/...")
        expect(dialog.locator(".o_field_widget[name=value]")).to_be_hidden()
        place = dialog.locator(".o_field_widget[name=reference] input")
        place.fill("vault:secret/other/bank#password")
        dialog.get_by_role("button", name="Save the secret").click()
        refused = page.locator(".modal-content", has_text="not among the places")
        picture(page, "vault-refused")
        refused.get_by_role("button", name="Close").last.click()
        place.fill("vault:secret/odoo/bank#password")
        picture(page, "vault-dialog")
        dialog.get_by_role("button", name="Save the secret").click()
        expect(dialog).to_be_hidden()
        row = page.locator("div[name=secret_ids] .o_data_row", has_text="password")
        expect(row).to_contain_text("vault:secret/odoo/bank#password")
        picture(page, "vault-connection")
        context.close()
