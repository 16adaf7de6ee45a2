"""Where single banks put names, references and currencies in the text formats (K-02). All made up."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from fixed_text import cfonb

from odoo.addons.finance_bank_sync.formats import Cfonb120
from odoo.addons.finance_bank_sync.formats.fixed.coda import Coda
from odoo.addons.finance_bank_sync.formats.model import (
    Entry,
    FormatError,
    Party,
    StatementEnd,
    StatementFormat,
    StatementStart,
)
from odoo.addons.finance_bank_sync.formats.ofx.reader import Ofx
from odoo.addons.finance_bank_sync.formats.qif.reader import Qif
from odoo.addons.finance_bank_sync.formats.swift.reader import Swift

FIXTURES = Path(__file__).parents[2] / "fixtures"
LINE = ":61:2603010302C5,00NTRFNONREF"


def entry_of(reader: StatementFormat, content: str | bytes) -> Entry:
    """:return: the first entry"""
    events = reader.parse(io.BytesIO(content.encode() if isinstance(content, str) else content))
    return next(event for event in events if isinstance(event, Entry))


def mt940(*lines: str, line: str = LINE, account: str = "4711000815") -> Entry:
    """:return: the one entry of an MT940 with these lines of field 86"""
    head = (":20:R-1", f":25:{account}", ":28C:7/1", ":60F:C260301EUR100,00", line)
    told = (f":86:{lines[0]}", *lines[1:]) if lines else ()
    return entry_of(Swift(), "\n".join([*head, *told, ":62F:C260302EUR105,00", "-", ""]))


def other(entry: Entry) -> Party:
    party = entry.details[0].counterparty
    assert party is not None
    return party


# -- MT940 -----------------------------------------------------------------------------


def test_k02_mt940_reference_of_the_bank_on_a_line_of_its_own() -> None:
    entry = mt940("Nota 1", line=":61:2603010302C5,00NTRFAUFTRAG-12345678\n//BANK-77")
    assert entry.account_servicer_reference == "BANK-77"
    assert entry.details[0].references.transaction_id == "AUFTRAG-12345678"
    assert entry.additional_information is None


@pytest.mark.parametrize(("mark", "amount"), [("c", "5.00"), ("d", "-5.00")])
def test_k02_mt940_mark_in_small_letters(mark: str, amount: str) -> None:
    assert str(mt940("Nota 1", line=f":61:260301{mark}5,00NTRFNONREF").money.amount) == amount


def test_k02_mt940_codes_of_batches_end_the_reference_before_them() -> None:
    entry = mt940("/TRTP/SEPA BATCH/PREF/77-1/NRTX/162/PIND/BRUTO")
    assert entry.details[0].references.payment_information_id == "77-1"
    assert entry.details[0].additional_information == "SEPA BATCH NRTX 162"


def test_k02_mt940_codes_behind_a_bank_are_not_its_bic() -> None:
    entry = mt940("/EREF/E-7", "/DACT/8300077/DBIC/MILLGB2LXXX", "/OAMT/11-25/", "/DCID/ABC")
    party = other(entry)
    assert (party.account_number, party.bic) == ("8300077", "MILLGB2LXXX")
    assert entry.details[0].additional_information == "OAMT 11-25 DCID ABC"


def test_k02_mt940_first_code_without_its_slash() -> None:
    references = mt940("EREF/E2E-9/PREF/LOT-4").details[0].references
    assert (references.end_to_end_id, references.payment_information_id) == ("E2E-9", "LOT-4")


def test_k02_mt940_number_of_an_account_that_is_no_iban() -> None:
    party = other(mt940("/TRTP/SEPA OVERBOEKING/BBAN/900000815/BIC/KNABNL2H/NAME/Molen BV/REMI/Nota 1"))
    assert (party.name, party.account_number, party.bic) == ("Molen BV", "900000815", "KNABNL2H")


def test_k02_mt940_separator_and_digits_within_a_text_are_no_subfield() -> None:
    entry = mt940("166?00GUTSCHRIFT?20SVWZ+Teil 12?45.884 Los?21 3?32Anna Beispiel")
    assert entry.details[0].remittance == "Teil 12?45.884 Los 3"
    assert other(entry).name == "Anna Beispiel"


def test_k02_mt940_subfields_70_and_71_name_who_it_is_for() -> None:
    party = other(mt940("166?00GUTSCHRIFT?20Nota 1?32Anna Beispiel?70Verein der Freunde und Foer?71derer"))
    assert (party.name, party.ultimate_name) == ("Anna Beispiel", "Verein der Freunde und Foerderer")


def test_k02_mt940_polish_names_go_on_in_subfields_62_and_63() -> None:
    entry = mt940(
        "491^00PRZELEW^20FAKTURA 7^32FABRYKA KAPELUSZY         ^33UL. DLUGA 12",
        "^62LODZ^63POLSKA",
    )
    assert other(entry).name == "FABRYKA KAPELUSZY UL. DLUGA 12 LODZ POLSKA"
    assert entry.details[0].remittance == "FAKTURA 7"
    # the German way they are the end of the text
    entry = mt940("166?00GUTSCHRIFT?20RECHNUNG 7?32HUT AG?60VOM 1.3.?61UND 8?62NICHT 9")
    assert (other(entry).name, entry.details[0].remittance) == ("HUT AG", "RECHNUNG 7 VOM 1.3. UND 8 NICHT 9")


def test_k02_mt940_pages_in_one_message() -> None:
    lines = (":20:R-1", ":25:4711000815", ":60F:C260301EUR100,00", LINE, ":62M:C260301EUR105,00", LINE)
    text = "\n".join((*lines, ":62F:C260302EUR110,00", "-", ""))
    events = list(Swift().parse(io.BytesIO(text.encode())))
    assert [type(event) for event in events] == [StatementStart, Entry, Entry, StatementEnd]
    end = events[-1]
    assert isinstance(end, StatementEnd)
    assert [(balance.code, str(balance.money.amount)) for balance in end.balances] == [
        ("OPBD", "100.00"),
        ("CLBD", "110.00"),
    ]
    # the other way round nobody knows which one is meant, nor of two at the end
    for wrong in (text.replace("62M", "62F"), text.replace("62F", "62x").replace("62M", "62F").replace("62x", "62M")):
        with pytest.raises(FormatError, match="twice"):
            list(Swift().parse(io.BytesIO(wrong.encode())))


def test_k02_mt940_indented_as_a_whole() -> None:
    lines = (
        "{1:BANK}{2:940SI}{4:",
        ":20:R-1",
        ":25:4711000815",
        ":60F:C260301EUR100,00",
        LINE,
        ":86:Nota 1",
        "  und 2",
    )
    content = "".join(f"{' ' * 10}{line}\n" for line in (*lines, ":62F:C260302EUR105,00", "-}"))
    events = list(Swift().parse(io.BytesIO(f"Saldo\n{content}".encode())))
    assert [type(event) for event in events] == [StatementStart, Entry, StatementEnd]


def test_k02_mt940_zeros_for_the_day_of_the_opening_balance() -> None:
    lines = (":20:R-1", ":25:4711000815", ":60F:C000000EUR100,00", LINE, ":62F:C260302EUR105,00", "-", "")
    end = list(Swift().parse(io.BytesIO("\n".join(lines).encode())))[-1]
    assert isinstance(end, StatementEnd)
    assert [code for code, _place in end.warnings] == ["balance_date_unreadable"]
    assert {balance.code: balance.date and str(balance.date) for balance in end.balances}["OPBD"] is None
    with pytest.raises(FormatError, match="no such day"):
        list(Swift().parse(io.BytesIO("\n".join(lines).replace("C260302", "C000000").encode())))


def test_k02_mt940_block_that_ends_without_its_dash() -> None:
    lines = ("{4:", ":20:R-1", ":25:4711000815", ":60F:C260301EUR100,00", LINE, ":62F:C260302EUR105,00", "}", "")
    events = list(Swift().parse(io.BytesIO("\n".join(lines).encode())))
    assert [type(event) for event in events] == [StatementStart, Entry, StatementEnd]


def test_k02_mt940_name_in_a_long_text_goes_on_in_subfield_33() -> None:
    party = other(mt940("166?00GUTSCHRIFT?20SVWZ+Nota 1?21ABWA+Handelshaus Beispiel und S?33oehne KG"))
    assert (party.name, party.ultimate_name) == (None, "Handelshaus Beispiel und Soehne KG")


@pytest.mark.parametrize(
    ("lines", "name", "text"),
    [
        (("999Muehle Beispiel GmbH", "Rechnung 7", "und 8"), "Muehle Beispiel GmbH", "Rechnung 7 und 8"),
        (("999Auftrag 12",), None, "Auftrag 12"),
        (("999" + "Text ohne Namen, der bis zum Ende geht", "der Zeile"), None, None),
    ],
)
def test_k02_mt940_austrian_texts_begin_with_the_name(lines: tuple[str, ...], name: str | None, text: str) -> None:
    entry = mt940(*lines, account="//39000/815/EUR")
    found = entry.details[0]
    assert (found.counterparty and found.counterparty.name) == name
    assert found.remittance == (text or "Text ohne Namen, der bis zum Ende geht der Zeile")
    assert entry.transaction_code and entry.transaction_code.proprietary == "NTRF+999"
    # elsewhere it is a text
    assert str(mt940(*lines).details[0].remittance).startswith("999")


@pytest.mark.parametrize(
    ("below", "lines", "expected"),
    [
        (f"{'MILLER AND SONS':22}TFRPAYMENTRE", ("FERENCE12",), ("MILLER AND SONS", "PAYMENTREFERENCE12", "TFR")),
        (f"{'MILLER AND SONS':22} DD", (), ("MILLER AND SONS", None, "DD")),
        (f"{'MILLER AND SONS':22}FPI", ("INVOICE 7", "12MAR26"), ("MILLER AND SONS", "INVOICE 7 12MAR26", "FPI")),
        (f"{'TO A/C':22}TFR00059707", ("301775",), (None, "00059707 301775", "TO A/C TFR")),
        (f"{'MILLER AND SONS':22}XYZPAYMENTRE", ("12",), (None, "12", "MILLER AND SONS XYZPAYMENTRE")),
    ],
)
def test_k02_mt940_british_columns_go_on_in_field_86(
    below: str, lines: tuple[str, ...], expected: tuple[str | None, str | None, str]
) -> None:
    entry = mt940(*lines, line=f"{LINE}\n{below}")
    found = entry.details[0]
    name = found.counterparty.name if found.counterparty else None
    assert (name, found.remittance, entry.additional_information) == expected


# -- CFONB 120, CODA, QIF --------------------------------------------------------------


def test_k02_cfonb_currency_and_decimals_stand_in_the_operation_only() -> None:
    lines = cfonb(closing=11250).splitlines(keepends=True)
    content = b"".join(line.replace(b"EUR2", b"    ") if line[:2] != b"04" else line for line in lines)
    start, entry, end = Cfonb120().parse(io.BytesIO(content))
    assert isinstance(start, StatementStart) and isinstance(entry, Entry) and isinstance(end, StatementEnd)
    assert (start.account.currency, str(entry.money.amount), end.warnings) == ("EUR", "12.50", ())
    assert [str(balance.money.amount) for balance in end.balances] == ["100.00", "112.50"]


def test_k02_cfonb_an_old_balance_alone_is_cut_off() -> None:
    with pytest.raises(FormatError) as refused:
        list(Cfonb120().parse(io.BytesIO(cfonb().splitlines(keepends=True)[0])))
    assert refused.value.code == "truncated"


def test_k02_coda_zeros_are_no_reference_of_a_customer() -> None:
    text = (FIXTURES / "coda" / "accounts.cod").read_text()
    first, second = (next(line for line in text.splitlines() if line.startswith(kind)) for kind in ("21", "22"))
    assert first[2:10] == second[2:10]

    def told(reference: str) -> str | None:
        changed = text.replace(second, f"{second[:63]}{reference:35}{second[98:]}")
        return entry_of(Coda(), changed).details[0].references.end_to_end_id

    assert (told("0000000"), told("000815")) == (None, "000815")


@pytest.mark.parametrize(
    ("payee", "expected"),
    [
        ("TAYLOR R&amp;D                        , 12.50", "TAYLOR R&D"),
        ("TAYLOR                                , 13.50", "TAYLOR , 13.50"),
        ("TAYLOR, 12.50", "TAYLOR, 12.50"),
        ("TAYLOR    AND SONS", "TAYLOR AND SONS"),
        ("AT&T &notable", "AT&T &notable"),
    ],
)
def test_k02_qif_payees_without_what_fills_them(payee: str, expected: str) -> None:
    entry = entry_of(Qif(), f"!Type:Bank\nD30/03/2026\nT-12.50\nP{payee}\nMTea &lt; 5\n^\n")
    assert (other(entry).name, entry.details[0].remittance) == (expected, "Tea < 5")
    assert entry.money.amount == Decimal("-12.50")


@pytest.mark.parametrize(
    ("written", "meant"), [("$1,295.76", "1295.76"), ("-$5.72", "-5.72"), ("$-5.72", "-5.72"), ("($5.72)", "-5.72")]
)
def test_k02_qif_dollar_signs_before_amounts(written: str, meant: str) -> None:
    entry = entry_of(Qif(), f"!Type:CCard\nD30/03/2026\nT{written}\nPShop\n^\n")
    assert str(entry.money.amount) == meant


@pytest.mark.parametrize("setting", ["Option:AutoSwitch", "Clear:AutoSwitch", "Option:AllXfr"])
def test_k02_qif_settings_end_no_list(setting: str) -> None:
    content = f"!Type:Bank\n!{setting}\nD13/04/2026\nT5.00\n^\n!{setting}\nD14/04/2026\nT6.00\n^\n"
    events = list(Qif().parse(io.BytesIO(content.encode())))
    assert [type(event) for event in events] == [StatementStart, Entry, Entry, StatementEnd]
    # they begin none, either
    with pytest.raises(FormatError, match="before any header"):
        list(Qif().parse(io.BytesIO(f"!{setting}\nD13/04/2026\nT5.00\n^\n".encode())))


@pytest.mark.parametrize(("header", "day"), [("MDY", "2026-03-04"), ("DMY", "2026-04-03")])
def test_k02_qif_order_of_dates_in_a_header(header: str, day: str) -> None:
    entry = entry_of(Qif(), f"!Option:{header}\n!Type:Bank\nD03/04/2026\nT5.00\n^\n")
    assert str(entry.booking_date) == day
    # a date that allows one order only is stronger
    entry = entry_of(Qif(), f"!Option:{header}\n!Type:Bank\nD13/04/2026\nT5.00\n^\n")
    assert str(entry.booking_date) == "2026-04-13"


@pytest.mark.parametrize("written", ["$5$", "5.72$", "A$5.72"])
def test_k02_qif_other_signs_are_refused(written: str) -> None:
    with pytest.raises(FormatError) as refused:
        entry_of(Qif(), f"!Type:CCard\nD30/03/2026\nT{written}\nPShop\n^\n")
    assert refused.value.code == "amount_invalid"


def test_k02_qif_settings_between_the_lines_of_a_record() -> None:
    entry = entry_of(Qif(), "!Type:Bar\nD13/04/2026\n!Option:AllXfr\nT5.00\nPHut AG\n^\n")
    assert (str(entry.booking_date), str(entry.money.amount), other(entry).name) == ("2026-04-13", "5.00", "Hut AG")


@pytest.mark.parametrize("action", ["<CORRECTACTION>REPLACE", "<CORRECTACTION>DELETE", ""])
@pytest.mark.parametrize("corrected", ["F1", "F0"])
def test_k02_ofx_a_correction_is_never_booked_beside_what_it_corrects(corrected: str, action: str) -> None:
    """A transaction that names itself may be the first of its number, or the same one with another amount."""
    correction = f"<CORRECTFITID>{corrected}{action}"
    content = (
        "OFXHEADER:100\n\n<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>77</CCACCTFROM>"
        f"<BANKTRANLIST><STMTTRN><TRNTYPE>PAYMENT<DTPOSTED>20260413<TRNAMT>-5.00<FITID>F1{correction}<NAME>HUT"
        "</STMTTRN></BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
    )
    events = list(Ofx().parse(io.BytesIO(content.encode())))
    assert [event.status for event in events if isinstance(event, Entry)] == ["INFO"]
    assert [event.warnings for event in events if isinstance(event, StatementEnd)][0][0][0] == "correction_not_booked"


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("Content-Type: application/x-ofx\nOFXHEADER:100\nDATA:OFXSGML\n", True),
        ("HTTP-Version: 1.1\r\nContent-Type: application/x-ofx\r\n\r\nOFXHEADER:100\r\n", True),
        ("OFXHEADER=200\nVERSION=220\nsecurity=NONE\n", True),
        ("Dear Sirs,\nthis is the file:\n", False),
    ],
)
def test_k02_ofx_lines_before_the_header(before: str, expected: bool) -> None:
    content = (
        f"{before}<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>77</BANKACCTFROM><BANKTRANLIST>"
        "<STMTTRN><TRNTYPE>DEP<DTPOSTED>20260413<TRNAMT>5.00<FITID>F1<NAME>HUT</STMTTRN></BANKTRANLIST></STMTRS>"
        "</STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    assert Ofx().identify(content.encode(), "") is expected
    assert str(entry_of(Ofx(), content).money.amount) == "5.00"


def test_k02_entities_that_were_written_twice() -> None:
    head = "OFXHEADER:100\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>CAD<BANKACCTFROM><ACCTID>7</BANKACCTFROM>"
    row = "<STMTTRN><TRNTYPE>POS<DTPOSTED>20260301<TRNAMT>-1.00<FITID>1<NAME>A &amp;lt;B&amp;gt; &amp; C</STMTTRN>"
    entry = entry_of(Ofx(), f"{head}<BANKTRANLIST>{row}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>")
    assert other(entry).name == "A <B> & C"
