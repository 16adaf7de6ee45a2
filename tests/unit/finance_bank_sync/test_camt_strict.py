"""A broken camt.053 is refused with a code, a place and the value; nothing is guessed (K-02)."""

from __future__ import annotations

import camt_text
import pytest

AMOUNT = '<Ntry>\n<Amt Ccy="EUR">100.00</Amt>'


def amount(text: str) -> str:
    return camt_text.changed(AMOUNT, f'<Ntry>\n<Amt Ccy="EUR">{text}</Amt>')


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NaN", "amount_invalid"),
        ("sNaN", "amount_invalid"),
        ("Infinity", "amount_invalid"),
        ("1e5", "amount_invalid"),
        ("1E+2", "amount_invalid"),
        ("1,000", "amount_invalid"),  # thousands, or thousandths
        ("1,000,00", "amount_invalid"),
        ("1.00,00", "amount_invalid"),
        ("+-5.00", "amount_invalid"),
        ("+", "amount_invalid"),
        ("1'00.00", "amount_invalid"),
        ("1'000'00", "amount_invalid"),
        ("1_000", "amount_invalid"),
        ("1 00", "amount_invalid"),
        ("10 00 000", "amount_invalid"),
        ("0x10", "amount_invalid"),
        ("-5.00", "amount_negative"),
        ("-0.00", "amount_negative"),
        ("--5", "amount_negative"),
        ("1.2.3", "amount_invalid"),
        ("\u0661\u0662", "amount_invalid"),  # Arabic-Indic digits, which Decimal would take
        ("\uff11\uff10", "amount_invalid"),  # full-width digits
        ("\u00b2", "amount_invalid"),  # superscript two
        (".", "amount_invalid"),
        ("", "amount_missing"),
        ("   ", "amount_missing"),
        ("<Sub>1</Sub>", "amount_missing"),
        ("1.000001", "amount_precision"),
        ("1234567890123456789", "amount_invalid"),
        ("0" * 100 + "1.00", "amount_invalid"),
    ],
)
def test_amount_is_refused(text: str, code: str) -> None:
    refused = camt_text.error(amount(text))
    assert (refused.code, refused.place) == (code, "line 12, Stmt[1]/Ntry[1]/Amt")
    assert len(refused.value) <= 40


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "0"),
        ("0.00", "0.00"),
        ("000000000000149.87", "149.87"),
        (" 5.00\n", "5.00"),
        ("1.23456", "1.23456"),
        ("100.000000", "100"),
        # a plus is of the schema; the others are programs of some countries, and can mean one thing only
        ("+5.00", "5.00"),
        ("1,00", "1.00"),
        ("12345,5", "12345.5"),
        ("1.000,00", "1000.00"),
        ("1,000,000.50", "1000000.50"),
        (".5", "0.5"),
        ("5.", "5"),
        ("123456789012345678", "123456789012345678"),
        ("1234567890123.45678", "1234567890123.45678"),
    ],
)
def test_amount_is_read_exactly(text: str, expected: str) -> None:
    assert str(camt_text.entry(amount(text)).money.amount) == expected


