"""Tables in and out (attack 28): round trip, no formula, numbers stay numbers, hostile files refused."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_connector_base.engine import spreadsheet
from odoo.addons.finance_connector_base.engine.spreadsheet import (
    SheetError,
    guard,
    read,
    unguard,
    write_csv,
    write_xlsx,
)

HEADER = ["Code", "Name", "Number", "Day"]
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_attack_28_no_cell_is_a_formula(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx("S", HEADER, [[text, None, -5, None]])))
    cell = book.active["A2"]
    assert (cell.data_type, cell.value[0]) == ("s", "'")
    assert (book.active["C2"].data_type, book.active["C2"].value) == ("n", -5)
    written = write_csv(HEADER, [[text, None, -5, None]]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert written.lstrip('"').startswith("'")
    assert ",-5," in written


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=20))
def test_guarding_is_undone(text: str) -> None:
    assert unguard(guard(text)) == text


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=10)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(texts, texts | st.none(), st.integers(-1000, 1000), st.dates()), max_size=5))
def test_what_goes_out_comes_back(rows: list[tuple[Any, ...]]) -> None:
    wanted = [dict(zip(HEADER, row, strict=True)) for row in rows]
    assert [line.values for line in read(write_xlsx("S", HEADER, rows), "x.xlsx")] == wanted
    back = [line.values for line in read(write_csv(HEADER, rows), "x.csv")]
    plain = [{**row, "Number": str(row["Number"]), "Day": row["Day"].isoformat()} for row in wanted]
    # what a CSV holds is text; a minus is no formula when it is a number
    assert [{**line, "Number": line["Number"]} for line in back] == plain


def test_lines_are_numbered_as_people_see_them() -> None:
    lines = read(b"Code;Name\n\nA;x\n", "x.csv")
    assert [(line.sheet, line.number, line.values) for line in lines] == [("CSV", 3, {"Code": "A", "Name": "x"})]


def archive(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"PK nonsense", "x.xlsx", "not_xlsx"),
        (b"\xd0\xcf\x11\xe0", "x.xls", "not_xlsx"),
        (b"\xff\xfe\x00", "x.csv", "not_utf8"),
        (b"a\0b", "x.csv", "not_csv"),
        (archive(**{"xl/workbook.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}), "x.xlsx", "harmful"),
        (archive(**{"xl/bomb.xml": b" " * (spreadsheet.MAX_UNPACKED + 1)}), "x.xlsx", "too_large"),
        (b"a\n" * (spreadsheet.MAX_ROWS + 2), "x.csv", "too_many"),
    ],
)
def test_hostile_and_foreign_files_are_refused(content: bytes, name: str, code: str) -> None:
    with pytest.raises(SheetError, match=code):
        read(content, name)
