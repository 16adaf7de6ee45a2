"""Layouts of packages: CSV, fixed width and XLSX (C-14, issue 8 point 4)."""

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_consolidation_export.balances.neutral import Balance, Head
from odoo.addons.finance_consolidation_export.extracts.layout import Column, Layout, LayoutError, check, write

HEAD = Head(
    batch="ACTUAL-2026-10-DE01-v1",
    entity="DE01",
    lei="",
    scenario="ACTUAL",
    fiscal_year=2026,
    period=10,
    first=date(2026, 10, 1),
    last=date(2026, 10, 31),
    currency="EUR",
    group_currency="USD",
    source="odoo",
    generated="2026-11-03T08:00:00+00:00",
)


def balance(account, debit="0", credit="0", opening="0", **values):
    amounts = {name: Decimal(one) for name, one in (("debit", debit), ("credit", credit), ("opening", opening))}
    return Balance(account=account, name=f"Account {account}", kind="asset", **amounts, **values)


ROWS = [
    balance("G100", "100.10", "0.10", members=("C1",)),
    balance("G100", "5.00", members=("C2",)),
    balance("G400", "0", "105.00"),
    balance("G900"),
]
ACCOUNT = Column(title="Account", source="account_code", width=6)
AMOUNT = Column(title="Amount", source="balance", width=12, align="right", pad="0")


def made(rows=ROWS, **values):
    stream = io.BytesIO()
    written = write(Layout(**{"columns": (ACCOUNT, AMOUNT), **values}), HEAD, rows, stream)
    return stream.getvalue(), written


def test_csv_as_a_german_platform_wants_it():
    content, written = made(
        columns=(
            Column(title="Typ", text="S"),
            ACCOUNT,
            Column(title="Ende", source="period_end", dates="german"),
            replace(AMOUNT, sign="reversed", decimals=1),
        ),
        encoding="cp1252",
        decimal_mark=",",
        omits_zero=True,
        before="Übergabe {batch_id}",
        after="{rows};{balance}",
    )
    assert content.decode("cp1252").split("\r\n") == [
        "Übergabe ACTUAL-2026-10-DE01-v1",
        "Typ;Account;Ende;Amount",
        "S;G100;31.10.2026;-100,0",
        "S;G100;31.10.2026;-5,0",
        "S;G400;31.10.2026;105,0",
        "3;0.00",
        "",
    ]
    assert (written.rows, written.sums["debit"]) == (3, Decimal("105.10"))


def test_fixed_width_with_leading_zeros():
    content, _written = made(kind="fixed", has_header=False, line_end="\n")
    assert content.decode().splitlines() == [
        "G100  " + "000000100.00",
        "G100  " + "000000005.00",
        "G400  " + "-00000105.00",
        "G900  " + "000000000000",
    ]


def test_what_does_not_fit_is_told_and_never_cut():
    with pytest.raises(LayoutError, match="Row 1, Account: 4 characters are more than 3"):
        made(kind="fixed", columns=(replace(ACCOUNT, width=3),))
    content, _written = made(kind="fixed", columns=(replace(ACCOUNT, width=3),), cuts=True, has_header=False)
    assert content.startswith(b"G10\r\n")
    with pytest.raises(LayoutError, match="Amount"):
        made(kind="fixed", columns=(replace(AMOUNT, width=3),), cuts=True)  # an amount is never cut
    with pytest.raises(LayoutError, match="Row 1.*cannot be written in ascii"):
        made([balance("Ä1")], encoding="ascii")


def test_rows_that_are_alike_are_added_up_and_sorted():
    content, written = made(adds_up=True, omits_zero=True, order=("Amount",), has_header=False)
    assert content.decode().splitlines() == ["G400;-105.00", "G100;105.00"]
    assert written.rows == 2


def test_texts_above_may_name_sums():
    content, _written = made(before="{rows}/{credit}", has_header=False)
    assert content.decode().splitlines()[0] == "4/105.10"


def test_formulas_are_disarmed_in_csv_and_are_texts_in_xlsx():
    rows = [balance("=1+1", "1.00")]
    assert made(rows, has_header=False)[0].decode().startswith("'=1+1;1.00")
    assert made(rows, has_header=False, guards=False)[0].decode().startswith("=1+1;1.00")
    sheet = openpyxl.load_workbook(io.BytesIO(made(rows, kind="xlsx")[0])).active
    assert [[cell.value for cell in row] for row in sheet.rows] == [["Account", "Amount"], ["=1+1", 1]]
    assert (sheet["A2"].data_type, sheet["B2"].number_format) == ("s", "0.00")


def test_more_digits_than_a_spreadsheet_keeps_are_a_text():
    rows = [balance("G1", "12345678901234567.89")]
    sheet = openpyxl.load_workbook(io.BytesIO(made(rows, kind="xlsx")[0])).active
    assert sheet["B2"].value == "12345678901234567.89"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"columns": ()}, "no column"),
        ({"separator": ";;"}, "one character"),
        ({"separator": ",", "decimal_mark": ","}, "decimal mark"),
        ({"columns": (Column(title="x", source="secret"),)}, "no field secret"),
        ({"columns": (Column(title="x", dates="%c"),)}, "form of dates"),
        ({"kind": "fixed", "columns": (Column(title="x"),)}, "width"),
        ({"columns": (Column(title="x", pad="ab"),)}, "one character"),
        ({"columns": (Column(title="x", decimals=11),)}, "decimals"),
        ({"order": ("Other",)}, "no column"),
        ({"before": "{__class__}"}, "stands for nothing"),
        ({"after": "{rows"}, "stands for nothing"),
        ({"encoding": "rot13"}, "encoding"),
    ],
)
def test_a_layout_that_is_none(values, why):
    with pytest.raises(LayoutError, match=why):
        check(Layout(**{"columns": (ACCOUNT, AMOUNT), **values}))


amounts = st.decimals(min_value=0, max_value=10**12, places=2)
texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)


@given(
    rows=st.lists(st.tuples(texts, amounts, amounts, amounts, texts), max_size=20),
    separator=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quotes_all=st.booleans(),
)
def test_csv_reads_back_as_it_was(rows, separator, encoding, quotes_all):
    columns = (ACCOUNT, Column(title="Dim", source="dim1_code"), AMOUNT)
    given_rows = [balance(a, d, c, o, members=(m,)) for a, d, c, o, m in rows]
    content, written = made(
        given_rows, columns=columns, separator=separator, encoding=encoding, quotes_all=quotes_all, guards=False
    )
    read = list(csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=separator))
    assert read[0] == ["Account", "Dim", "Amount"]
    assert [(r[0], r[1], Decimal(r[2])) for r in read[1:]] == [(a, m, o + d - c) for a, d, c, o, m in rows]
    assert written.sums["balance"] == sum(row.closing for row in given_rows)
    # added up, the sum is the same
    added, _written = made(given_rows, columns=(ACCOUNT, AMOUNT), adds_up=True, guards=False, has_header=False)
    total = sum(Decimal(line[1]) for line in csv.reader(io.StringIO(added.decode(), newline=""), delimiter=";"))
    assert total == written.sums["balance"]