def test_k02_capitals_and_dashes_that_a_program_left_out_change_nothing() -> None:
    text = camt_text.changed("CRDT</CdtDbtInd>\n<Sts>", " dbit </CdtDbtInd>\n<Sts>")
    text = text.replace(AMOUNT, '<Ntry>\n<Amt Ccy="eur">100.00</Amt>').replace("<Ccy>EUR", "<Ccy>eur")
    entry = camt_text.entry(text.replace("<BookgDt><Dt>2025-11-12", "<BookgDt><Dt>20251112"))
    assert (str(entry.money.amount), entry.money.currency, str(entry.booking_date)) == ("-100.00", "EUR", "2025-11-12")
    assert camt_text.warnings(text) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ('<Amt Ccy="EUR">100.00</Amt>\n<CdtDbtInd>', "<CdtDbtInd>", "amount_missing", "Stmt[1]/Ntry[1]/Amt"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>\n<Sts>", "<Sts>", "credit_debit_missing", "Stmt[1]/Ntry[1]/CdtDbtInd"),
        ("CRDT</CdtDbtInd>\n<Sts>", "C</CdtDbtInd>\n<Sts>", "credit_debit_invalid", "Stmt[1]/Ntry[1]/CdtDbtInd"),
        ("CRDT</CdtDbtInd>\n<Sts>", "</CdtDbtInd>\n<Sts>", "credit_debit_invalid", "Stmt[1]/Ntry[1]/CdtDbtInd"),
        (
            "CRDT</CdtDbtInd>\n<RltdPties>",
            "DEBIT</CdtDbtInd>\n<RltdPties>",
            "credit_debit_invalid",
            "Stmt[1]/Ntry[1]/NtryDtls/TxDtls[1]/CdtDbtInd",
        ),
        (AMOUNT, '<Ntry>\n<Amt Ccy="EURO">100.00</Amt>', "currency_invalid", "Stmt[1]/Ntry[1]/Amt"),
        (AMOUNT, '<Ntry>\n<Amt Ccy="\u20acUR">100.00</Amt>', "currency_invalid", "Stmt[1]/Ntry[1]/Amt"),
        ("<BookgDt><Dt>2025-11-12", "<BookgDt><Dt>12.11.2025", "date_invalid", "Stmt[1]/Ntry[1]/BookgDt/Dt"),
        ("<BookgDt><Dt>2025-11-12", "<BookgDt><Dt>2025-02-30", "date_invalid", "Stmt[1]/Ntry[1]/BookgDt/Dt"),
        ("<BookgDt><Dt>2025-11-12", "<BookgDt><Dt>2025111", "date_invalid", "Stmt[1]/Ntry[1]/BookgDt/Dt"),
        ("<BookgDt><Dt>2025-11-12", "<BookgDt><Dt>2025-W46-3", "date_invalid", "Stmt[1]/Ntry[1]/BookgDt/Dt"),
        ("<BookgDt><Dt>2025-11-12", "<BookgDt><Dt>2025-11-12T1", "date_invalid", "Stmt[1]/Ntry[1]/BookgDt/Dt"),
        ("<BookgDt><Dt>2025-11-12", "<BookgDt><Dt>-", "date_invalid", "Stmt[1]/Ntry[1]/BookgDt/Dt"),
        ("<BookgDt><Dt>2025-11-12</Dt>", "<BookgDt>12 Nov", "date_invalid", "Stmt[1]/Ntry[1]/BookgDt"),
        ("<ValDt><Dt>2025-11-12", "<ValDt><Dt>0000-00-00", "date_invalid", "Stmt[1]/Ntry[1]/ValDt/Dt"),
        ("<Sts><Cd>BOOK</Cd></Sts>", "<Sts/>", "status_missing", "Stmt[1]/Ntry[1]/Sts"),
        ("<Sts>", "<RvslInd>maybe</RvslInd><Sts>", "indicator_invalid", "Stmt[1]/Ntry[1]/RvslInd"),
        ("<Sts>", "<Sts><Cd>BOOK</Cd></Sts><Sts>", "element_repeated", "Stmt[1]/Ntry[1]/Sts"),
        ("</Ntry>", "<Amt Ccy='EUR'>1</Amt></Ntry>", "element_repeated", "Stmt[1]/Ntry[1]/Amt"),
        ("</TxDtls>", "<Refs/></TxDtls>", "element_repeated", "Stmt[1]/Ntry[1]/NtryDtls/TxDtls[1]/Refs"),
        ("<CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry>", "", "balance_type_missing", "Stmt[1]/Bal[1]/Tp"),
        ('<Amt Ccy="EUR">0.00</Amt>', "", "amount_missing", "Stmt[1]/Bal[1]/Amt"),
        ('<Amt Ccy="EUR">0.00</Amt>', '<Amt Ccy="EUR">x</Amt>', "amount_invalid", "Stmt[1]/Bal[1]/Amt"),
        ("<Id>S-1</Id>", "<Id>S-1</Id><Id>S-2</Id>", "element_repeated", "Stmt[1]/Id"),
        (
            "<Id>S-1</Id>",
            "<Id>S-1</Id><StmtPgntn><PgNb>one</PgNb></StmtPgntn>",
            "number_invalid",
            "Stmt[1]/StmtPgntn/PgNb",
        ),
        (
            "<Id>S-1</Id>",
            "<Id>S-1</Id><StmtPgntn><PgNb>100000</PgNb></StmtPgntn>",
            "number_invalid",
            "Stmt[1]/StmtPgntn/PgNb",
        ),
        (
            "<GrpHdr>",
            "<GrpHdr><MsgPgntn><LastPgInd>perhaps</LastPgInd></MsgPgntn>",
            "indicator_invalid",
            "Document/BkToCstmrStmt/GrpHdr/MsgPgntn/LastPgInd",
        ),
        (
            "</Ntry>",
            "<Chrgs><Rcrd><Amt Ccy='EUR'>?</Amt></Rcrd></Chrgs></Ntry>",
            "amount_invalid",
            "Stmt[1]/Ntry[1]/Chrgs/Rcrd/Amt",
        ),
        (
            "</Ntry>\n",
            "</Ntry>\n<TxsSummry><TtlNtries><NbOfNtries>-1</NbOfNtries></TtlNtries></TxsSummry>",
            "number_invalid",
            "Stmt[1]/TxsSummry/TtlNtries/NbOfNtries",
        ),
    ],
)
def test_element_is_refused(old: str, new: str, code: str, place: str) -> None:
    refused = camt_text.error(camt_text.changed(old, new))
    assert (refused.code, refused.place.partition(", ")[2]) == (code, place)
    assert refused.place.startswith("line ")
    assert refused.place in str(refused)


