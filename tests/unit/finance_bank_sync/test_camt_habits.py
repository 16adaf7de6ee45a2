"""What programs write where the schema wants something and they know nothing (K-02).

Empty elements, NOTPROVIDED, and figures that only say more: none of them may become a name, and none may refuse a file.
"""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import camt_text
import pytest

from odoo.addons.finance_bank_sync.formats import Camt052, FormatError
from odoo.addons.finance_bank_sync.formats.model import Charge, Exchange, Money, Party, StatementEnd

PARTIES = "<RltdPties><Dbtr><Pty><Nm>Rosa Lindner</Nm></Pty></Dbtr></RltdPties>"
UNKNOWN = "<Id><Othr><Id>NOTPROVIDED</Id></Othr></Id>"


def party(parties: str, agents: str = "") -> Party | None:
    text = camt_text.changed(PARTIES, f"<RltdPties>{parties}</RltdPties>{agents}")
    return camt_text.entry(text).details[0].counterparty


@pytest.mark.parametrize("word", ["NOTPROVIDED", "Notprovided", " NOTPROVIDED ", "NOT PROVIDED"])
def test_k02_who_is_not_told_has_no_name_and_no_account(word: str) -> None:
    parties = f"<Dbtr><Pty><Nm>{word}</Nm></Pty></Dbtr><DbtrAcct><Id><Othr><Id>{word}</Id></Othr></Id></DbtrAcct>"
    assert party(parties) is None
    assert party(f"<Dbtr><Nm>{word}</Nm></Dbtr><DbtrAcct><Id><IBAN>{word}</IBAN></Id></DbtrAcct>") is None


def test_k02_what_is_told_stays_beside_what_is_not() -> None:
    agents = (
        "<RltdAgts><DbtrAgt><FinInstnId><BICFI>NOTPROVIDED</BICFI><Nm>Hill Bank</Nm></FinInstnId></DbtrAgt></RltdAgts>"
    )
    told = party(f"<Dbtr><Pty><Nm>Nora Hale</Nm></Pty></Dbtr><DbtrAcct>{UNKNOWN}</DbtrAcct>", agents)
    assert told == Party(name="Nora Hale", bank_name="Hill Bank")
    ultimate = "<Dbtr><Pty><Nm>NOTPROVIDED</Nm></Pty></Dbtr><UltmtDbtr><Pty><Nm>Nora Hale</Nm></Pty></UltmtDbtr>"
    assert party(ultimate) == Party(ultimate_name="Nora Hale")


def test_k02_an_account_is_named_after_its_holder_where_the_party_is_not_named() -> None:
    account = "<DbtrAcct><Id><Othr><Id>20304012345678</Id></Othr></Id><Nm>HALE AND SONS</Nm></DbtrAcct>"
    assert party(account) == Party(name="HALE AND SONS", account_number="20304012345678")
    named = party(f"<Dbtr><Pty><Nm>Nora Hale</Nm></Pty></Dbtr>{account}")
    assert named is not None and named.name == "Nora Hale"


@pytest.mark.parametrize("written", ["DE57999400300987654321", "DE57 9994 0030 0987 6543 21", "de57999400300987654321"])
def test_k02_an_iban_in_the_place_for_other_numbers_is_one(written: str) -> None:
    told = party(f"<DbtrAcct><Id><Othr><Id>{written}</Id></Othr></Id></DbtrAcct>")
    assert told == Party(iban="DE57999400300987654321")
    wrong = party("<DbtrAcct><Id><Othr><Id>DE58999400300987654321</Id></Othr></Id></DbtrAcct>")
    assert wrong == Party(account_number="DE58999400300987654321")


def warned(text: str) -> list[str]:
    return [code for code, _place in camt_text.warnings(text)]


