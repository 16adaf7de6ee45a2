"""XLSX files read as a profile says, and workbooks that are refused before they are parsed (K-02)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import Entry, FormatError
from odoo.addons.finance_bank_sync.formats.sheet import workbook
from odoo.addons.finance_bank_sync.formats.sheet.profile import XLSX, SheetProfile
from odoo.addons.finance_bank_sync.formats.sheet.reader import Sheet
from odoo.addons.finance_bank_sync.formats.sheet.tables import Tables
from odoo.addons.finance_bank_sync.formats.sheet.workbook import Workbook, is_workbook, sheet_of

PROFILE = SheetProfile(
    name="Elbbank",
    kind=XLSX,
    account="DE84999400100123456789",
    currency="EUR",
    skip_lines=2,
    date_format="%d.%m.%Y",
    decimal_mark=",",
    thousands_mark=".",
    columns={"date": "Buchung", "amount": "Betrag", "balance": "Saldo", "text": "Zweck"},
)
HEADER = ["Buchung", "Zweck", "Betrag", "Saldo"]
ROWS = [
    [datetime(2025, 11, 3), "Rechnung 12", 1250.1, 1350.1],
    ["04.11.2025", 4711, "-350,00", 1000.1],
    [date(2025, 11, 5), None, -0.3, 999.8],
]


def book(rows: list[list[Any]], *, title: str = "Umsatz", before: int = 2, others: tuple[str, ...] = ()) -> bytes:
    made = openpyxl.Workbook()
    page = made.active
    page.title = title
    for number in range(before):
        page.append([f"Kopf {number}"])
    page.append(HEADER)
    for row in rows:
        page.append(row)
    for other in others:
        made.create_sheet(other)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def entries(content: bytes, profile: SheetProfile = PROFILE) -> list[Entry]:
    return [event for event in sheet_of(profile).parse(io.BytesIO(content)) if isinstance(event, Entry)]


def repacked(content: bytes, **changed: bytes) -> bytes:
    """The workbook with parts exchanged or added; ``sheet1`` stands for the first sheet."""
    names = {"sheet1": "xl/worksheets/sheet1.xml"}
    parts = {names.get(name, name): data for name, data in changed.items()}
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.pop(name, None) or old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return target.getvalue()


def test_k02_dates_numbers_and_texts_are_read() -> None:
    found = entries(book(ROWS))
    assert [(e.booking_date, e.money.amount, e.details[0].remittance) for e in found] == [
        (date(2025, 11, 3), Decimal("1250.1"), "Rechnung 12"),
        (date(2025, 11, 4), Decimal("-350.00"), "4711"),
        (date(2025, 11, 5), Decimal("-0.3"), None),
    ]


@given(st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_k02_amounts_survive_binary_numbers(amounts: list[Decimal]) -> None:
    found = entries(book([[date(2025, 1, 1), "x", float(amount), None] for amount in amounts]))
    assert [entry.money.amount for entry in found] == amounts


def test_k02_noise_behind_fifteen_digits_is_none() -> None:
    [entry] = entries(book([[date(2025, 1, 1), "x", 0.1 + 0.2, None]]))
    assert entry.money.amount == Decimal("0.3")


def test_k02_the_sheet_is_chosen_by_its_name() -> None:
    content = book(ROWS, title="Zweites", others=("Erstes",))
    assert len(entries(content, replace(PROFILE, sheet="Zweites"))) == 3
    with pytest.raises(FormatError) as caught:
        entries(content, replace(PROFILE, sheet="Drittes"))
    assert caught.value.code == "sheet_missing"
    assert not Workbook(replace(PROFILE, sheet="Drittes")).identify_file(io.BytesIO(content), "a.xlsx")


def test_k02_identified_by_its_header_and_file_name() -> None:
    stream = io.BytesIO(book(ROWS))
    assert is_workbook(stream)
    assert Workbook(PROFILE).identify_file(stream, "a.xlsx")
    assert stream.tell() == 0
    other = replace(PROFILE, columns={"date": "Datum", "amount": "Betrag"})
    assert not Workbook(other).identify_file(stream, "a.xlsx")
    named = replace(PROFILE, file_names=("umsatz",))
    assert Workbook(named).identify_file(stream, "Umsatz-11.xlsx")
    assert not Workbook(named).identify_file(stream, "a.xlsx")
    # neither kind of profile claims the files of the other one
    assert not Workbook(PROFILE).identify(stream.getvalue()[:8192], "a.xlsx")
    assert not Sheet(replace(PROFILE, kind="csv")).identify(stream.getvalue()[:8192], "a.xlsx")


def test_k02_a_row_that_does_not_fit_names_its_row_and_column() -> None:
    with pytest.raises(FormatError) as caught:
        entries(book([*ROWS, ["soon", "x", 1, 2]]))
    assert (caught.value.code, caught.value.place) == ("date_invalid", "line 7, column date (Buchung)")


def test_k02_a_column_that_no_sheet_has_is_named() -> None:
    wrong = replace(PROFILE, columns={**PROFILE.columns, "text": "Nirgends"})
    with pytest.raises(FormatError) as caught:
        list(Tables([sheet_of(wrong)]).parse(io.BytesIO(book(ROWS))))
    assert (caught.value.code, caught.value.value) == ("column_missing", "Nirgends")


def test_k02_other_archives_are_no_workbooks() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("statement.xml", "<Document/>")
    assert not is_workbook(target)
    assert not is_workbook(io.BytesIO(b"PK\x03\x04 no archive"))


BOMB = b"<?xml version='1.0'?>" + b" " * 5000 + b"<!DOCTYPE a [<!ENTITY b 'ha'>]><worksheet>&b;</worksheet>"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sheet1": BOMB}, "workbook_unsafe"),
        ({"sheet1": "<worksheet/>".encode("utf-16")}, "workbook_unsafe"),
        ({"xl/big.xml": b" " * (workbook.MAX_UNPACKED + 1)}, "workbook_too_large"),
        ({f"xl/{number}.bin": b"x" for number in range(workbook.MAX_PARTS)}, "workbook_too_large"),
        ({"sheet1": b"<worksheet><sheetData><row><c t='s'><v>999</v></c></row></sheetData>"}, "workbook_broken"),
    ],
    ids=["entities", "other encoding", "bomb", "many parts", "cut"],
)
def test_attack_workbooks_that_are_refused(changed: dict[str, bytes], code: str) -> None:
    with pytest.raises(FormatError) as caught:
        entries(repacked(book(ROWS), **changed))
    assert caught.value.code == code


def test_attack_rows_and_columns_far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 50)
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    row = b"<row r='1000000'><c r='XFD1000000'><v>1</v></c></row>"
    far = b"<worksheet xmlns='%s'><sheetData>%s</sheetData></worksheet>" % (space, row)
    with pytest.raises(FormatError) as caught:
        entries(repacked(book(ROWS), sheet1=far))
    assert caught.value.code == "too_many_rows"


#: made once: a workbook holds the time it was made
WHOLE = book(ROWS)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_damage_is_told_and_never_breaks_out(data: st.DataObject) -> None:
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    stream = io.BytesIO(bytes(content))
    if is_workbook(stream):
        try:
            list(Workbook(PROFILE).parse(stream))
        except FormatError as error:
            assert error.code
