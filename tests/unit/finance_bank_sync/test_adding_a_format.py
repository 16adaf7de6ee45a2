"""The worked example of docs/adding-a-format.md runs as it stands there."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from odoo.addons.finance_bank_sync.formats import Camt053, FormatError, UnknownFormat, detect
from odoo.addons.finance_bank_sync.formats.model import Entry, StatementEnd, StatementStart
from odoo.addons.finance_bank_sync.proof import balance, control

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "adding-a-format.md").read_text(encoding="utf-8")
SOURCE = Path(__file__).resolve().parents[3] / "finance_bank_sync" / "formats"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def polder() -> Any:
    (code,) = blocks("python")
    namespace: dict[str, Any] = {"__name__": "polder"}
    exec(compile(code, "docs/adding-a-format.md", "exec"), namespace)  # noqa: S102  our own documentation
    return namespace["Polder"]()


SAMPLE = next(block for block in blocks("") if block.startswith("STMT|")).encode()


def test_the_example_reads_its_sample(polder: Any) -> None:
    assert detect([Camt053(), polder], SAMPLE, "a.txt") is polder
    start, entry, end = polder.parse(io.BytesIO(SAMPLE))
    assert (type(start), type(entry), type(end)) == (StatementStart, Entry, StatementEnd)
    assert entry.money.amount == Decimal("-4.20")
    totals = control.Totals()
    totals.add(entry)
    assert control.prove_statement(end.balances, totals).state == balance.PROVED


def test_the_example_keeps_the_rules(polder: Any) -> None:
    for cut in range(len(SAMPLE)):
        events: list[Any] = []
        with pytest.raises(FormatError):
            for event in polder.parse(io.BytesIO(SAMPLE[:cut])):
                events.append(event)
        assert not any(isinstance(event, StatementEnd) for event in events)
    with pytest.raises(FormatError) as refused:
        list(polder.parse(io.BytesIO(SAMPLE.replace(b"-4.20", b"4,20"))))
    assert refused.value.place == "line 2"
    with pytest.raises(UnknownFormat):
        detect([polder], b"<xml/>")


def test_every_code_is_documented() -> None:
    """The guide lists every reason for which a file can be refused, and every warning."""
    safe = SOURCE.parents[1] / "finance_connector_base" / "safe"
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (*SOURCE.glob("camt/*.py"), *safe.glob("[ax]*.py"), safe / "encoding.py")
    )
    codes = set(
        re.findall(
            r'(?:FormatError|SafetyError|Broken|_Invalid|warnings\.add|notes\.append)\(\(?\s*"([a-z_]+)"', source
        )
    )
    assert len(codes) > 30
    assert sorted(code for code in codes if f"`{code}`" not in GUIDE) == []
