"""The impact of a change of mappings over many messages: in the background, by the scheduled action (B-07)."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Database, StartServer

COUNT = 3500
CHANGE = f"""
partners = env["res.partner"].create([{{"name": "impact one"}}, {{"name": "impact two"}}])
domain = env["finance.mapping.domain"].create({{"code": "impact", "name": "Impact", "res_model": "res.partner"}})
connection = env["finance.connection"].create(
    {{"name": "Impact", "adapter": "finance.adapter.test", "environment": "test", "check_ok": True}})
flow = env["finance.flow"].create(
    {{"name": "Impact", "connection_id": connection.id, "handler": "finance.handler.test"}})
first = env["finance.mapping"].create({{"domain_id": domain.id, "connection_id": connection.id, "code": "V1",
    "res_id": partners[0].id, "state": "active"}})
second = first.browse(first.action_new_version()["res_id"])
second.res_id = partners[1]
env.flush_all()
env.cr.execute('''
    INSERT INTO finance_message (subject, kind, flow_id, connection_id, company_id, state, correlation_id, create_date,
                                 closed_at, mapping_versions, mapping_asked)
    SELECT 'm' || n, 'exchange', %s, %s, %s, 'done', 'impact-' || n, now() AT TIME ZONE 'UTC',
           now() AT TIME ZONE 'UTC', jsonb_build_object(%s, 1), %s::jsonb
      FROM generate_series(1, {COUNT}) n''',
    (flow.id, connection.id, connection.company_id.id, f"impact:V1#{{first.id}}",
     '[{{"kind": "impact", "codes": ["V1"], "day": "2026-01-01", "facts": {{}}, "words": []}}]'))
"""
PREVIEW = """
env["finance.mapping"].search([("domain_id.code", "=", "impact"), ("state", "=", "draft")]).action_preview_impact()
env.cr.commit()
"""
LATEST = "SELECT state, total, seen, message_count FROM finance_mapping_impact ORDER BY id DESC LIMIT 1"


@pytest.mark.timeout(600)
def test_the_impact_goes_on_in_the_background_and_one_that_is_cancelled_stops(
    database: Database, odoo_server: StartServer
) -> None:
    database.shell(CHANGE + "env.cr.commit()\n")
    database.shell(PREVIEW)
    assert database.query(LATEST) == [("running", COUNT, 1000, 1000)], "the first page is seen while one waits"
    database.shell(
        "look = env['finance.mapping.impact'].search([], limit=1)\n"
        "look._change().action_cancel_impact()\nenv.cr.commit()\n"
    )
    database.shell(PREVIEW)
    odoo_server(cron_threads=2)
    deadline = time.monotonic() + 300
    while database.query(LATEST)[0][0] == "running":
        assert time.monotonic() < deadline, database.query(LATEST)
        # the server looks a minute after its start; here it is told to look at once
        replace(database, name="postgres").query("SELECT pg_notify('cron_trigger', %s)", database.name)
        time.sleep(0.5)
    assert database.query(LATEST) == [("done", COUNT, COUNT, COUNT)]
    looks = database.query("SELECT state, seen FROM finance_mapping_impact ORDER BY id")
    assert looks == [("cancelled", 1000), ("done", COUNT)]
