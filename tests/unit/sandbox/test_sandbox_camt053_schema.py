"""The files against the official schemas, in the shape of the dataclasses that PyPI ``pyiso20022`` made from them.

No package on PyPI ships the camt XSDs themselves. The dataclasses keep what the XSDs say about order, occurrence,
choice, length, pattern, digits and enumerations; version 13 is not among them.
"""

from __future__ import annotations

import pytest
import schema_oracle

from sandbox.bank import camt053
from sandbox.bank.bulk import bulk_statement
from sandbox.bank.camt_version import Dialect
from sandbox.bank.demand import read_demand
from sandbox.bank.ledger import Ledger
from sandbox.bank.pages import pages
from sandbox.bank.scenario import play
from sandbox.bank.scenes import SCENES

VERSIONS = range(2, 13)


def schema_errors(data: bytes, version: int) -> list[str]:
    """What the schema of a version says against a file."""
    assert f"camt.053.001.{version:02d}".encode() in data[:200]
    return schema_oracle.errors(data)


@pytest.mark.parametrize("opening_code", ["OPBD", "PRCD"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_scene_is_valid(version: int, opening_code: str, demand_text: str) -> None:
    with Ledger() as ledger:
        outcome = play(ledger, read_demand(demand_text), kinds=tuple(SCENES))
    assert not outcome.not_played
    data = camt053.render(outcome.statements, Dialect(version=version, opening_code=opening_code))
    assert schema_errors(data, version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_pages_and_bulk_are_valid(version: int) -> None:
    dialect = Dialect(version=version, pretty=False)
    statement = bulk_statement(5)
    for page in pages(statement, 3):
        assert schema_errors(camt053.render([page], dialect), version) == []
    assert schema_errors(camt053.render([statement], dialect), version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_day_without_bookings_is_valid(version: int, demand_text: str) -> None:
    with Ledger() as ledger:
        outcome = play(ledger, read_demand(demand_text), days=3, kinds=())
    data = camt053.render(outcome.statements, Dialect(version=version))
    assert schema_errors(data, version) == []
    assert b"<Ntry>" not in data


def test_the_oracle_finds_what_is_wrong() -> None:
    data = camt053.render([bulk_statement(1)], Dialect(version=8))
    for wrong in (
        data.replace(b"BICFI", b"BIC"),
        data.replace(b"<CdtDbtInd>CRDT</CdtDbtInd>", b"", 1),
        data.replace(b"<Cd>BOOK</Cd>", b"BOOK"),
        data.replace(b"EUR", b"eur", 1),
        data.replace(b"<NtryDtls>", b"<NtryDtls/><AddtlNtryInf>x</AddtlNtryInf><NtryDtls>"),
    ):
        assert schema_errors(wrong, 8), wrong
