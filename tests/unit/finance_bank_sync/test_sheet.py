"""CSV files read as a profile says; what does not fit names row and column (K-02)."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import Entry, FormatError, StatementEnd, StatementStart
from odoo.addons.finance_bank_sync.formats.sheet.profile import MARKED, TWO_COLUMNS, SheetProfile
from odoo.addons.finance_bank_sync.formats.sheet.reader import Sheet
from odoo.addons.finance_bank_sync.proof import control

GERMAN = SheetProfile(
    name="Elbbank",
    account="DE84999400100123456789",
    currency="EUR",
    delimiter=";",
    encoding="cp1252",
    skip_lines=2,
    date_format="%d.%m.%Y",
    decimal_mark=",",
    thousands_mark=".",
    columns={"date": "Buchung", "amount": "Betrag", "balance": "Saldo", "text": "Zweck", "party": "Name"},
)
TEXT = """Umsätze;Girokonto

Buchung;Zweck;Name;Betrag;Saldo
03.11.2025;"Rechnung 12; Teil 1";Müller;1.250,00;1.350,00
04.11.2025;Miete;"Haus ""Nord"" 3";-350,00;1.000,00
"""


def read(profile: SheetProfile, text: str) -> list[object]:
    return list(Sheet(profile).parse(io.BytesIO(text.encode(profile.encoding))))


def entries(profile: SheetProfile, text: str) -> list[Entry]:
    return [event for event in read(profile, text) if isinstance(event, Entry)]


def test_german_file_is_read_and_proved() -> None:
    start, *booked, end = read(GERMAN, TEXT)
    assert isinstance(start, StatementStart) and isinstance(end, StatementEnd)
    assert start.account.iban == "DE84999400100123456789"
    totals = control.Totals()
    for entry in booked:
        assert isinstance(entry, Entry)
        totals.add(entry)
    assert [e.money.amount for e in booked if isinstance(e, Entry)] == [Decimal("1250.00"), Decimal("-350.00")]
    assert control.prove_statement(end.balances, totals).state == "proved"


def test_newest_first() -> None:
    lines = TEXT.splitlines(keepends=True)
    turned = "".join([*lines[:3], lines[4], lines[3]])
    [first, _second] = entries(replace(GERMAN, newest_first=True), turned)
    assert first.money.amount == Decimal("1250.00")


def test_a_row_that_is_missing_fails_the_proof() -> None:
    lines = TEXT.splitlines(keepends=True)
    *_, end = events = read(GERMAN, "".join([*lines[:4], "04.11.2025;x;y;-1,00;900,00\n", *lines[4:]]))
    totals = control.Totals()
    for event in events:
        if isinstance(event, Entry):
            totals.add(event)
    assert isinstance(end, StatementEnd)
    assert control.prove_statement(end.balances, totals).state == "failed"


@pytest.mark.parametrize(
    ("profile", "row", "amount"),
    [
        ({"amounts": MARKED, "columns": {"date": 1, "amount": 2, "marker": 3}, "debit_markers": ("S",),
          "credit_markers": ("H",)}, "2025-11-03,5.00,s", "-5.00"),
        ({"amounts": TWO_COLUMNS, "columns": {"date": 1, "debit": 2, "credit": 3}}, "2025-11-03,5.00,", "-5.00"),
        ({"amounts": TWO_COLUMNS, "columns": {"date": 1, "debit": 2, "credit": 3}}, "2025-11-03,,7", "7"),
        ({"columns": {"date": 1, "amount": 2}, "inverted": True}, "2025-11-03,9.99", "-9.99"),
        ({"columns": {"date": 1, "amount": 2}}, "2025-11-03,(9.99)", "-9.99"),
        ({"columns": {"date": 1, "amount": 2}}, "2025-11-03,9.99-", "-9.99"),
    ],
)  # fmt: skip
def test_ways_to_write_amounts(profile: dict[str, object], row: str, amount: str) -> None:
    known = SheetProfile(name="x", account="1", currency="EUR", has_header=False, **profile)  # type: ignore[arg-type]
    [entry] = entries(known, row + "\n")
    assert entry.money.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("03.11.2025", "2025-11-03", "date_invalid", "line 4, column date (Buchung)"),
        ("-350,00", "-350.00", "amount_invalid", "line 5, column amount (Betrag)"),
        ("-350,00", "", "amount_missing", "line 5, column amount (Betrag)"),
        ("-350,00", "NaN", "amount_invalid", "line 5, column amount (Betrag)"),
        ("1.000,00", "10.00,00", "amount_invalid", "line 5, column balance (Saldo)"),
        (";-350,00;1.000,00", "", "cell_missing", "line 5, column"),
        ("Betrag", "Amount", "column_missing", "header row"),
        ('"Haus ""Nord"" 3"', '"Haus', "row_invalid", "line"),
    ],
)
def test_refusals_name_row_and_column(old: str, new: str, code: str, place: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(GERMAN, TEXT.replace(old, new))
    assert caught.value.code == code
    assert caught.value.place.startswith(place)


def test_wrong_encoding_is_refused() -> None:
    with pytest.raises(FormatError) as caught:
        list(Sheet(replace(GERMAN, encoding="utf-8")).parse(io.BytesIO(TEXT.encode("cp1252"))))
    assert caught.value.code == "encoding_wrong"


def test_a_file_is_known_by_its_header_row() -> None:
    sheet = Sheet(GERMAN)
    assert sheet.identify(TEXT.encode("cp1252"), "x.csv")
    assert not sheet.identify(TEXT.replace("Saldo", "Stand").encode("cp1252"), "x.csv")
    assert not sheet.identify(b"<?xml version='1.0'?>", "x.csv")


@pytest.mark.parametrize(
    "change", [{"columns": {"date": 1}}, {"currency": ""}, {"account": ""}, {"delimiter": ";;"}, {"encoding": "utf-7"},
               {"decimal_mark": "."}, {"columns": {"day": 1}}],
)  # fmt: skip
def test_a_profile_that_cannot_read_says_why(change: dict[str, object]) -> None:
    assert replace(GERMAN, **change).problem()  # type: ignore[arg-type]


@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=2), max_size=20))
def test_what_is_written_is_read(amounts: list[Decimal]) -> None:
    rows = "".join(f"03.11.2025;x;y;{format(a, 'f').replace('.', ',')};\n" for a in amounts)
    header = "".join(TEXT.splitlines(keepends=True)[:3])
    assert [entry.money.amount for entry in entries(GERMAN, header + rows)] == amounts


def test_mutations_are_read_or_refused() -> None:
    rng = random.Random(7)
    content = TEXT.encode("cp1252")
    for _ in range(400):
        data = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(data))
            data[at : at + rng.randint(0, 9)] = bytes(rng.randrange(256) for _ in range(rng.randint(0, 3)))
        try:
            list(Sheet(GERMAN).parse(io.BytesIO(bytes(data))))
        except FormatError as error:
            assert error.code


def test_rows_that_are_pending_or_declined_are_not_booked() -> None:
    profile = SheetProfile(
        name="App", account="1", currency="EUR",
        columns={"date": "Day", "amount": "Amount", "balance": "Balance", "status": "State"},
    )  # fmt: skip
    text = "Day,Amount,Balance,State\n2026-01-30,5.00,15.00,COMPLETED\n,-2.00,,Pending\n,-3.00,,DECLINED\n"
    events = read(profile, text)
    entries = [event for event in events if isinstance(event, Entry)]
    assert [(entry.status, entry.booking_date is None) for entry in entries] == [
        ("BOOK", False), ("PDNG", True), ("INFO", True),
    ]  # fmt: skip
    end = events[-1]
    assert isinstance(end, StatementEnd)
    assert [str(balance.money.amount) for balance in end.balances] == ["10.00", "15.00"]
    with pytest.raises(FormatError) as refused:
        read(profile, "Day,Amount,Balance,State\n,5.00,15.00,COMPLETED\n")
    assert refused.value.code == "date_missing"