def test_k02_empty_elements_say_nothing_and_refuse_no_file() -> None:
    text = camt_text.changed("<Id>S-1</Id>", "<Id>S-1</Id><FrToDt><FrDtTm/><ToDtTm> </ToDtTm></FrToDt>")
    for old, new in (
        ("<BookgDt><Dt>2025-11-12</Dt>", "<BookgDt><Dt/>"),
        (
            "</AcctSvcrRef>",
            "</AcctSvcrRef><Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'/><Rcrd><Amt/><CdtDbtInd/></Rcrd></Chrgs>",
        ),
        ("<NtryDtls>", "<NtryDtls><Btch><NbOfTxs/><TtlAmt Ccy='EUR'/></Btch>"),
        (
            '<Amt Ccy="EUR">100.00</Amt>\n<CdtDbtInd>CRDT</CdtDbtInd>\n<RltdPties>',
            "<Amt Ccy='EUR'/><CdtDbtInd/><RltdPties>",
        ),
        (
            "</RmtInf>",
            "<Strd><RfrdDocInf><Nb>R1</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy='EUR'/></RfrdDocAmt></Strd></RmtInf>",
        ),
        (
            "</Ntry>\n",
            "</Ntry>\n<TxsSummry><TtlNtries><NbOfNtries>1</NbOfNtries><Sum/><TtlNetNtryAmt/><CdtDbtInd/></TtlNtries></TxsSummry>",
        ),
    ):
        text = camt_text.changed(old, new, text)
    entry, start = camt_text.entry(text), camt_text.start(text)
    assert (start.from_date, start.to_date, entry.booking_date, entry.value_date) == (
        None,
        None,
        None,
        date(2025, 11, 12),
    )
    assert entry.charges == () and entry.batch is not None and entry.batch.total is None
    assert entry.money == entry.details[0].money == Money(amount=Decimal(100), currency="EUR")
    assert (entry.details[0].document_numbers, entry.details[0].document_amounts) == (("R1",), (None,))
    (end,) = (event for event in camt_text.parse(text) if isinstance(event, StatementEnd))
    assert end.summary is not None and (end.summary.count, end.summary.sum, end.summary.net) == (1, None, None)
    assert warned(text) == []


def test_k02_a_day_may_stand_without_the_element_around_it() -> None:
    text = camt_text.changed("<BookgDt><Dt>2025-11-12</Dt></BookgDt>", "<BookgDt>2025-11-11</BookgDt>")
    text = camt_text.changed("<ValDt><Dt>2025-11-12</Dt></ValDt>", "<ValDt> 2025-11-13T00:00:00 </ValDt>", text)
    entry = camt_text.entry(text)
    assert (entry.booking_date, entry.value_date) == (date(2025, 11, 11), date(2025, 11, 13))


@pytest.mark.parametrize(
    ("written", "rate", "warnings"),
    [
        ("1.0800", "1.08", []),
        ("1,0800", "1.08", []),
        ("25,5", "25.5", []),
        ("1,234", None, ["rate_unreadable"]),  # thousands, or thousandths
        ("1e3", None, ["rate_unreadable"]),
        ("-1.08", None, ["rate_unreadable"]),
        ("0", None, []),
        ("0.00", None, []),
        (" ", None, []),
    ],
)
def test_k02_a_rate_is_only_shown_and_refuses_no_file(written: str, rate: str | None, warnings: list[str]) -> None:
    exchange = f"<CcyXchg><SrcCcy>USD</SrcCcy><TrgtCcy>EUR</TrgtCcy><XchgRate>{written}</XchgRate></CcyXchg>"
    text = camt_text.changed(
        "<RltdPties>", f"<AmtDtls><TxAmt><Amt Ccy='USD'>108.00</Amt>{exchange}</TxAmt></AmtDtls><RltdPties>"
    )
    entry = camt_text.entry(text)
    told = Exchange(source_currency="USD", target_currency="EUR", rate=Decimal(rate) if rate else None)
    assert (entry.exchange, entry.original) == (told, Money(amount=Decimal(108), currency="USD"))
    assert warned(text) == warnings


def test_k02_a_charge_is_what_tells_an_amount_and_the_total_counts_where_none_does() -> None:
    record = "<Rcrd><Amt Ccy='EUR'>2.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd>"
    total = "<TtlChrgsAndTaxAmt Ccy='EUR'>5.00</TtlChrgsAndTaxAmt>"
    without = "<Rcrd><Br>SHAR</Br></Rcrd>"

    def charges(inside: str) -> tuple[Charge, ...]:
        return camt_text.entry(camt_text.changed("</AcctSvcrRef>", f"</AcctSvcrRef><Chrgs>{inside}</Chrgs>")).charges

    two = Charge(money=Money(amount=Decimal(-2), currency="EUR"))
    assert charges(total + record + without) == (two,)
    assert charges(total + without) == (Charge(money=Money(amount=Decimal(-5), currency="EUR")),)
    assert charges(without) == charges("") == ()


@pytest.mark.parametrize("written", ["1'000.00", "1 000.00", "1\u00a0000,00", "1\u202f000", "1\u2019000,5"])
def test_k02_blanks_and_apostrophes_stand_between_thousands(written: str) -> None:
    text = camt_text.changed('<Ntry>\n<Amt Ccy="EUR">100.00</Amt>', f'<Ntry>\n<Amt Ccy="EUR">{written}</Amt>')
    assert camt_text.entry(text).money.amount == Decimal("1000.5" if written.endswith("5") else 1000)


