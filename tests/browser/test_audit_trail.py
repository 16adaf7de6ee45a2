"""An auditor looks at the trail: entries, a proof, an attack that is found, and evidence to take away (A-01, A-06)."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from suite.server import Server
from tests.browser.conftest import SCREENSHOTS

if TYPE_CHECKING:
    from tests.conftest import Database, StartServer

KEY = base64.b64encode(os.urandom(32)).decode()
TRAIL = f"""
import os
os.environ["FINANCE_MASTER_KEY"] = {KEY!r}
os.environ.pop("FINANCE_MASTER_KEY_FILE", None)
env.ref("base.user_admin").write({{"group_ids": [(4, env.ref("finance_connector_base.finance_group_auditor").id)]}})
connection = env["finance.connection"].create({{"name": "House bank", "adapter": "finance.adapter.manual"}})
what = {{"before": {{"state": "proposed"}}, "after": {{"state": "approved"}}, "correlation_id": "t-1"}}
told = (("payment.approved", "as agreed"), ("message.replayed", "mapping corrected"), ("secret.set", None))
for event, reason in told:
    env["finance.audit"]._record(event, connection, reason=reason, **what)
env["finance.audit.sealer"]._seal_and_sign()
verifications = env["finance.audit.verification"]
assert verifications._new("whole")._run() == []
env.cr.execute("SET LOCAL session_replication_role = replica")
env.cr.execute("UPDATE finance_audit_entry SET reason = 'changed by SQL' WHERE event = 'payment.approved'")
env.cr.execute("SET LOCAL session_replication_role = origin")
env.invalidate_all()
assert [one.kind for one in verifications._new("whole")._run()] == ["edited"]
facts = {{"name": "Evidence of transaction t-1", "kind": "transaction", "correlation_id": "t-1"}}
bundle = env["finance.evidence.bundle"]._ask(**facts)
bundle.sudo()._make()
env.cr.commit()
"""


@pytest.fixture
def web(odoo_server: StartServer, database: Database) -> Server:
    """A server that can open what the bundle was sealed with, and adds nothing of its own to the lists."""
    database.shell(TRAIL)
    return odoo_server(cron_threads=0, env={"FINANCE_MASTER_KEY": KEY})


def test_a01_an_auditor_sees_what_was_done_and_what_was_changed(page: Page) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.goto("/odoo/action-finance_integration_audit.finance_audit_entry_action")
    expect(page.locator(".o_data_row", has_text="message.replayed")).to_contain_text("mapping corrected")
    page.screenshot(path=SCREENSHOTS / "trail_entries.png")
    page.locator(".o_data_row", has_text="payment.approved").locator("[name=event]").click()
    expect(page.locator("[name=after]")).to_contain_text("approved")
    page.screenshot(path=SCREENSHOTS / "trail_entry.png")

    page.goto("/odoo/action-finance_integration_audit.finance_audit_verification_action")
    rows = page.locator(".o_data_row")
    expect(rows.first).to_contain_text("Broken")
    expect(rows.nth(1)).to_contain_text("Proved")
    page.screenshot(path=SCREENSHOTS / "trail_verifications.png")
    rows.first.locator("[name=kind]").click()
    expect(page.locator(".alert-danger")).to_contain_text("Edited")
    page.screenshot(path=SCREENSHOTS / "trail_broken.png")

    page.goto("/odoo/action-finance_integration_audit.finance_audit_checkpoint_action")
    page.locator(".o_data_row").first.locator("[name=size]").click()
    expect(page.locator("[name=note]")).to_contain_text("finance audit trail head 1")
    page.screenshot(path=SCREENSHOTS / "trail_checkpoint.png")

    page.goto("/odoo/action-finance_integration_audit.finance_audit_anchor_action/new")
    expect(page.get_by_label("Kind")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "trail_anchor.png")

    page.goto("/odoo/action-finance_integration_audit.finance_evidence_bundle_action")
    page.get_by_role("button", name="Make a bundle").click()
    expect(page.locator(".modal-content")).to_contain_text("verifies itself without Odoo")
    page.screenshot(path=SCREENSHOTS / "trail_evidence_wizard.png")
    page.locator(".modal-content").get_by_role("button", name="Cancel").click()
    page.locator(".o_data_row").first.locator("[name=name]").click()
    # it opens beside the page
    with page.context.expect_event("response", lambda answer: "/finance/evidence/" in answer.url) as told:
        page.get_by_role("button", name="Download").click()
    assert told.value.status == 200
    page.screenshot(path=SCREENSHOTS / "trail_evidence.png")
