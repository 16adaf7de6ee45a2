"""Every fixture of the text formats reads exactly as the JSON beside it says (K-02).

``REGENERATE=1 pytest tests/unit/finance_bank_sync/test_text_golden.py`` writes the JSON anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import golden
import pytest

from odoo.addons.finance_bank_sync.formats import detect, known_formats
from odoo.addons.finance_bank_sync.formats.model import Entry, StatementStart
from odoo.addons.finance_bank_sync.proof import control

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FILES = sorted(
    path
    for folder in ("mt940", "ofx", "bai2", "qif", "coda", "norma43", "cfonb120")
    for path in (FIXTURES / folder).iterdir()
    if path.suffix not in (".json", ".md")
)


def read(path: Path) -> list[object]:
    """Read a fixture, with the proof of each statement."""
    result: list[object] = []
    totals = control.Totals()
    with path.open("rb") as stream:
        known = detect(known_formats(), stream.read(8192), path.name)
        stream.seek(0)
        for event in known.parse(stream):
            item = {"event": type(event).__name__, **golden.plain(event)}
            if isinstance(event, Entry):
                totals.add(event)
            elif isinstance(event, StatementStart):
                totals = control.Totals()
            else:
                item["proof"] = golden.plain(control.prove_statement(event.balances, totals))
                item["mismatches"] = golden.plain(control.check_summary(event.summary, totals))
            result.append(item)
    return result


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_reads_as_expected(path: Path) -> None:
    expected = path.with_suffix(".json")
    actual = golden.written(read(path))
    if os.environ.get("REGENERATE"):
        expected.write_text(actual, encoding="utf-8")
    assert actual == expected.read_text(encoding="utf-8")


def test_every_fixture_is_described() -> None:
    for path in FILES:
        assert f"| {path.stem} |" in (path.parent / "README.md").read_text(encoding="utf-8")
