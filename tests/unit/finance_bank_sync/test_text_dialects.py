"""Habits of single banks in the text formats, as the world has them (K-02). All names and figures are made up."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest

from odoo.addons.finance_bank_sync.formats import detect, known_formats
from odoo.addons.finance_bank_sync.formats.bai2.reader import Bai2
from odoo.addons.finance_bank_sync.formats.fixed.coda import Coda
from odoo.addons.finance_bank_sync.formats.fixed.coda_records import communication
from odoo.addons.finance_bank_sync.formats.model import (
    NO_CURRENCY,
    Entry,
    FormatError,
    StatementEnd,
    StatementFormat,
    StatementStart,
)
from odoo.addons.finance_bank_sync.formats.ofx.reader import Ofx
from odoo.addons.finance_bank_sync.formats.qif.reader import Qif
from odoo.addons.finance_bank_sync.formats.swift.reader import Swift

PARTS = (
    (0, 12100, "35037000", "KOSTEN"),
    (1, 10000, "80537000", "bijdrage"),
    (2, 2100, "80537011", "BTW"),
)
FIXTURES = Path(__file__).parents[2] / "fixtures"


def read(reader: StatementFormat, text: str) -> tuple[list[Entry], list[str]]:
    """:return: the entries, and the codes of the warnings"""
    entries, warnings = [], []
    for event in reader.parse(io.BytesIO(text.encode())):
        if isinstance(event, Entry):
            entries.append(event)
        elif isinstance(event, StatementEnd):
            warnings += [code for code, _place in event.warnings]
    return entries, warnings


def mt940(*lines: str, opening: str = "100,00", closing: str = "107,25") -> str:
    head = (":20:R-1", ":25:4711000815", ":28C:7/1", f":60F:C260301EUR{opening}")
    return "\n".join([*head, *lines, f":62F:C260302EUR{closing}", "-", ""])


def ofx(transactions: str) -> str:
    return (
        "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>BRL\n<BANKACCTFROM>"
        f"<ACCTID>555-1\n</BANKACCTFROM>\n<BANKTRANLIST>\n{transactions}</BANKTRANLIST>\n<LEDGERBAL><BALAMT>0,00\n"
        "<DTASOF>20260302\n</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


def transaction(number: int, amount: str) -> str:
    head = f"<STMTTRN>\n<TRNTYPE>OTHER\n<DTPOSTED>2026030{number}\n"
    return f"{head}<TRNAMT>{amount}\n<FITID>F{number}\n<MEMO>Note {number}\n"


# -- MT940 -----------------------------------------------------------------------------


def test_k02_an_amount_with_a_decimal_point_is_not_cut_at_it() -> None:
    text = mt940(":61:2603010302C9.75NTRFNONREF", ":61:2603010302D2.5NTRFNONREF", opening="100.00", closing="107.25")
    entries, warnings = read(Swift(), text)
    assert [str(entry.money.amount) for entry in entries] == ["9.75", "-2.5"]
    assert warnings == ["amount_with_point"]


@pytest.mark.parametrize(
    ("amount", "meant"), [("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1.234.567,", "1234567")]
)
def test_k02_both_marks_in_an_amount_can_mean_one_thing_only(amount: str, meant: str) -> None:
    text = mt940(f":61:2603010302C{amount}NTRFNONREF", closing=amount)
    entries, warnings = read(Swift(), text)
    assert [str(entry.money.amount) for entry in entries] == [meant]
    assert warnings == ["amount_with_point"]


@pytest.mark.parametrize("amount", ["1.234", "1.2.3", "12.", "1.23,456", "12,34.5", "1.234,567.8"])
def test_k02_a_point_that_may_stand_between_thousands_is_refused(amount: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(Swift(), mt940(f":61:2603010302C{amount}NTRFNONREF"))
    assert (refused.value.code, refused.value.place) == ("amount_invalid", "line 5, message 1, :61:")


def test_k02_a_party_by_position_keeps_account_name_and_text_apart() -> None:
    """Balkan banks: /ORDP/account, then the name, then what it is for, each after a slash."""
    entries, _warnings = read(
        Swift(),
        mt940(
            ":61:2603010302C7,25NMSCNONREF//B-77",
            ":86:/ORDP/200000000099887",
            "/Gradina Promet DOO",
            "/97//2026-118",
            "/Faktura 118/2026",
        ),
    )
    detail = entries[0].details[0]
    assert detail.counterparty is not None
    assert (detail.counterparty.name, detail.counterparty.account_number) == ("Gradina Promet DOO", "200000000099887")
    assert detail.remittance == "97//2026-118/Faktura 118/2026"


@pytest.mark.parametrize(("other", "expected"), [("0123123123", "0123123123"), ("0000000000", None)])
def test_k02_code_000_has_the_other_account_in_10_and_the_own_one_in_31(other: str, expected: str | None) -> None:
    entries, _warnings = read(
        Swift(), mt940(":61:260302C7,25NET NONREF", f":86:000>10{other}", ">20Contributie maart", ">314711000815")
    )
    party = entries[0].details[0].counterparty
    assert (party.account_number if party else None) == expected
    assert entries[0].details[0].remittance == "Contributie maart"


def test_k02_nonref_without_a_type_is_no_type() -> None:
    entries, _warnings = read(Swift(), mt940(":61:2603020302C7,25NONREF", ":86:999OTHER:A text"))
    assert (entries[0].transaction_code, entries[0].details[0].references.transaction_id) == (None, None)


BLANK = " " * 65


@pytest.mark.parametrize("account", ["NL91ABNA0417164300", "0123456789"])
def test_k02_an_account_and_a_name_that_stand_there_twice_are_the_other_party(account: str) -> None:
    """Dutch banks: reference and supplement of field 61, and again the first line of field 86."""
    entries, _warnings = read(
        Swift(),
        mt940(
            f":61:2603020302C7,25NINC{account}",
            "molen bouw",
            f":86:{account} molen bouw bv",
            BLANK,
            f"{'/TRTP/Inc/CSID/NL00ZZZ1/NAME/MOLEN BOUW BV/MARF/M-9/REMI/Nota':<65}",
            f"{'26-118/IBAN/NL91ABNA0417164300/EREF/E-118':<65}",
            f":61:2603020302C0,00NOVB{account}",
            "p. smit",
            f":86:{account} p. smit",
            BLANK,
            f"{'Contributie':<65}",
        ),
    )
    debit, plain = (entry.details[0] for entry in entries)
    assert debit.counterparty is not None and plain.counterparty is not None
    assert (debit.counterparty.name, debit.counterparty.iban) == ("MOLEN BOUW BV", "NL91ABNA0417164300")
    assert (debit.references.mandate_id, debit.references.end_to_end_id) == ("M-9", "E-118")
    assert debit.remittance == "Nota 26-118"
    assert plain.counterparty.name == "p. smit"
    assert (plain.counterparty.iban or plain.counterparty.account_number, plain.remittance) == (account, "Contributie")
    assert [plain.references.transaction_id, entries[1].additional_information] == [None, None]


def test_k02_a_reference_that_only_begins_the_text_stays_a_reference() -> None:
    entries, _warnings = read(Swift(), mt940(":61:2603020302C7,25NTRF4711", "Branch 3", ":86:4711 rent of March"))
    detail = entries[0].details[0]
    assert (detail.references.transaction_id, detail.remittance) == ("4711", "4711 rent of March")
    assert (detail.counterparty, entries[0].additional_information) == (None, "Branch 3")


def test_k02_three_letters_and_plus_signs_are_subfields_too() -> None:
    """A Bulgarian bank; a telephone number in the text begins none of them."""
    entries, _warnings = read(
        Swift(),
        mt940(
            ":61:2603020302C7,25NMSC//000001",
            ":86:TBB+00ПОЛУЧЕН ПРЕВОД Ф 12 +21Ф 12 тел. +359 888 +30UNCRBGSF+31BG80BNBG96611020345678+32ПРИМЕР ООД",
        ),
    )
    party = entries[0].details[0].counterparty
    assert party is not None
    assert (party.name, party.iban, party.bic) == ("ПРИМЕР ООД", "BG80BNBG96611020345678", "UNCRBGSF")
    assert entries[0].details[0].remittance == "Ф 12 тел. +359 888"


def test_k02_a_code_that_is_not_known_hides_none_of_those_after_it() -> None:
    entries, _warnings = read(
        Swift(),
        mt940(
            ":61:2603020302C7,25N541NONREF",
            ":86:/ACCW/NL91ABNA0417164300,ABNANL2A/ORDP//NAME/Molen Bouw/REMI/Nota 8",
            ":61:2603020302C0,00N541NONREF",
            ":86:/ZZZZ//77 a b/ORDP/Molen Bouw/REMI/Nota 9",
            ":61:2603020302C0,00N541NONREF",
            ":86:/ZZZZ/only text/and more",
        ),
    )
    first, second, third = (entry.details[0] for entry in entries)
    assert first.counterparty is not None and second.counterparty is not None
    assert (first.counterparty.name, first.remittance) == ("Molen Bouw", "Nota 8")
    assert (first.counterparty.iban, first.counterparty.bic) == ("NL91ABNA0417164300", "ABNANL2A")
    assert (second.counterparty.name, second.remittance) == ("Molen Bouw", "Nota 9")
    assert second.additional_information == "/ZZZZ//77 a b"
    assert (third.remittance, third.counterparty) == ("/ZZZZ/only text/and more", None)


# -- OFX -------------------------------------------------------------------------------


def test_k02_transactions_that_a_bank_never_ends_are_all_read() -> None:
    entries, warnings = read(Ofx(), ofx(transaction(1, "12,50") + transaction(2, "-3,00") + transaction(3, "1,00")))
    told = [(str(entry.money.amount), entry.details[0].remittance) for entry in entries]
    assert told == [("12.50", "Note 1"), ("-3.00", "Note 2"), ("1.00", "Note 3")]
    assert warnings == ["transaction_without_end"]


@pytest.mark.parametrize("ended", [1, 2])
def test_k02_a_file_that_ends_some_transactions_only_is_refused(ended: int) -> None:
    parts = [transaction(number, "5,00") + ("</STMTTRN>\n" if number == ended else "") for number in (1, 2)]
    with pytest.raises(FormatError) as refused:
        read(Ofx(), ofx("".join(parts)))
    assert refused.value.code == "ofx_syntax"


@pytest.mark.parametrize("amount", ["  .  ", "-", ","])
def test_k02_a_transaction_without_any_digit_is_told_and_not_booked(amount: str) -> None:
    """A Brazilian bank lists the balance of a day as a transaction with a point for its amount."""
    end = "</STMTTRN>\n"
    entries, warnings = read(Ofx(), ofx(transaction(1, amount) + end + transaction(2, "8,00") + end))
    assert [(entry.status, str(entry.money.amount)) for entry in entries] == [("INFO", "0"), ("BOOK", "8.00")]
    assert warnings == ["transaction_without_amount"]


def test_k02_the_date_of_a_balance_that_cannot_be_read_refuses_no_statement() -> None:
    """A Brazilian payment house writes it with slashes; which of its numbers is the day, it does not tell."""
    text = ofx(transaction(1, "8,00") + "</STMTTRN>\n").replace("<DTASOF>20260302", "<DTASOF>03/04/2026")
    entries, warnings = read(Ofx(), text)
    assert [len(entries), warnings] == [1, ["balance_date_unreadable"]]


@pytest.mark.parametrize("written", ["", "<CURDEF>\n", "<CURDEF></CURDEF>"])
def test_k02_a_file_without_curdef_tells_no_currency(written: str) -> None:
    """Nothing else in it tells the account's, so a person is asked, as for QIF; what a transaction tells, counts."""
    own = "<CURRENCY><CURRATE>1.0\n<CURSYM>AUD\n</CURRENCY>\n</STMTTRN>\n"
    text = ofx(transaction(1, "8,00") + "</STMTTRN>\n" + transaction(2, "3,00") + own).replace("<CURDEF>BRL\n", written)
    entries, warnings = read(Ofx(), text)
    assert [entry.money.currency for entry in entries] == [NO_CURRENCY, "AUD"]
    [start] = [event for event in Ofx().parse(io.BytesIO(text.encode())) if isinstance(event, StatementStart)]
    assert (start.account.currency, warnings) == (None, [])


