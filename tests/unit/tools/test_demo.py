"""When the demo database is made, made anew, brought up to date, or left alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

from suite import database, demo, outside, template
from suite.environment import Ready

ONE, TWO = ["finance_connector_base"], ["finance_connector_base", "finance_expense_sync"]


class Launcher:
    """Notes what is done to a demo database that has these modules and was made from this state of the files."""

    def __init__(self, installed: list[str] | None, state: str) -> None:
        self.installed, self.state = installed, state
        self.done: list[str] = []

    def query(self, sql: str, _env: object, name: str = "postgres") -> str:
        if "ir_module_module" in sql:
            assert name == demo.DATABASE
            return "\n".join(self.installed or [])
        if sql.startswith("COMMENT"):
            self.state = sql.split("'")[1]
        return self.state


@pytest.mark.parametrize(
    ("installed", "state", "done", "is_kept"),
    [
        (None, "", "made", False),
        (TWO, "new", "", True),
        (TWO, "old", "updated", True),
        (ONE, "old", "made", False),
        ([*TWO, "finance_gone"], "old", "made", False),
    ],
    ids=["none", "as it is", "other files", "a new module", "a module less"],
)
def test_demo_database_with_other_modules_is_made_anew(
    installed: list[str] | None,
    state: str,
    done: str,
    is_kept: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """An update installs a new module without its demo data: what the demo plays then would find no company of it."""
    launcher = Launcher(installed, state)
    played = tmp_path / demo.DATABASE / "sftp"
    played.mkdir(parents=True)
    monkeypatch.setattr(outside, "HOME", tmp_path)
    monkeypatch.setattr(database, "exists", lambda *_given: installed is not None)
    monkeypatch.setattr(database, "query", launcher.query)
    monkeypatch.setattr(template, "suite_key", lambda *_given, **_more: "new")
    monkeypatch.setattr(template, "suite_modules", lambda **_more: list(TWO))
    monkeypatch.setattr(template, "suite", lambda *_given, **_more: "template")
    monkeypatch.setattr(template, "copy", lambda *_given: launcher.done.append("made"))
    monkeypatch.setattr(template, "install", lambda *_given, **_more: launcher.done.append("updated"))
    demo.prepare(cast(Ready, type("Nothing", (), {"env": {}})))
    assert launcher.done == [done] * bool(done)
    assert launcher.state == "new"
    assert played.exists() == is_kept
