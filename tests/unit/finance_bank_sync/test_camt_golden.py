"""Every fixture reads exactly as the JSON beside it says (K-02).

``REGENERATE=1 pytest tests/unit/finance_bank_sync/test_camt_golden.py`` writes the JSON anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import golden
import pytest

from odoo.addons.finance_bank_sync.formats import Camt052, Camt053, Camt054, detect
from odoo.addons.finance_bank_sync.formats.model import Account, Entry, StatementEnd
from odoo.addons.finance_bank_sync.proof import control, keys

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "camt"
FILES = sorted(FIXTURES.glob("*.xml"))


def read(path: Path) -> list[object]:
    """Read a fixture, with the proof of each statement and the key of each entry."""
    result: list[object] = []
    totals, sequence = control.Totals(), keys.EntryKeys(Account())
    with path.open("rb") as stream:
        known = detect([Camt052(), Camt053(), Camt054()], stream.read(8192), path.name)
        stream.seek(0)
        for event in known.parse(stream):
            item = {"event": type(event).__name__, **golden.plain(event)}
            if isinstance(event, Entry):
                totals.add(event)
                item["key"] = sequence.key(event)
            elif isinstance(event, StatementEnd):
                proof = control.prove_statement(event.balances, totals)
                item["proof"] = golden.plain(proof)
                item["mismatches"] = golden.plain(control.check_summary(event.summary, totals))
            else:
                totals, sequence = control.Totals(), keys.EntryKeys(event.account)
            result.append(item)
    return result


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reads_as_expected(path: Path) -> None:
    expected = path.with_suffix(".json")
    actual = golden.written(read(path))
    if os.environ.get("REGENERATE"):
        expected.write_text(actual, encoding="utf-8")
    assert actual == expected.read_text(encoding="utf-8")


def test_every_generation_has_a_fixture() -> None:
    """K-02: the generations of the schema that differ are all there."""
    versions = {path.stem.split("_")[1] for path in FILES}
    assert versions >= {"02", "04", "06", "08", "10", "13"}


def test_every_message_has_a_fixture() -> None:
    """K-01, K-02: statements, reports of the day and notifications."""
    assert {path.stem.split("_")[0] for path in FILES} == {"052", "053", "054"}


def test_every_fixture_is_described() -> None:
    described = (FIXTURES / "README.md").read_text(encoding="utf-8")
    assert [path.stem for path in FILES if path.stem not in described] == []