@pytest.mark.parametrize("end", ["</PAYEE>", ""])
def test_k02_a_payee_that_is_a_text_is_the_other_party(end: str) -> None:
    text = ofx(transaction(1, "8,00") + f"<PAYEE>Loja Exemplo{end}\n</STMTTRN>\n")
    entries, _warnings = read(Ofx(), text)
    party = entries[0].details[0].counterparty
    assert party is not None and party.name == "Loja Exemplo"
    nested = ofx(transaction(1, "8,00") + "<PAYEE>\n<NAME>Loja\n<CITY>Recife\n</PAYEE>\n</STMTTRN>\n")
    entries, _warnings = read(Ofx(), nested)
    party = entries[0].details[0].counterparty
    assert party is not None and party.name == "Loja"


def test_k02_sepa_keywords_after_a_colon_follow_the_text() -> None:
    """Cooperative banks: the text first, then the keywords, cut by the subfields."""
    lines = (
        ":61:2603010302C7,25NTRFNONREF",
        ":86:166?00GUTSCHRIFT?10931?20Beitrag 2026 Nr. 4711 EREF:?21 N-0003 MREF: M-77 CRED: DE8"
        "?220ZZZ00000030151 IBAN: DE89370?23400440532013000 BIC: RZOODE7?247?32Verein Muster",
    )
    entries, _warnings = read(Swift(), mt940(*lines))
    detail = entries[0].details[0]
    assert (detail.remittance, detail.references.end_to_end_id) == ("Beitrag 2026 Nr. 4711", "N-0003")
    assert detail.references.mandate_id == "M-77"
    assert detail.counterparty is not None
    assert (detail.counterparty.iban, detail.counterparty.identifier) == (
        "DE89370400440532013000", "DE80ZZZ00000030151",
    )  # fmt: skip
    colon = read(Swift(), mt940(lines[0], ":86:166?20Telefon: 4711, IBAN: fehlt?32Muster"))[0][0].details[0]
    assert colon.remittance == "Telefon: 4711, IBAN: fehlt"


