"""What guards the tables of the trail, by the module and by the verifier that shares no code with it (attack 34)."""

from __future__ import annotations

import re
from pathlib import Path

from odoo.addons.finance_integration_audit.trail import guards
from odoo.addons.finance_integration_audit.verifier import verify_trail

ROOT = Path(__file__).parents[3]


def whole():
    return [
        guards.Guard("trigger", table, name, "O", definition.format(table), verify_trail.GUARD_SOURCE)
        for table in guards.TABLES
        for name, definition in guards.TRIGGERS.items()
    ]


def test_the_verifier_knows_the_function_and_the_triggers_that_refuse():
    code = (ROOT / "finance_connector_base/models/finance_append_only.py").read_text()
    body = re.search(r"\$\$(.*?)\$\$", code, re.DOTALL)[1]
    assert guards.source_digest(f"plpgsql {body}") == verify_trail.GUARD_SOURCE
    assert (guards.TABLES, guards.TRIGGERS) == (verify_trail.TABLES, verify_trail.TRIGGERS)


def test_what_guards_is_not_complained_about_and_everything_else_is():
    assert guards.wrong(whole(), verify_trail.GUARD_SOURCE) == []
    for number, one in enumerate(whole()):
        for changed in (
            one._replace(enabled="D"),
            one._replace(enabled="R"),
            one._replace(definition=one.definition.replace("EXECUTE", "WHEN (false) EXECUTE")),
            one._replace(source="0" * 64),
            one._replace(name="other"),
        ):
            told = guards.wrong([*whole()[:number], changed, *whole()[number + 1 :]], verify_trail.GUARD_SOURCE)
            assert any(one.table in text and one.name in text for text in told)
    for kind in ("rule", "security", "setting", "trigger"):
        assert guards.wrong([*whole(), guards.guard(kind, "x", "y", "O", "", "")], verify_trail.GUARD_SOURCE)
