"""Every spoiled file is wrong in exactly the way its name says."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sandbox.bank.camt_version import Dialect
from sandbox.bank.demand import read_demand
from sandbox.bank.ledger import Ledger
from sandbox.bank.model import Statement
from sandbox.bank.scenario import next_day, play
from sandbox.bank.spoil import FAULTS, spoiled
from sandbox.bank.write import deliver

MakeDemand = Callable[..., dict[str, Any]]


@pytest.fixture
def statement(make_demand: MakeDemand) -> Statement:
    with Ledger() as ledger:
        outcome = play(ledger, read_demand(json.dumps(make_demand())), days=1)
        return next_day(ledger, outcome)[0]


def make(statement: Statement, fault: str, argument: str = "") -> bytes:
    (data,) = spoiled(statement, Dialect(), fault, argument)
    return data


def figures(data: bytes) -> tuple[Decimal, list[Decimal], Decimal]:
    """Opening, entries and closing of a file."""
    root = etree.fromstring(data)

    def signed(node: etree._Element) -> Decimal:
        return Decimal(node.findtext("{*}Amt") or "") * (-1 if node.findtext("{*}CdtDbtInd") == "DBIT" else 1)

    balances = {item.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd"): signed(item) for item in root.iter("{*}Bal")}
    return balances["OPBD"], [signed(item) for item in root.iter("{*}Ntry")], balances["CLBD"]


def field(data: bytes, path: str) -> str | None:
    return etree.fromstring(data).findtext(f".//{'/'.join('{*}' + name for name in path.split('/'))}")


@pytest.mark.parametrize("fault", ["wrong_closing", "flipped_sign", "doubled_entry"])
def test_these_do_not_balance(statement: Statement, fault: str) -> None:
    opening, entries, closing = figures(make(statement, fault))
    assert opening + sum(entries) != closing


@pytest.mark.parametrize(
    "fault",
    ["wrong_currency", "unknown_account", "sequence_gap", "shifted", "duplicated_id", "empty", "byte_order_mark"],
)
def test_these_balance_all_the_same(statement: Statement, fault: str) -> None:
    opening, entries, closing = figures(make(statement, fault))
    assert opening + sum(entries) == closing


def test_what_the_content_says(statement: Statement) -> None:
    assert field(make(statement, "wrong_currency"), "Acct/Ccy") == "USD"
    assert field(make(statement, "unknown_account", "NL91ABNA0417164300"), "Acct/Id/IBAN") == "NL91ABNA0417164300"
    assert field(make(statement, "sequence_gap"), "LglSeqNb") == str((statement.legal_sequence or 0) + 1)
    assert figures(make(statement, "shifted", "7"))[0] == statement.opening + 7
    assert field(make(statement, "duplicated_id", "OLD"), "Stmt/Id") == "OLD"
    assert len(figures(make(statement, "doubled_entry", "1"))[1]) == 4
    assert figures(make(statement, "empty"))[1] == []


@pytest.mark.parametrize("tenths", range(1, 10))
def test_41_truncated_files_are_no_xml(statement: Statement, tenths: int) -> None:
    data = make(statement, "truncated", f"0.{tenths}")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(data)


def test_entities_are_declared_and_used(statement: Statement) -> None:
    for fault, name in (("doctype", b"who"), ("expansion", b"e9")):
        data = make(statement, fault)
        assert data.count(b"<!DOCTYPE Document [") == 1
        assert b"<!ENTITY " + name in data and b"<Nm>&" + name + b";</Nm>" in data


def test_latin1_is_not_utf8(statement: Statement) -> None:
    bare, declared = make(statement, "latin1_undeclared"), make(statement, "latin1_as_utf8")
    assert bare.startswith(b"<Document") and declared.startswith(b"<?xml")
    for data in (bare, declared):
        with pytest.raises(UnicodeDecodeError):
            data.decode()
        assert "ö" in data.decode("iso-8859-1")


def test_wrappings_hold_the_right_file(statement: Statement) -> None:
    right = figures(make(statement, "byte_order_mark"))
    assert figures(make(statement, "prefixed")) == right
    assert etree.fromstring(make(statement, "prefixed")).prefix == "ns2"
    bare = make(statement, "no_namespace")
    assert etree.fromstring(bare).tag == "Document" and figures(bare) == right
    with zipfile.ZipFile(io.BytesIO(make(statement, "zipped"))) as archive:
        assert figures(archive.read("statement.xml")) == right


def test_42_a_page_is_missing(statement: Statement) -> None:
    numbers = [field(data, "StmtPgntn/PgNb") for data in spoiled(statement, Dialect(), "missing_page", "2")]
    assert numbers == ["1", "3"]
    assert len(spoiled(statement, Dialect(), "pages")) == 3


def test_only_what_can_be_posted_stays_in_the_books(tmp_path: Path, make_demand: MakeDemand) -> None:
    for number, fault in enumerate(FAULTS.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        with Ledger() as ledger:
            demand = read_demand(json.dumps(make_demand()))
            outcome, manifest = deliver(ledger, demand, folder, days=1, extras=False, faults=[(fault.name, "")])
            kept = len(ledger.statements(outcome.account.iban))
        assert kept == (2 if fault.outcome == "posted" else 1)
        assert manifest["account"]["closing"] == str(outcome.statements[-1].closing)
        new = sum(file["new_entries"] for file in manifest["files"])
        assert new == len(manifest["items"])
        assert {file["outcome"] for file in manifest["files"]} == {"posted", fault.outcome}