@pytest.mark.parametrize(
    "text",
    [
        "105?00LASTSCHRIFT?20EREF+11063225-1MREF+41310-1C?21RED+DE11ZZZ00000000003SVWZ+?22Rechnung 7+8",
        "EREF+11063225-1MREF+41310-1CRED+DE11ZZZ00000000003SVWZ+Rechnung 7+8",
    ],
)
def test_k02_sepa_keywords_without_anything_between_them(text: str) -> None:
    entries, _warnings = read(Swift(), mt940(":61:2603010302C7,25NTRFNONREF", f":86:{text}"))
    detail = entries[0].details[0]
    assert (detail.references.end_to_end_id, detail.references.mandate_id) == ("11063225-1", "41310-1")
    assert (detail.remittance, detail.counterparty and detail.counterparty.identifier) == (
        "Rechnung 7+8", "DE11ZZZ00000000003",
    )  # fmt: skip


def test_k02_another_swift_message_is_called_by_its_name() -> None:
    text = "{1:F01BANKDEFFXXXX0000000000}{2:I910BANKBEBBXXXXN}{4:\n:20:N-1\n:21:R\n:25:4711\n:32A:260712EUR25,\n-}"
    with pytest.raises(FormatError, match="This is an MT910"):
        read(Swift(), text)


