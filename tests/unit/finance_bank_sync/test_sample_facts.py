"""Files of banks that may not be kept here read as they did when a person looked at them (K-02, K-05).

``sample_facts.json`` has one line a file: hash, figures of its statements or the refusal, digest of all that is
read. The files are others' and stay where they are: ``make samples-check FIN_SAMPLES=folder`` compares every file
below a folder that stands in the table, and says which do not. ``REGENERATE=1`` writes the table anew.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import sample_facts
from test_camt_golden import FILES as CAMT
from test_text_golden import FILES as TEXTS

TABLE = Path(__file__).with_name("sample_facts.json")
KNOWN = json.loads(TABLE.read_text(encoding="ascii")) if TABLE.exists() else {}
FOLDER = os.environ.get("FIN_SAMPLES", "")
#: answers to payments are read elsewhere
OTHERS = frozenset({"pain002"})
SAMPLES = (
    sorted(
        path
        for path in Path(FOLDER).rglob("*")
        if path.is_file() and path.suffix != ".md" and path.parent.name not in OTHERS
    )
    if FOLDER
    else []
)
OWN = [*CAMT, *TEXTS]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def expected(path: Path) -> dict[str, Any] | None:
    """Return what the table says of a file; with ``REGENERATE`` what it says from now on."""
    if os.environ.get("REGENERATE"):
        KNOWN[sample_facts.sha256(path)] = sample_facts.facts(path)
        TABLE.write_text(sample_facts.written(KNOWN), encoding="ascii")
    return KNOWN.get(sample_facts.sha256(path))


@pytest.mark.parametrize("path", OWN, ids=name)
def test_k02_own_fixture_reads_as_the_table_says(path: Path) -> None:
    assert sample_facts.facts(path) == expected(path)


@pytest.mark.skipif(not SAMPLES, reason="FIN_SAMPLES names no folder with files of banks: make samples-check")
@pytest.mark.parametrize("path", SAMPLES, ids=name)
def test_k02_sample_reads_as_the_table_says(path: Path) -> None:
    known = expected(path)
    if known is None:
        pytest.skip("not in the table")
    assert sample_facts.facts(path) == known


def test_table_tells_of_nobody() -> None:
    """Hashes, figures, codes and places; four signs of an account at most."""
    figures = {*sample_facts.FIGURES, "account"}
    for digest, facts in KNOWN.items():
        assert re.fullmatch("[0-9a-f]{64}", digest)
        assert facts.keys() in ({"statements", "digest"}, {"refused"})
        if "refused" in facts:
            assert facts["refused"].keys() == {"code", "place"}
            assert re.fullmatch("[a-z0-9_]+", facts["refused"]["code"])
            assert re.fullmatch(r"[A-Za-z0-9 ,/\[\]:._?]*", facts["refused"]["place"])
            continue
        for statement in facts["statements"]:
            assert statement.keys() <= figures
            assert len(statement["account"]) <= sample_facts.ACCOUNT_END
            for what in ("opening", "closing", "sum", "difference"):
                assert re.fullmatch(r"-?\d+(\.\d+)?", statement.get(what, "0"))
