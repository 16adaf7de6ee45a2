"""A mapping that changes under the hands of the workers (B-06, B-07; fault 51)."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from tests.process.queue_workers import assert_exactly_once

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

OFFICE = """
groups = [env.ref("base.group_user").id, env.ref("finance_connector_base.finance_group_mapping_steward").id]
for login in ("one", "two"):
    if not env["res.users"].search([("login", "=", f"steward {login}")]):
        env["res.users"].create({"name": login, "login": f"steward {login}", "group_ids": [(6, 0, groups)]})
if not env["finance.mapping.domain"].search([("code", "=", "race")]):
    env["finance.mapping.domain"].create({"code": "race", "name": "Race", "res_model": "res.partner"})
for name in ("race one", "race two"):
    env["res.partner"].create({"name": name})
"""
#: one steward proposes, another approves; what is made of the mapping before is said by the step.
#: As a user's request would be, it is run again when the workers were faster.
APPROVE = """
from odoo.service.model import retrying
def decide():
    users = env["res.users"]
    one, two = (users.search([("login", "=", f"steward {{name}}")]) for name in ("one", "two"))
    mappings = env["finance.mapping"].with_user(one)
    partners = env["res.partner"].search([("name", "=like", "race %")], order="id desc", limit=2)
    latest = mappings.search([("domain_id.code", "=", "race"), ("state", "=", "active")])
{step}
    if draft.state == "draft":
        draft.action_propose()
    draft.with_user(two).action_approve()
retrying(decide, env)
"""
FIRST = """
draft = mappings.create({"domain_id": env["finance.mapping.domain"].search([("code", "=", "race")]).id, "code": "V1",
    "connection_id": env["finance.connection"].search([], limit=1).id, "res_id": partners[0].id})
"""
CHANGE = """
draft = mappings.browse(latest.action_new_version()["res_id"])
draft.res_id = partners[1]
"""
ROLL_BACK = """
first = mappings.search([("domain_id.code", "=", "race"), ("version", "=", 1)])
draft = mappings.browse(first.action_roll_back()["res_id"])
"""


def test_500_held_messages_while_the_mapping_changes_and_is_rolled_back(workers: Workers) -> None:
    """All resume by themselves, each works exactly once, and carries the version that gave its record."""
    database = workers.database
    workers.farm.script(OFFICE)
    workers.fill(500, do="map", domain="race", code="V1", keyed=False)
    workers.start(3)
    workers.wait_for("SELECT count(*) = 500 FROM finance_message WHERE state = 'held'", seconds=120)
    for step in (FIRST, CHANGE, ROLL_BACK):
        workers.farm.script(APPROVE.format(step=indent(step, "    ")))
    workers.wait_for("SELECT NOT EXISTS (SELECT 1 FROM finance_message WHERE state = 'held')", seconds=120)
    workers.work_until_done()
    assert_exactly_once(database, 500)
    wrong = database.query(
        "SELECT m.id, m.mapping_versions, m.result FROM finance_message m"
        " LEFT JOIN finance_mapping r ON m.mapping_versions = jsonb_build_object('race:V1#' || r.id, r.version)"
        " WHERE r.id IS NULL OR (m.result->>'record')::int <> r.res_id"
        " OR (m.result->>'mapping_version')::int <> r.version"
    )
    assert wrong == []
    versions = database.query("SELECT version, state FROM finance_mapping ORDER BY version")
    assert versions == [(1, "retired"), (2, "retired"), (3, "active")]
    assert database.value("SELECT count(*) FROM finance_exception WHERE state = 'open'") == 0