def test_k02_a_plus_sign_in_a_reference_is_no_keyword() -> None:
    entries, _warnings = read(Swift(), mt940(":61:2603010302C7,25NTRFNONREF", ":86:166?20EREF+SACRED+12?21SVWZ+x"))
    assert entries[0].details[0].references.end_to_end_id == "SACRED+12"


@pytest.mark.parametrize(
    ("account", "text", "party"),
    [
        ("4711000815", "NL91ABNA0417164300 Muster en Zonen B.V.  2103020925 Factuur 7", "Muster en Zonen B.V."),
        ("4711000815", "NL91ABNA0417164300 Factuur 7", None),
        ("NL91ABNA0417164300", "NL91ABNA0417164300 Eigen Naam  Factuur 7", False),
        ("4711000815", "NL91ABNA0417164301 Muster  Factuur 7", False),
    ],
)
def test_k02_the_account_that_begins_a_text_is_the_other_one(account: str, text: str, party: str | bool | None) -> None:
    whole = mt940(":61:2603010302C7,25NTRFNONREF", f":86:{text}").replace("4711000815", account)
    entries, _warnings = read(Swift(), whole)
    detail = entries[0].details[0]
    assert detail.remittance == " ".join(text.split())
    if party is False:
        assert detail.counterparty is None
    else:
        assert detail.counterparty is not None
        assert (detail.counterparty.iban, detail.counterparty.name) == ("NL91ABNA0417164300", party)


def test_k02_the_originator_of_an_ach_payment_is_the_other_party() -> None:
    text = "ORIG CO NAME:NORTHWIND  TOYS  ORIG ID:1234567890 DESC DATE:260301 CO ENTRY DESCR:PAYROLL IND NAME:JO DOE"
    file = (
        "01,A,B,260302,0700,1,,,2/\n02,B,A,1,260301,2359,USD,2/\n03,77,USD,010,100,,,015,150,,/\n"
        f"16,165,50,Z,R1,,{text[:60]}\n88,{text[60:]}\n49,300,4/\n98,300,1,6/\n99,300,1,8/\n"
    )
    entries, _warnings = read(Bai2(), file)
    detail = entries[0].details[0]
    assert detail.counterparty is not None and detail.counterparty.name == "NORTHWIND TOYS"
    assert detail.remittance is not None and detail.remittance.startswith("ORIG CO NAME")


# -- QIF -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "day", "warnings"),
    [
        ("D1/31'26\nT1.00\n^\nD4/5'26\nT2.00\n^\n", "2026-04-05", []),
        ("D31/1'26\nT1.00\n^\nD4/5'26\nT2.00\n^\n", "2026-05-04", []),
        # no number tells the order: amounts with a comma were not written in America
        ("D1/2'26\nT1,00\n^\nD4/5'26\nT2,50\n^\n", "2026-05-04", ["date_order_assumed"]),
        ("D1/2'26\nT1.00\n^\nD4/5'26\nT2.50\n^\n", "2026-04-05", ["date_order_assumed"]),
    ],
)
def test_k02_day_and_month_beside_an_apostrophe(records: str, day: str, warnings: list[str]) -> None:
    entries, told = read(Qif(), f"!Type:Bank\n{records}")
    assert (str(entries[-1].booking_date), told) == (day, warnings)