def test_k02_codes_are_read_where_and_as_programs_write_them() -> None:
    text = camt_text.changed("<CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry>", "<Cd>opbd</Cd>")
    text = camt_text.changed('<Ntry>\n<Amt Ccy="EUR">', '<Ntry>\n<Amt Ccy="EUR ">', text)
    text = camt_text.changed("<Id>S-1</Id>", "<Id>S-1</Id><StmtPgntn><PgNb>0000012</PgNb></StmtPgntn>", text)
    start = camt_text.start(text)
    assert ([balance.code for balance in start.balances], start.page_number) == (["OPBD", "CLBD"], 12)
    assert camt_text.entry(text).money == Money(amount=Decimal(100), currency="EUR")


NUMBER = "<IBAN>DE84999400100123456789</IBAN>"


@pytest.mark.parametrize("number", ["", "<IBAN> </IBAN>", "<Othr><Id>NOTPROVIDED</Id></Othr>", None])
def test_k02_a_statement_without_an_account_is_read_and_a_person_says_whose_it_is(number: str | None) -> None:
    old = f"<Acct><Id>{NUMBER}</Id><Ccy>EUR</Ccy></Acct>" if number is None else NUMBER
    text = camt_text.changed(old, number or "")
    account = camt_text.start(text).account
    assert (account.iban, account.number, account.currency) == (None, None, "EUR")
    assert camt_text.entry(text).money.amount == 100


@pytest.mark.parametrize(
    "page", ["<PgNb>2</PgNb><LastPgInd>true</LastPgInd>", "<PgNb>1</PgNb><LastPgInd>false</LastPgInd>"]
)
def test_k02_a_page_without_an_account_is_refused(page: str) -> None:
    text = camt_text.changed("<Id>S-1</Id>", f"<Id>S-1</Id><StmtPgntn>{page}</StmtPgntn>")
    refused = camt_text.error(camt_text.changed(NUMBER, "", text))
    assert (refused.code, refused.place.partition(", ")[2]) == ("account_missing", "Stmt[1]/Acct/Id")


def test_k02_a_report_without_an_account_is_refused() -> None:
    text = camt_text.changed(f"<Acct><Id>{NUMBER}</Id><Ccy>EUR</Ccy></Acct>", "")
    for old, new in (("camt.053", "camt.052"), ("BkToCstmrStmt", "BkToCstmrAcctRpt"), ("Stmt>", "Rpt>")):
        text = text.replace(old, new)
    with pytest.raises(FormatError) as refused:
        list(Camt052().parse(io.BytesIO(text.encode())))
    assert (refused.value.code, refused.value.place.partition(", ")[2]) == ("account_missing", "Rpt[1]/Acct")


def test_k02_balances_with_codes_of_bai_prove_a_statement() -> None:
    text = camt_text.changed("<Cd>OPBD</Cd>", "<Prtry>010</Prtry>")
    text = camt_text.changed("<Cd>CLBD</Cd>", "<Prtry>015</Prtry>", text)
    kind, amount = "<CdOrPrtry><Prtry>{}</Prtry></CdOrPrtry>", "<Amt Ccy='EUR'>9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
    more = f"<Bal><Tp>{kind}</Tp>{amount}</Bal>"
    text = camt_text.changed("<Ntry>", more.format("045") + more.format("072") + "<Ntry>", text)
    codes = [balance.code for balance in camt_text.start(text).balances]
    assert codes == ["OPBD", "CLBD", "CLAV", "072"]


@pytest.mark.parametrize(
    ("lines", "remittance"),
    [
        (["INVOICES 20260101 AND 20260102 AND 2", "0260103"], "INVOICES 20260101 AND 20260102 AND 2 0260103"),
        (["INVOICES 20260101 AND 20260102 AND ", "20260103"], "INVOICES 20260101 AND 20260102 AND 20260103"),
        (["INVOICES 2026010 AND 2026010 AND 20", "26 AND 20260104 AND 20260105 AND 20", "26"], None),
        (
            ["INVOICES 2026010 AND 2026010 AND 20", "AND 20260104", "AND 20260105"],
            "INVOICES 2026010 AND 2026010 AND 20 AND 20260104 AND 20260105",
        ),
        (["20260101", "20260102"], "20260101 20260102"),
    ],
)
def test_k02_lines_that_are_cut_at_35_characters_go_on_within_a_word(lines: list[str], remittance: str | None) -> None:
    text = camt_text.changed("<Ustrd>INV/2025/0001</Ustrd>", "".join(f"<Ustrd>{line}</Ustrd>" for line in lines))
    assert camt_text.entry(text).details[0].remittance == (remittance or "".join(lines))
