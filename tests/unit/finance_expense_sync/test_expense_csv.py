"""Files of expense reports: what is read, and where one says that it cannot be."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.platforms.csv_file import CsvError, read, split, write_outcomes

HEAD = "report_id,revision,employee_id,report_currency,line_id,date,category,amount"
ROW = "R-1,2,E-1,EUR,1,2026-03-10,TRAVEL,119.00"


def test_a_plain_report():
    report = read(f"{HEAD}\n{ROW}\n".encode())
    assert (report.external_id, report.revision, report.state, report.total) == ("R-1", 2, "approved", Decimal(119))
    assert [(line.external_id, line.payment) for line in report.lines] == [("1", "own")]


def test_rows_of_reports_may_be_mixed_and_marked_by_semicolons():
    text = "\ufeff" + "\n".join(
        line.replace(",", ";") for line in (HEAD, ROW, ROW.replace("R-1", "R-2"), ROW.replace("EUR,1", "EUR,2"))
    )
    found = list(split(text.encode()))
    assert [(name, revision, len(read(part).lines)) for name, revision, part in found] == [
        ("R-1", 2, 2),
        ("R-2", 2, 1),
    ]


def test_shares_of_a_line_are_rows_of_their_own():
    head = f"{HEAD},share,dim_project,share_entity"
    text = "\n".join((head, f"{ROW},60,P1,", f"{ROW},40,P2,OTHER"))
    [line] = read(text.encode()).lines
    assert [(part.percentage, part.dimensions, part.entity) for part in line.allocations] == [
        (Decimal(60), {"project": "P1"}, None),
        (Decimal(40), {"project": "P2"}, "OTHER"),
    ]


def test_taxes_receipts_and_violations():
    head = f"{HEAD},tax_code,tax_amount,tax_reclaimable,reverse_charge,receipt,violation,violation_accepted"
    [line] = read(f"{head}\n{ROW},V19,19.00,10,,r-7,Too dear,yes\n".encode()).lines
    [tax] = line.taxes
    assert (tax.code, tax.amount, tax.reclaimable, tax.is_reverse_charge) == ("V19", 19, 10, False)
    assert line.receipts[0].external_id == "r-7"
    assert (line.violations[0].text, line.violations[0].is_accepted) == ("Too dear", True)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "first line lacks"),
        ("a,b\n1,2", "first line lacks"),
        (f"{HEAD},colour\n{ROW},red", "nobody knows"),
        (f"{HEAD}\n{ROW},more", "line 2"),
        (f"{HEAD}\n{ROW.replace('R-1', '')}", "line 2"),
        (f"{HEAD}\n{ROW.replace(',2,', ',x,')}", "line 2"),
        (f'{HEAD}\n"R-1', "unexpected end"),
        (f"{HEAD}\n{ROW}\0", "no text"),
    ],
)
def test_a_broken_file_says_where(text, where):
    with pytest.raises(CsvError, match=where):
        list(split(text.encode()))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"{HEAD}\n{ROW.replace('119.00', '1,19')}", "line"),
        (f"{HEAD}\n{ROW.replace('119.00', 'x')}", "decimal"),
        (f"{HEAD}\n{ROW.replace('2026-03-10', '10.3.2026')}", "lines.0.date"),
        (f"{HEAD}\n{ROW}\n{ROW}", "line 3"),
        (f"{HEAD},share\n{ROW},60\n{ROW},30", "percentages"),
    ],
)
def test_a_broken_report_says_where(text, where):
    with pytest.raises(CsvError, match=where):
        list(split(text.encode()))
        read(text.encode())


def test_no_text_in_utf8():
    with pytest.raises(CsvError, match="UTF-8"):
        list(split(b"\xff\xfe\x00"))


@given(st.binary(max_size=400))
def test_bytes_that_mean_nothing_are_refused_and_never_crash(content):
    try:
        for _name, _revision, part in split(HEAD.encode() + b"\n" + content):
            read(part)
    except CsvError:
        pass


def test_outcomes_cannot_be_formulas():
    written = write_outcomes([{"report_id": "R-1", "result": "failed", "text": "=HYPERLINK(1)"}]).decode()
    assert written == "report_id,result,number,date,amount,currency,text\nR-1,failed,,,,,'=HYPERLINK(1)\n"