def test_k02_blanks_between_thousands_are_read() -> None:
    entries, _warnings = read(Ofx(), ofx(transaction(1, "+1 006,60") + transaction(2, "-12 345 678.90")))
    assert [str(entry.money.amount) for entry in entries] == ["1006.60", "-12345678.90"]
    entries, _warnings = read(Qif(), "!Type:Bank\nD31/1/2026\nT-1\xa0250,00\n^\n")
    assert str(entries[0].money.amount) == "-1250.00"
    for wrong in ("1 00,60", "1 0066", "12 5"):
        with pytest.raises(FormatError, match="amount_invalid|valid amount"):
            read(Ofx(), ofx(transaction(1, wrong)))


def test_k02_an_old_coda_has_no_iso_codes_where_later_ones_have_them() -> None:
    text = (FIXTURES / "coda" / "accounts.cod").read_text()
    line = next(line for line in text.splitlines() if line.startswith("2200020000"))
    for written, reason, purpose in (("13246A161648", None, None), ("2AC04SUPPGDDS", "AC04", "GDDS")):
        changed = text.replace(line, f"{line[:112]}{written:<13}{line[125:]}")
        entries, _warnings = read(Coda(), changed)
        detail = entries[1].details[0]
        assert (detail.return_reason.code if detail.return_reason else None, detail.purpose) == (reason, purpose)


def test_k02_an_apostrophe_does_not_make_the_month_come_first() -> None:
    entries, _warnings = read(Qif(), "!Type:Bank\nD 5/ 4'26\nT1.00\n^\nD25/4'26\nT2.00\n^\n")
    assert [str(entry.booking_date) for entry in entries] == ["2026-04-05", "2026-04-25"]


def test_k02_dates_with_day_and_month_first_are_still_refused() -> None:
    with pytest.raises(FormatError) as refused:
        read(Qif(), "!Type:Bank\nD4/25'26\nT1.00\n^\nD25/4'26\nT2.00\n^\n")
    assert (refused.value.code, refused.value.place) == ("date_invalid", "line 5")


def test_k02_dates_without_separators() -> None:
    entries, _warnings = read(Qif(), "!Type:CCard\nD20260405\nT-1.00\n^\n")
    assert str(entries[0].booking_date) == "2026-04-05"
    with pytest.raises(FormatError):
        read(Qif(), "!Type:CCard\nD20261405\nT-1.00\n^\n")


def test_k02_remarks_before_the_header_and_every_line_of_memo_and_address() -> None:
    text = "# exported by a person\n\n!Type:Bank\nD25/4/2026\nT-9.00\nPShop\nMRent\nMApril\nAStreet 1\nATown\n^\n"
    assert [known.code for known in known_formats() if known.identify(text.encode(), "x")] == ["qif"]
    entries, _warnings = read(Qif(), text)
    detail = entries[0].details[0]
    assert (detail.remittance, detail.additional_information) == ("Rent April", "Street 1 Town")


def test_k02_each_qif_list_is_of_the_account_that_was_named_before_it() -> None:
    """An account that is named for the next list is not the one of the list before; of several none is told."""
    accounts = "!Account\nNGiro\n^\nNCard\n^\n"
    lists = "!Type:Bank\nD2026-03-01\nT1.00\n^\n!Account\nNCard\n^\n!Type:CCard\nD2026-03-02\nT2.00\n^\n"

    def read_accounts(text: str) -> list[str | None]:
        events = Qif().parse(io.BytesIO(text.encode()))
        return [event.account.number for event in events if isinstance(event, StatementStart)]

    assert read_accounts(f"{accounts}!Account\nNGiro\n^\n{lists}") == ["Giro", "Card"]
    assert read_accounts(accounts + lists) == [None, "Card"]


def test_k02_splits_of_a_qif_record_are_told() -> None:
    text = "!Type:Bank\nD2026-03-01\nT-30.00\nAStreet\nSRent\nEMarch\n$-20.00\nSWater\n$-10.00\n^\n"
    [entry], _warnings = read(Qif(), text)
    assert str(entry.money.amount) == "-30.00"
    assert entry.details[0].additional_information == "Street Rent March -20.00; Water -10.00"


def test_k02_investments_beside_a_bank_statement_are_not_left_out_silently() -> None:
    more = "<INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><CURDEF>BRL\n</INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1></OFX>"
    text = ofx(transaction(1, "8,00") + "</STMTTRN>\n").replace("</OFX>", more)
    entries, warnings = read(Ofx(), text)
    assert [len(entries), warnings] == [1, ["investment_left_out"]]
    with pytest.raises(FormatError, match="investment statement"):
        read(Ofx(), f"OFXHEADER:100\n\n<OFX>{more}")