def test_the_place_counts_statements_and_entries() -> None:
    """The fourteenth entry of the second statement is named as such, after thirteen were freed."""
    bad = camt_text.ENTRY.replace("100.00", "ten", 1)
    text = camt_text.document(camt_text.statement() + camt_text.statement(camt_text.ENTRY * 13 + bad + camt_text.ENTRY))
    refused = camt_text.error(text)
    line = text[: text.index("ten")].count("\n") + 1
    assert refused.place == f"line {line}, Stmt[2]/Ntry[14]/Amt"
    assert refused.value == "ten"


def test_the_place_counts_details() -> None:
    detail = camt_text.ENTRY[camt_text.ENTRY.index("<TxDtls>") : camt_text.ENTRY.index("</NtryDtls>")]
    text = camt_text.changed(detail, detail * 2 + detail.replace("100.00", "?"))
    assert camt_text.error(text).place.endswith("Stmt[1]/Ntry[1]/NtryDtls/TxDtls[3]/Amt")


def test_lines_behind_65535_are_named() -> None:
    """libxml2 keeps element lines in 16 bits; the amount still knows its line."""
    text = camt_text.changed(AMOUNT, "\n" * 70_000 + '<Ntry>\n<Amt Ccy="EUR">x</Amt>')
    assert camt_text.error(text).place == "line 70012, Stmt[1]/Ntry[1]/Amt"


def test_what_is_shown_of_a_value_is_short_and_printable() -> None:
    refused = camt_text.error(amount("x" * 5000 + "\u202e"))
    assert len(refused.value) == 40
    assert refused.value.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        camt_text.document(""),
        camt_text.document("<Rpt><Id>1</Id></Rpt>"),
        camt_text.document().replace("BkToCstmrStmt", "BkToCstmrAcctRpt"),
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'/>",
    ],
    ids=["no statement", "a report", "another message", "nothing"],
)
def test_a_file_without_statement_is_refused(text: str) -> None:
    assert camt_text.error(text).code == "statement_missing"


def test_a_statement_without_entries_is_valid() -> None:
    """Zero-entry statements are daily business (specs/camt.md section 3)."""
    start, end = camt_text.parse(camt_text.document(camt_text.statement("")))
    assert start.balances == end.balances
    assert len(end.balances) == 2


def test_empty_optional_elements_are_nothing() -> None:
    """An XSD would refuse an empty ``Purp``; a live bank sends it (specs/camt.md section 9)."""
    text = camt_text.changed("<RmtInf>", "<Purp/><RmtInf>")
    text = camt_text.changed("<AcctSvcrRef>REF-1</AcctSvcrRef>", "<AcctSvcrRef/><BookgDtX/>", text)
    text = camt_text.changed("<BookgDt><Dt>2025-11-12</Dt></BookgDt>", "<BookgDt/>", text)
    entry = camt_text.entry(text)
    assert entry.details[0].purpose is None
    assert entry.account_servicer_reference is None
    assert entry.booking_date is None


def test_an_undeclared_entity_is_refused() -> None:
    """lxml ends such a parse without an error; entries behind it would vanish silently."""
    text = camt_text.document(camt_text.statement(camt_text.ENTRY * 3))
    refused = camt_text.error(camt_text.changed("Rosa Lindner", "Rosa &nbsp; Lindner", text))
    assert refused.code == "entity"


def test_a_second_document_behind_an_undeclared_entity_is_not_read() -> None:
    """The parser would start anew at the next chunk: a whole file could hide there."""
    first = camt_text.document().replace("Rosa Lindner", "&x;")
    padded = first + " " * (2 * 65536 - len(first.encode()))
    assert camt_text.error(padded + camt_text.document(declaration="")).code == "entity"
