"""What the text of a BAI2 booking names, in the ways of American banks (K-02). All names and figures are made up."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from odoo.addons.finance_bank_sync.formats.bai2.reader import Bai2
from odoo.addons.finance_bank_sync.formats.bai2.text import NOTHING, Told, read_text
from odoo.addons.finance_bank_sync.formats.model import Detail, Entry, Money, StatementEnd


def parties(told: Told) -> tuple[str | None, str | None]:
    return (told.party.name, told.party.account_number) if told.party else (None, None)


@pytest.mark.parametrize(
    ("lines", "negative", "expected"),
    [
        (["WIRE IN", "B/O: HILL FARM INC", "OBI=INV 44", "REF: 9"], False, ("HILL FARM INC", None)),
        (["ORG=/0011223344", "1/HILL FARM INC", "2/12 ROAD", "OBI=INV 44"], False, ("HILL FARM INC", "0011223344")),
        (["ORG=/0011223344 HILL FARM INC OGB=FIRST BANK"], False, ("HILL FARM INC", "0011223344")),
        (["ORIG:HILL FARM ID:0044 SND BK:FIRST BANK, N.A. ID:02600 PMT DET:44"], False, ("HILL FARM", "0044")),
        (["TRN:1 BNF:LAKE LLC ID:5566 BNF BK:SECOND BANK ID:02100 PMT DET:PO 12"], True, ("LAKE LLC", "5566")),
        (["/ORG/HILL FARM INC/BNF/LAKE LLC/OBI/RFB 55"], False, ("HILL FARM INC", None)),
        (["/ORG/HILL FARM INC/BNF/LAKE LLC/OBI/RFB 55"], True, ("LAKE LLC", None)),
        (["BENEFICIARY: LAKE LLC ACCT 998877"], True, ("LAKE LLC", "998877")),
        (["SENDER:", "HILL FARM INC"], False, ("HILL FARM INC", None)),
        (["ORIG CO NAME:TOLL ROAD ORIG ID:338 DESC DATE: CO ENTRY DESCR:TOLLSEC:CCD"], True, ("TOLL ROAD", None)),
        (["CO ID:123", "CO NAME:CARD HOUSE", "IND NAME:US"], False, ("CARD HOUSE", None)),
        (["CARD HOUSE DES:TRANSFER ID:1234 INDN:US CO ID:CH123 PPD"], False, ("CARD HOUSE", None)),
        (["CRNM: Molen BV", "CACT: 12345"], True, ("Molen BV", "12345")),
        (["CRNM: Molen BV", "CACT: 12345"], False, (None, None)),
        (["BNF:LAKE LLC ID:5566"], False, (None, None)),
        (["VIA: LAST BANK/0210 A/C: LAKE LLC PORTLAND OR REF: PO 9"], True, ("LAKE LLC PORTLAND OR", None)),
        (["VIA: LAST BANK/0210 A/C: 5566 REF: PO 9"], True, (None, None)),
        (["B/O: HILL FARM INC A/C: 5566", "BEN: LAKE LLC"], True, ("LAKE LLC", None)),
        (["Bridge / tunnel toll: 5"], False, (None, None)),
    ],
)
def test_k02_labels_name_the_other_side(lines: list[str], negative: bool, expected: tuple[str | None, str]) -> None:
    assert parties(read_text(lines, negative)) == expected


#: a wire with a line for each label, colon and equals sign behind it
WIRE = [
    "FED NO: 20261101L1",
    "SENDER BNK:=FIRST BANK",
    "SENDER ID:=056000000",
    "ORG:=HILL FARM INC",
    "ORG ADDRESS:=2/12 MAIN ROAD 3/PORTLAND",
    "/OREGON ;",
    "BNF ID:=33005566",
    "BNF NAME:=LAKE LLC",
    "BNF ADDRESS:=1 LAKE ROAD, RENO",
    "REC FI:=SECOND BANK",
    "REC ID:=121000000",
    "OBI:=INVOICE 44",
]


@pytest.mark.parametrize(
    ("text", "negative", "expected"),
    [
        ("OB:000000 MILL LANE OB3:MILL BANK BO:10000007 BO1:ROE RICHARD BO2:LEEDS", False, ("ROE RICHARD", "10000007")),
        ("BO:ROE RICHARD PY:RENT", False, ("ROE RICHARD", None)),
        # it may be us
        ("BO:10000007 BO1:ROE RICHARD", True, (None, None)),
    ],
)
def test_k02_who_ordered_with_account_and_name(
    text: str, negative: bool, expected: tuple[str | None, str | None]
) -> None:
    party = read_text([text], negative).party
    assert (party.name if party else None, party.account_number if party else None) == expected


def test_k02_the_account_of_one_side_is_never_that_of_the_other() -> None:
    payer, payee = read_text(WIRE, False).party, read_text(WIRE, True).party
    assert payer is not None and payee is not None
    assert (payer.name, payer.account_number, payer.bank_name) == ("HILL FARM INC", None, "FIRST BANK")
    assert (payee.name, payee.account_number, payee.bank_name) == ("LAKE LLC", "33005566", "SECOND BANK")


def test_k02_a_text_without_labels_tells_nothing() -> None:
    assert read_text(["DEPOSIT"], False) is NOTHING
    assert read_text([], False) is NOTHING


def test_k02_company_trace_and_references() -> None:
    told = read_text(["CO ID:123 CO NAME:CARD HOUSE TRACE #:0910 RFB=INV-9"], False)
    assert told.party is not None and told.party.identifier == "123"
    assert (told.trace, told.reference) == ("0910", "INV-9")
    assert read_text(["EREF: E-1"], False).end_to_end_id == "E-1"


def report(*records: str, total: int) -> str:
    head = ["01,A,B,260303,0600,1,,,2/", "02,B,A,1,20260302,,USD,2/", "03,55,,,,,/"]
    return "\n".join([*head, *records, f"49,{total},4/", f"98,{total},1,6/", f"99,{total},1,8/"])


def details(*records: str, total: int) -> list[Detail]:
    """:return: the detail of each booking of an account without balances"""
    events = Bai2().parse(io.BytesIO(report(*records, total=total).encode()))
    return [event.details[0] for event in events if isinstance(event, Entry)]


@pytest.mark.parametrize(
    ("record", "cheque", "reference"),
    [
        ("16,475,500,0,99887766,0000010234/", "0000010234", None),
        ("16,475,500,0,0000010235,/", "0000010235", None),
        ("16,475,500,,10236,,CHECK PAID", "10236", None),
        ("16,475,500,,123456789012345,,CHECK PAID", None, None),
        ("16,475,500,,ABC1,,CHECK PAID", None, None),
        ("16,495,500,,10236,C-9,WIRE", None, "C-9"),
    ],
)
def test_k02_the_number_of_a_cheque_stands_in_either_reference(
    record: str, cheque: str | None, reference: str | None
) -> None:
    [detail] = details(record, total=500)
    assert (detail.references.cheque_number, detail.references.end_to_end_id) == (cheque, reference)


def test_k02_a_wire_over_several_records_keeps_its_whole_text() -> None:
    wire = ["16,195,500,S,500,0,0,R1,,FED WIRE", "88,B/O: HILL FARM INC", "88,OBI=INV 44, PART 2/"]
    [detail] = details(*wire, total=500)
    assert detail.remittance == "FED WIRE B/O: HILL FARM INC OBI=INV 44, PART 2"
    assert detail.counterparty is not None and detail.counterparty.name == "HILL FARM INC"


def test_k02_names_and_values_between_commas() -> None:
    """One bank writes them so, texts in quotation marks, and labels of its own below."""
    first = 'Outgoing Wire,To: LAKE, LLC, Remittance Info: "From: a, To: b", Client Ref ID: C-1, GS ID: G1, '
    told = read_text([f"{first}Settled Amt: EUR 32.20, FX Rate: 1.25", "EREF: E-1"], True)
    assert parties(told) == ("LAKE, LLC", None)
    assert (told.reference, told.end_to_end_id, told.rate) == ("C-1", "E-1", Decimal("1.25"))
    assert told.original == ("EUR", Decimal("32.20"))
    back = read_text(['Check Return,Return From: HILL, Check Serial Number: 0009, Reason: "R02", GS ID: G2'], True)
    assert (parties(back), back.cheque_number, back.return_code) == (("HILL", None), "0009", "R02")
    named = read_text(["RTP,From: X, GS ID: G3", "DBNM: HILL FARM", "DACT: 55"], False)
    assert parties(named) == ("HILL FARM", "55")


def test_k02_a_settled_amount_has_the_direction_of_its_booking() -> None:
    text = "Wire,To: LAKE, GS ID: G1, Settled Amt: EUR 4.00, FX Rate: 1.25"
    events = Bai2().parse(io.BytesIO(report(f"16,495,500,,B,,{text}", total=500).encode()))
    [entry] = [event for event in events if isinstance(event, Entry)]
    assert entry.original == Money(amount=Decimal("-4.00"), currency="EUR")
    assert entry.exchange is not None and entry.exchange.rate == Decimal("1.25")


@pytest.mark.parametrize("amount", ["", "0"])
def test_k02_a_note_is_no_booking_and_is_told_with_the_statement(amount: str) -> None:
    events = list(Bai2().parse(io.BytesIO(report(f"16,890,{amount},,,,OFFICE CLOSED", total=0).encode())))
    assert not [event for event in events if isinstance(event, Entry)]
    [end] = [event for event in events if isinstance(event, StatementEnd)]
    assert end.additional_information == "OFFICE CLOSED"


def test_k02_a_line_of_full_length_is_cut_within_a_word() -> None:
    first, rest = "16,195,500,,B,,B/O: HILL FARM ".ljust(76, "X") + "PART", "88,NERS OBI=1"
    assert len(first) == 80
    [detail] = details(first, rest, total=500)
    assert detail.remittance is not None and detail.remittance.endswith("XPARTNERS OBI=1")
    [detail] = details(first[:-1], rest, total=500)
    assert detail.remittance is not None and detail.remittance.endswith("XPAR NERS OBI=1")