def test_k02_an_account_that_begins_with_a_slash_and_a_code_that_is_repeated() -> None:
    """Polish banks write both."""
    head = mt940(":61:2603020302C7,25N020NONREF", ":86:020", "020~00Przelew~20za towar~21 nr 5~32JAN~33 KOWALSKI")
    text = head.replace(":25:", ":25:/")
    [entry], _warnings = read(Swift(), text)
    [start] = [event for event in Swift().parse(io.BytesIO(text.encode())) if isinstance(event, StatementStart)]
    detail = entry.details[0]
    assert start.account.number == "4711000815"
    assert detail.counterparty is not None and detail.counterparty.name == "JAN KOWALSKI"
    assert (detail.remittance, detail.additional_information) == ("za towar nr 5", "Przelew")


def test_k02_messages_without_a_reference_are_told_by_their_first_fields() -> None:
    """A Dutch bank leaves field 20 out: a banner, then account, number and balance."""
    page = mt940(":61:2603020302C7,25N247NONREF").replace(":20:R-1\n", "ABNANL2A\n940\nABNANL2A\n")
    text = page + page.replace(":28C:7/1", ":28C:8/1")
    assert detect(known_formats(), text.encode()).code == "mt940"
    entries, _warnings = read(Swift(), text)
    assert [str(entry.money.amount) for entry in entries] == ["7.25", "7.25"]


def test_k02_a_dash_between_opening_balance_and_first_line_ends_nothing() -> None:
    line = ":61:2603020302C7,25N062NONREF"
    entries, _warnings = read(Swift(), mt940("-", "", line, ":86:062?00TEXT"))
    assert [str(entry.money.amount) for entry in entries] == ["7.25"]
    with pytest.raises(FormatError) as refused:
        read(Swift(), mt940(line, "-", ":20:NEXT"))
    assert refused.value.code == "closing_missing"
    with pytest.raises(FormatError) as refused:
        read(Swift(), mt940(line).partition(":62F:")[0] + "-\n")
    assert (refused.value.code, refused.value.place) == ("closing_missing", "line 6")


def test_k02_an_overdrawn_account_that_is_called_a_credit() -> None:
    """A Dutch bank writes the sign beside the amount; a debit with a sign could be either."""
    text = mt940(":61:2603020302D7,25N062NONREF", opening="5,00", closing="-2,25")
    ends = [event for event in Swift().parse(io.BytesIO(text.encode())) if isinstance(event, StatementEnd)]
    assert [str(balance.money.amount) for balance in ends[0].balances] == ["5.00", "-2.25"]
    assert [code for code, _place in ends[0].warnings] == ["balance_with_sign"]
    with pytest.raises(FormatError):
        read(Swift(), text.replace(":62F:C", ":62F:D"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>", '<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX >'),
        ("OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>", "DATA:OFXSGML\nENCODING:UTF-8\n<OFX>"),
    ],
)
def test_k02_headers_and_roots_of_ofx_as_programs_write_them(old: str, new: str) -> None:
    text = ofx(transaction(1, "8,00") + "</STMTTRN>\n").replace(old, new)
    assert detect(known_formats(), text.encode()).code == "ofx"
    entries, _warnings = read(Ofx(), text)
    assert [str(entry.money.amount) for entry in entries] == ["8.00"]


def test_k02_a_card_statement_that_is_ended_like_one_of_a_bank() -> None:
    text = ofx(transaction(1, "8,00") + "</STMTTRN>\n").replace("<STMTRS>", "<CCSTMTRS>").replace("BANKACCT", "CCACCT")
    entries, _warnings = read(Ofx(), text)
    assert [str(entry.money.amount) for entry in entries] == ["8.00"]
    with pytest.raises(FormatError):
        read(Ofx(), ofx("").replace("</STMTRS>", "</CCSTMTRS>"))


