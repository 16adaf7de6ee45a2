"""The written files: order as the specification lists it, balances, and what differs between versions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sandbox.bank import camt053
from sandbox.bank.bulk import bulk_statement
from sandbox.bank.camt_version import VERSIONS, Dialect
from sandbox.bank.demand import read_demand
from sandbox.bank.ledger import Ledger
from sandbox.bank.pages import pages
from sandbox.bank.scenario import Play, play
from sandbox.bank.scenes import SCENES

#: Order of the children, copied by hand from sections 2, 4 and 5 of the camt specification.
ORDER = {
    "Stmt": "Id StmtPgntn ElctrncSeqNb RptgSeq LglSeqNb CreDtTm FrToDt CpyDplctInd RptgSrc Acct RltdAcct Intrst Bal"
    " TxsSummry Ntry AddtlStmtInf",
    "Ntry": "NtryRef Amt CdtDbtInd RvslInd Sts BookgDt ValDt AcctSvcrRef Avlbty BkTxCd ComssnWvrInd AddtlInfInd AmtDtls"
    " Chrgs TechInptChanl Intrst CardTx NtryDtls AddtlNtryInf",
    "TxDtls": "Refs Amt CdtDbtInd AmtDtls Avlbty BkTxCd Chrgs Intrst RltdPties RltdAgts LclInstrm PmtTpInf Purp"
    " RltdRmtInf RmtInf RltdDts Tax RtrInf CorpActn CshDpst CardTx AddtlTxInf SplmtryData",
    "Refs": "MsgId AcctSvcrRef PmtInfId InstrId EndToEndId UETR TxId MndtId ChqNb ClrSysRef",
}


@pytest.fixture
def outcome(demand_text: str) -> Play:
    with Ledger() as ledger:
        return play(ledger, read_demand(demand_text), kinds=tuple(SCENES))


def parse(data: bytes) -> etree._Element:
    """The document without namespaces, to write short paths."""
    root = etree.fromstring(data)
    for node in root.iter():
        node.tag = etree.QName(node).localname
    return root


def signed(node: etree._Element, path: str = "Amt") -> Decimal:
    sign = -1 if node.findtext("CdtDbtInd") == "DBIT" else 1
    return sign * Decimal(node.findtext(path) or "")


def balance(statement: etree._Element, code: str) -> Decimal:
    return next(signed(item) for item in statement.findall("Bal") if item.findtext("Tp/CdOrPrtry/Cd") == code)


@pytest.mark.parametrize("version", VERSIONS)
def test_children_stand_in_the_order_of_the_specification(version: int, outcome: Play) -> None:
    root = parse(camt053.render(outcome.statements, Dialect(version=version)))
    for tag, names in ORDER.items():
        order = names.split()
        for node in root.iter(tag):
            found = [child.tag for child in node]
            assert found == sorted(found, key=order.index)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_written_statement_balances(version: int, outcome: Play) -> None:
    root = parse(camt053.render(outcome.statements, Dialect(version=version)))
    statements = root.findall("BkToCstmrStmt/Stmt")
    closing = balance(statements[0], "OPBD")
    for statement in statements:
        assert balance(statement, "OPBD") == closing
        closing = balance(statement, "CLBD")
        entries = [signed(item) for item in statement.findall("Ntry")]
        assert balance(statement, "OPBD") + sum(entries) == closing
        net = "TtlNetNtry/Amt" if version >= 4 else "TtlNetNtryAmt"
        assert Decimal(statement.findtext(f"TxsSummry/TtlNtries/{net}") or "") == abs(sum(entries))
        assert statement.findtext("TxsSummry/TtlNtries/NbOfNtries") == str(len(entries))


@pytest.mark.parametrize("version", VERSIONS)
def test_what_differs_between_the_versions(version: int, outcome: Play) -> None:
    root = parse(camt053.render(outcome.statements, Dialect(version=version)))

    def has(path: str) -> bool:
        return root.find(f".//{path}") is not None

    assert has("FinInstnId/BICFI") == (version >= 3) != has("FinInstnId/BIC")
    assert has("TxDtls/Amt") == has("TxDtls/CdtDbtInd") == (version >= 3)
    assert has("Chrgs/Rcrd") == (version >= 3) != has("Chrgs/Amt")
    assert has("TtlNetNtry") == (version >= 4)
    assert has("Ntry/Sts/Cd") == (version >= 7)
    assert has("Dbtr/Pty/Nm") == (version >= 7) != has("Dbtr/Nm")
    assert has("Refs/UETR") == (version >= 8)
    assert has("RfrdDocAmt/RmtAmtAndTp/Amt") == (version >= 12) != has("RfrdDocAmt/RmtdAmt")
    assert has("MsgPgntn") == (version < 4)
    for detail in root.iter("TxDtls"):
        assert (detail.find("AmtDtls/TxAmt") is not None) == (version == 2 or detail.find("AmtDtls") is not None)


@pytest.mark.parametrize("version", [3, 4, 8])
def test_pages_are_numbered_and_carry_intermediate_balances(version: int, outcome: Play) -> None:
    tag = "Stmt/StmtPgntn" if version >= 4 else "GrpHdr/MsgPgntn"
    found = []
    for page in pages(outcome.statements[0], 3):
        root = parse(camt053.render([page], Dialect(version=version)))
        number, last = (root.findtext(f".//{tag}/{name}") for name in ("PgNb", "LastPgInd"))
        kinds = [
            (item.findtext("Tp/CdOrPrtry/Cd"), item.findtext("Tp/SubTp/Cd")) for item in root.findall(".//Stmt/Bal")
        ]
        found.append((number, last, kinds))
    assert found == [
        ("1", "false", [("OPBD", None), ("CLBD", "INTM")]),
        ("2", "false", [("OPBD", "INTM"), ("CLBD", "INTM")]),
        ("3", "true", [("OPBD", "INTM"), ("CLBD", None), ("CLAV", None)]),
    ]


def _details(outcome: Play, kind: str, version: int = 8) -> list[etree._Element]:
    references = {act.booking.reference for act in outcome.acts if act.kind == kind}
    root = parse(camt053.render(outcome.statements, Dialect(version=version)))
    return [item for item in root.iter("Ntry") if item.findtext("AcctSvcrRef") in references]


def test_a_foreign_payment_shows_both_amounts_and_the_rate(outcome: Play) -> None:
    (entry,) = _details(outcome, "foreign", 2)
    details = entry.find("NtryDtls/TxDtls/AmtDtls")
    assert details is not None
    original, value = details.find("InstdAmt/Amt"), details.find("CntrValAmt/Amt")
    assert original is not None and value is not None
    assert (original.get("Ccy"), value.get("Ccy")) == ("USD", "EUR")
    rate = Decimal(details.findtext("CntrValAmt/CcyXchg/XchgRate") or "")
    assert abs(Decimal(original.text or "") / rate - Decimal(value.text or "")) < Decimal("0.01")
    assert value.text == entry.findtext("Amt")


def test_a_return_keeps_the_roles_of_the_payment(outcome: Play) -> None:
    (payment,), (back,) = _details(outcome, "return_original"), _details(outcome, "return")
    assert (payment.findtext("CdtDbtInd"), back.findtext("CdtDbtInd")) == ("DBIT", "CRDT")
    assert back.findtext("RvslInd") == "true"
    for path in ("Cdtr/Pty/Nm", "CdtrAcct/Id/IBAN", "Dbtr/Pty/Nm"):
        both = [item.findtext(f"NtryDtls/TxDtls/RltdPties/{path}") for item in (payment, back)]
        assert both[0] == both[1] is not None
    assert back.findtext(".//RtrInf/Rsn/Cd") == "AC04"
    assert back.findtext(".//Refs/EndToEndId") == payment.findtext(".//Refs/EndToEndId")


def test_a_batch_is_one_entry_with_its_transactions(outcome: Play) -> None:
    (entry,) = _details(outcome, "batch")
    details = entry.findall("NtryDtls/TxDtls")
    assert len(details) == 3 == int(entry.findtext("NtryDtls/Btch/NbOfTxs") or 0)
    assert sum(signed(item) for item in details) == signed(entry) == signed(entry.find("NtryDtls/Btch"), "TtlAmt")  # type: ignore[arg-type]


def test_charges_explain_the_difference_to_the_entry(outcome: Play) -> None:
    (entry,) = _details(outcome, "net_of_charges")
    (detail,) = entry.findall("NtryDtls/TxDtls")
    charges = sum(Decimal(item.text or "") for item in detail.findall("Chrgs/Rcrd/Amt"))
    assert signed(entry) == signed(detail) - charges


class Meter:
    """A file that only counts."""

    size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        pass


@settings(deadline=None)
@given(count=st.integers(0, 30), seed=st.integers(0, 9999))
def test_bulk_statements_balance(count: int, seed: int) -> None:
    statement = bulk_statement(count, seed=seed)
    root = parse(camt053.render([statement], Dialect(pretty=False)))
    entries = [signed(item) for item in root.iter("Ntry")]
    assert len(entries) == count
    assert sum(entries, Decimal(0)) == statement.closing - statement.opening == statement.totals.net


def test_size_takes_no_memory() -> None:
    import tracemalloc

    stream: Any = Meter()
    tracemalloc.start()
    try:
        camt053.write(stream, [bulk_statement(3000)], Dialect(pretty=False))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert stream.size > 2_000_000
    assert peak < 1_500_000


def test_unknown_versions_are_refused() -> None:
    with pytest.raises(ValueError, match="02 to 13"):
        Dialect(version=1)
