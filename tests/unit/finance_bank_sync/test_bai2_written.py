"""BAI2 files as programs write them: without line ends, indented, with groups and amounts left out (K-02)."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.bai2.blocks import OnLines
from odoo.addons.finance_bank_sync.formats.bai2.reader import Bai2
from odoo.addons.finance_bank_sync.formats.model import Entry, FormatError, StatementEnd, StatementStart

HEAD = ["01,BANK,ME,261101,0600,1,,,2/", "02,ME,BANK,1,261101,0600,USD,2/"]
BALANCES = "010,100000,,,015,150000,,"
WIRE = "16,195,50000,V,261102,,REF1,CUST1,WIRE IN"


def file(*records: str, totals: str = BALANCES, total: int = 300000) -> list[str]:
    """:return: the records of a file with one account"""
    body = [*HEAD, f"03,123456,USD,{totals}/", *records]
    at = len(body)
    return [*body, f"49,{total},{at - 1}/", f"98,{total},1,{at + 1}/", f"99,{total},1,{at + 3}/"]


class Dripping(io.RawIOBase):
    """A stream that gives few bytes at a time, as a slow connection does."""

    def __init__(self, data: bytes, most: int) -> None:
        self._data = io.BytesIO(data)
        self._most = most

    def read(self, size: int = -1) -> bytes:
        return self._data.read(self._most if size < 0 else min(size, self._most))


def parse(text: str) -> list[Any]:
    return list(Bai2().parse(io.BytesIO(text.encode())))


def entries(text: str) -> list[Entry]:
    return [event for event in parse(text) if isinstance(event, Entry)]


def warned(text: str) -> list[str]:
    return [code for event in parse(text) if isinstance(event, StatementEnd) for code, _place in event.warnings]


PLAIN = parse("\n".join(file(WIRE, "88,FROM HILL FARM")))


@pytest.mark.parametrize("length", [80, 78, 120])
def test_k02_records_of_one_length_need_no_line_ends(length: int) -> None:
    records = file(WIRE, "88,FROM HILL FARM")
    records[0] = f"01,BANK,ME,261101,0600,1,{length},,2/"
    text = "".join(record.ljust(length) for record in records)
    assert Bai2().identify(text.encode()[:8192], "a.txt")
    assert parse(text) == parse(text.rstrip()) == PLAIN
    assert parse("".join(record.ljust(80) for record in file(WIRE, "88,FROM HILL FARM"))) == PLAIN


def test_k02_records_that_a_slash_ends_need_no_line_ends() -> None:
    plain = parse("\n".join(file(WIRE + "/")))
    assert parse("".join(file(WIRE + "/"))) == parse("".join(file(WIRE + "/")).rstrip("/")) == plain
    assert parse("  ".join(file(WIRE + "/"))) == plain
    (entry,) = entries("".join(file("16,195,50000,Z,REF1,CUST1,INVOICES 44/16,195/")))
    assert entry.details[0].remittance == "INVOICES 44/16,195"
    # a text that is a record is found by the totals
    with pytest.raises(FormatError, match="control total"):
        parse("".join(file("16,195,50000,Z,REF1,CUST1,INVOICES 44/16,195,5/")))


@given(records=st.lists(st.sampled_from(["WIRE/IN", "A, B", "", "X" * 50]), max_size=30), most=st.integers(200, 900))
def test_k02_where_the_file_is_cut_while_it_is_read_changes_nothing(records: list[str], most: int) -> None:
    lines = file(*(f"16,195,0,Z,REF,CUST,{text}/" for text in records))
    blocks = "".join(line.ljust(80) for line in lines).encode()
    for text in (blocks, "".join(lines).encode()):
        stream = OnLines(cast(Any, Dripping(text, most)))
        read = b"".join(iter(lambda stream=stream: stream.read(64 * 1024), b""))
        assert [line.decode().rstrip() for line in read.splitlines()] == lines


def test_k02_what_indents_the_first_record_indents_all() -> None:
    assert parse("\n".join("  " + record for record in file(WIRE, "88,FROM HILL FARM"))) == PLAIN


@pytest.mark.parametrize(
    "written",
    [
        ["010,100000,,,015,150000,", "100,50000,1,"],
        ["010,100000,,,015,150000", "100,50000,1,Z"],
        ["010,100000", "015,150000,,,100,50000,1"],
        ["010,100000,,,015,150000,,", "100,50000,1,d,1,0,50000"],
    ],
)
def test_k02_the_last_group_of_a_line_may_lack_its_empty_fields(written: list[str]) -> None:
    first, second = written
    text = "\n".join(file(f"88,{second}/", WIRE, totals=first, total=350000))
    (end,) = (event for event in parse(text) if isinstance(event, StatementEnd))
    assert [(balance.code, balance.money.amount) for balance in end.balances] == [("OPBD", 1000), ("CLBD", 1500)]
    assert end.summary is not None and (end.summary.credit_count, end.summary.credit_sum) == (1, 500)
    assert warned(text) == []


def test_k02_value_dates_with_a_century_and_small_letters_of_funds() -> None:
    (entry,) = entries("\n".join(file("16,195,50000,v,20261103,1200,REF1,CUST1,WIRE IN")))
    assert (entry.value_date, entry.money.amount) == (date(2026, 11, 3), Decimal(500))
    (entry,) = entries("\n".join(file("16,195,50000,s,50000,0,0,REF1,CUST1,WIRE IN")))
    assert entry.account_servicer_reference == "REF1"


def test_k02_a_record_without_an_amount_is_told_and_not_booked() -> None:
    text = "\n".join(file(WIRE, "16,698,,Z,FEE9,,NO CHARGE THIS MONTH"))
    (end,) = (event for event in parse(text) if isinstance(event, StatementEnd))
    assert (len(entries(text)), end.additional_information) == (1, "FEE9 NO CHARGE THIS MONTH")
    assert warned(text) == ["transaction_without_amount"]
    with pytest.raises(FormatError, match="control total"):
        parse("\n".join(file(WIRE, "16,698,,Z,FEE9,,FEE", total=300100)))


@pytest.mark.parametrize("number", ["", " ", "000000"])
def test_k02_a_report_without_an_account_is_read_and_a_person_says_whose_it_is(number: str) -> None:
    text = "\n".join(file(WIRE)).replace("03,123456", f"03,{number}")
    (start,) = (event for event in parse(text) if isinstance(event, StatementStart))
    assert (start.account.iban, start.account.number, start.account.currency) == (None, None, "USD")
    assert len(entries(text)) == 1
    with pytest.raises(FormatError, match="no account"):  # of the day so far: nothing would replace it
        parse(text.replace("USD,2/", "USD,3/"))