@pytest.mark.parametrize("gap", [0, 65_500, 65_501, 65_502, 131_000])
def test_k02_a_less_than_sign_in_a_text_is_no_tag(gap: int) -> None:
    """Wherever the file is cut into pieces."""
    more = "".join(transaction(2, "1,00") + "</STMTTRN>\n" for _ in range(gap // 90))
    text = ofx(transaction(1, "8,00").replace("Note 1", "a < b <3 c") + "</STMTTRN>\n" + more)
    at = text.index("a < b")
    text = text[: text.index("<OFX>")] + " " * max(0, gap - at) + text[text.index("<OFX>") :]
    entries, _warnings = read(Ofx(), text)
    assert entries[0].details[0].remittance == "a < b <3 c"


def test_k02_coda_tells_the_amount_that_was_exchanged_and_the_parts_of_a_fee() -> None:
    said = communication("1", f"105{'90000':0>15}{'100000':0>15}{'90000000':0>12}USD010806817183")
    assert said.structured == "010806817183"
    assert said.original == (Decimal("100.00"), "USD", Decimal("0.90000000"))
    assert communication("1", "105 no figures").original is None
    lines = [
        "1" + "2" + "045" + f"{'BE68539007547034':<34}EUR" + "0" + "0" * 15 + "010326",
        *(f"21{1:04d}{n:04d}{'REF':<21}1{amount:015d}020326{code}0{text:<53}020326" for n, amount, code, text in PARTS),
        "8" + "045" + f"{'BE68539007547034':<34}EUR" + "1" + f"{12100:015d}" + "020326",
    ]
    header = f"00000020326300{'05':<3}".ljust(127) + "2"
    trailer = f"{'9':<16}{5:06d}{12100:015d}{0:015d}".ljust(127) + "2"
    entries, _warnings = read(Coda(), "\n".join([header, *lines, trailer]))
    assert [str(entry.money.amount) for entry in entries] == ["-12.10"]
    assert entries[0].additional_information == "bijdrage -10.00; BTW -2.10"


@pytest.mark.parametrize(
    "lines", [("/OCMT/USD8,00/EXCH/1,1034",), ("", ":86:/ORDP/ACME/REMI/Inv 9/OCMT/USD8,00/EXCH/1,1034")]
)
def test_k02_amount_and_rate_in_the_other_currency_stand_in_either_field(lines: tuple[str, ...]) -> None:
    [entry], _warnings = read(Swift(), mt940(":61:2603020302D7,25N062NONREF", *lines, closing="92,75"))
    assert entry.original is not None and entry.exchange is not None
    assert (str(entry.original.amount), entry.original.currency) == ("-8.00", "USD")
    assert (str(entry.exchange.rate), entry.exchange.source_currency) == ("1.1034", "USD")


def test_k02_what_is_said_between_banks_is_no_name() -> None:
    line = ":61:2603020302D7,25S202R//T"
    [entry], _warnings = read(Swift(), mt940(line, ":86:/BENM/LAKE LLC/OBI/INV 7/BBI/", closing="92,75"))
    detail = entry.details[0]
    assert detail.counterparty is not None and detail.counterparty.name == "LAKE LLC"
    assert detail.remittance == "INV 7"
    [entry], _warnings = read(Swift(), mt940(line, ":86:/OCMT/USD8,00/ ORDER 5", "SECOND LINE", closing="92,75"))
    assert entry.original is not None
    assert entry.details[0].remittance == "/OCMT/USD8,00/ ORDER 5 SECOND LINE"


def test_k02_a_control_sum_without_its_count() -> None:
    """A German bank writes so where there is none."""
    head = ":20:R\n:25:4711\n:28C:1\n:34F:EUR0,\n:13:2603021200\n"
    text = f"{head}:61:2603020302D0,02NMSCNONREF\n:90D:1EUR,02\n:90C:EUR,00\n-\n"
    [end] = [event for event in Swift().parse(io.BytesIO(text.encode())) if isinstance(event, StatementEnd)]
    assert end.summary is not None
    assert (end.summary.count, end.summary.credit_count, end.summary.debit_count) == (None, None, 1)
    assert end.summary.credit_sum == 0


def test_k02_dates_of_ofx_with_dashes() -> None:
    text = ofx(transaction(1, "8,00") + "</STMTTRN>\n").replace("20260301", "2026-03-01")
    entries, _warnings = read(Ofx(), text)
    assert str(entries[0].booking_date) == "2026-03-01"
    with pytest.raises(FormatError) as refused:
        read(Ofx(), text.replace("2026-03-01", "2026-3-1"))
    assert (refused.value.code, "STMTTRN[1]" in refused.value.place) == ("date_invalid", True)


@pytest.mark.parametrize(("mark", "name", "iban"), [("D", "LAKE", "DE89370400440532013000"), ("C", "HILL", None)])
def test_k02_of_two_parties_the_direction_tells_the_other_one(mark: str, name: str, iban: str | None) -> None:
    info = ":86:/EREF/E1/ORDP//NAME/HILL/ADDR/ROAD 1/BENM//NAME/LAKE/IBAN/DE89370400440532013000/REMI/INV 1"
    [entry], _warnings = read(Swift(), mt940(f":61:2603020302{mark}7,25NTRFNONREF", info))
    detail = entry.details[0]
    assert detail.counterparty is not None
    assert (detail.counterparty.name, detail.counterparty.iban) == (name, iban)
    assert (detail.remittance, detail.references.end_to_end_id) == ("INV 1", "E1")


def test_k02_ofx_with_a_namespace_and_apostrophes_between_thousands() -> None:
    text = ofx(transaction(1, "1'234.50") + "</STMTTRN>\n").replace("<OFX>", '<OFX xmlns="http://ofx.net/types">')
    entries, _warnings = read(Ofx(), text)
    assert [str(entry.money.amount) for entry in entries] == ["1234.50"]


# -- what banks of all continents write, found by looking further -----------------------------


@pytest.mark.parametrize("line", ["20260301C7,25NTRFNONREF", "202603010302C7,25NTRFNONREF", "20260301 C7,25NTRFNONREF"])
def test_k02_mt940_with_years_of_four_digits(line: str) -> None:
    text = mt940(f":61:{line}").replace("C260301EUR", "C20260301EUR").replace("C260302EUR", "C20260302EUR")
    entries, warnings = read(Swift(), text)
    assert (str(entries[0].value_date), str(entries[0].money.amount), warnings) == ("2026-03-01", "7.25", [])


def test_k02_a_line_of_2020_is_no_year_of_four_digits() -> None:
    entries, _warnings = read(Swift(), mt940(":61:2001010102C7,25NTRFNONREF", ":61:200101C1,NTRFNONREF"))
    assert [(str(e.value_date), str(e.money.amount)) for e in entries] == [("2020-01-01", "7.25"), ("2020-01-01", "1")]


@pytest.mark.parametrize(
    "written",
    ["20260302100000[-3:BRT]", "2026-03-02", "2026/03/02", "20260302 100000", "20260302T100000", "20260302100000-0300",
     "20260302100000Z", "2026-03-02T10:00:00Z", "2026-03-02 10:00:00", "20260302100000 GMT", "2026030210",
     "20260302000000[-3:GMT", "20260302000000.000[+5.5:IST]"],
)  # fmt: skip
def test_k02_ofx_dates_with_the_year_first(written: str) -> None:
    entries, _warnings = read(Ofx(), ofx(transaction(1, "5.00")).replace("20260301", written, 1))
    assert str(entries[0].booking_date) == "2026-03-02"


@pytest.mark.parametrize(
    "wrong", ["32/03/2026", "02/03-2026", "260302", "2026-0302", "20261302", "2026-03-022", "20260302x"]
)
def test_k02_ofx_dates_that_are_none(wrong: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(Ofx(), ofx(transaction(1, "5.00")).replace("20260301", wrong, 1))
    assert refused.value.code == "date_invalid"


def test_k02_ofx_without_the_day_of_booking_has_the_one_on_which_it_was_made() -> None:
    text = ofx(transaction(1, "5.00"))
    entries, warnings = read(Ofx(), text.replace("<DTPOSTED>20260301", "<DTUSER>20260228", 1))
    assert (str(entries[0].booking_date), warnings) == (
        "2026-02-28",
        ["transaction_without_end", "booking_date_missing"],
    )


def test_k02_ofx_downloads_that_were_joined_to_one_file() -> None:
    whole = ofx(transaction(1, "5.00"))
    entries, _warnings = read(Ofx(), whole + whole.replace("5.00", "6.00"))
    assert [str(entry.money.amount) for entry in entries] == ["5.00", "6.00"]
    with pytest.raises(FormatError) as refused:
        read(Ofx(), whole + whole[: whole.index("</OFX>")])
    assert refused.value.code == "truncated"


@pytest.mark.parametrize("written", ["R$", "986", "EURO"])
def test_k02_ofx_with_a_currency_that_is_no_code_waits_for_a_person(written: str) -> None:
    entries, warnings = read(Ofx(), ofx(transaction(1, "5.00")).replace("<CURDEF>BRL", f"<CURDEF>{written}"))
    assert entries[0].money.currency == NO_CURRENCY
    assert "currency_unreadable" in warnings


def test_k02_more_zeros_than_any_currency_has_are_no_precision() -> None:
    assert str(read(Ofx(), ofx(transaction(1, "-12.3400000")))[0][0].money.amount) == "-12.34"
    with pytest.raises(FormatError, match="decimal places"):
        read(Ofx(), ofx(transaction(1, "-12.3400001")))


@pytest.mark.parametrize(
    "written",
    ["31-JAN-26", "31 Jan 2026", "31 janv. 2026", "31. Januar 2026", "Jan 31, 2026", "31/01/2026 10:00", "31012026",
     "31 sty 2026"],
)  # fmt: skip
def test_k02_qif_dates_by_name_with_a_time_or_without_separators(written: str) -> None:
    for header in ("Bank", "Oth A", "Oth L"):
        entries, warnings = read(Qif(), f"!Type:{header}\n D{written}\n T1.00\n^\n")
        assert (str(entries[0].booking_date), warnings) == ("2026-01-31", [])
