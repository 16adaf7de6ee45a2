"""After an upgrade: the hosts in use are shown, and allowed in one step (B-46)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from suite.server import Server
    from tests.conftest import Database

DATA = """
for name, environment, host in (("House bank", "production", "sftp.bank.example"),
                                ("House bank, test", "test", "sftp-test.bank.example"),
                                ("Mixed up", "test", "sftp.bank.example")):
    env["finance.connection"].create({"name": name, "adapter": "finance.adapter.sftp", "environment": environment,
        "state": "active", "check_ok": True, "sftp_host": host, "sftp_username": "u", "max_concurrency": 1})
env["finance.host"].search([]).unlink()
env.cr.commit()
"""


def test_b46_allow_the_hosts_in_use(page: Page, web: Server, database: Database) -> None:
    database.shell(DATA)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/finance-hosts")
    page.get_by_role("button", name="Allow those in use").click()
    dialog = page.locator(".modal-content").last
    expect(dialog.locator("tr", has_text="sftp-test.bank.example")).to_contain_text("House bank, test")
    expect(dialog.locator("tr", has_text="Mixed up")).to_contain_text("enter it by hand")
    dialog.locator("div[name=reason] textarea").fill("The lists came with the upgrade")
    page.screenshot(path=SCREENSHOTS / "hosts_in_use.png")
    dialog.get_by_role("button", name="Allow these").click()
    page.locator(".modal-content input[type=password]").fill("admin")
    page.get_by_role("button", name="Confirm Password").click()
    expect(page.locator(".modal-content")).to_have_count(0)
    page.locator(".o_group_header", has_text="Test").click()
    expect(page.locator(".o_data_row").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "hosts_allowed.png")
    assert database.query("SELECT name, environment FROM finance_host") == [("sftp-test.bank.example", "test")]
