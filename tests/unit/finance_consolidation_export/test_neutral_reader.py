"""Neutral trial balances of others: read to what was written, or refused with the place (C-16, C-19)."""

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_consolidation_export.balances.neutral import Balance, Head, write
from odoo.addons.finance_consolidation_export.balances.neutral_reader import UnreadableError, read, read_manifest

HEAD = Head(
    batch="A-2026-10-US01-v1", entity="US01", lei="", scenario="ACTUAL", fiscal_year=2026, period=10,
    first=date(2026, 10, 1), last=date(2026, 10, 31), currency="USD", group_currency="EUR", source="odoo",
    generated="2026-11-03T08:00:00+00:00",
)  # fmt: skip
MINIMAL = "entity_code,scenario,period_start,period_end,account_code,local_currency,balance\n"
ROW = "US01,ACTUAL,2026-10-01,2026-10-31,1000,USD,12.50\n"

amounts = st.decimals(-(10**9), 10**9, places=2)
positive = st.decimals(0, 10**9, places=2)
codes = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
balances = st.builds(
    Balance,
    account=codes,
    name=st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20),
    kind=st.sampled_from(("asset", "liability", "income")),
    opening=amounts,
    debit=positive,
    credit=positive,
    period_debit=positive,
    period_credit=positive,
    partner=st.one_of(st.just(""), codes),
    movement=st.one_of(st.just(""), codes),
    members=st.lists(st.one_of(st.just(""), codes), min_size=8, max_size=8).map(tuple),
    amount_group=amounts,
    period_group=amounts,
    sign=st.sampled_from((1, -1)),
)


def written(rows):
    """:return: file and manifest"""
    stream = io.BytesIO()
    manifest = write(HEAD, rows, {}, stream).manifest
    return stream.getvalue(), manifest


def taken(content, manifest=None):
    """:return: what a file says of itself, and its balances"""
    with read(io.BytesIO(content), manifest) as reading:
        return reading.told, list(reading.balances())


@given(st.lists(balances, min_size=1, max_size=8))
def test_what_is_written_is_read(rows):
    content, manifest = written(rows)
    told, found = taken(content, read_manifest(manifest))
    assert found == rows
    assert (told.entity, told.scenario, told.first, told.last) == ("US01", "ACTUAL", HEAD.first, HEAD.last)
    assert (told.currency, told.group_currency, told.has_period) == ("USD", "EUR", True)


def test_a_file_that_was_changed_is_not_the_one_of_its_manifest():
    row = Balance(
        account="1000", name="Bank", kind="asset", opening=Decimal(0), debit=Decimal(5), credit=Decimal(0),
        amount_group=Decimal(5),
    )  # fmt: skip
    content, manifest = written([row])
    changed = content.replace(b",5,", b",6,")
    with pytest.raises(UnreadableError, match="SHA-256"):
        taken(changed, json.loads(manifest))
    with pytest.raises(UnreadableError, match="says 2 rows, there are 1"):
        taken(content, {**json.loads(manifest), "row_count": 2})
    with pytest.raises(UnreadableError, match="for debit"):
        taken(content, {**json.loads(manifest), "control_totals": [{"debit": "6"}]})


def test_little_is_enough():
    told, [row] = taken((MINIMAL + ROW).encode())
    assert (row.closing, row.debit, row.opening, row.sign) == (Decimal("12.50"), Decimal("12.50"), 0, 1)
    assert not told.has_period
    assert not told.group_currency
    assert taken((MINIMAL + ROW).replace(",", ";").encode("utf-8-sig"))[1] == [row]
    assert taken((MINIMAL + ROW).replace("\n", "\r").encode())[1] == [row]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1: columns are missing"),
        (MINIMAL, "no balances"),
        (MINIMAL + ROW.replace("12.50", "12,50"), "line 2: the row has another number"),
        (MINIMAL + ROW.replace("12.50", "x"), "line 2: balance: x is no amount"),
        (MINIMAL + ROW.replace("12.50", "NaN"), "line 2: balance: NaN is no amount"),
        (MINIMAL + ROW.replace("2026-10-31", "31.10.2026"), "line 2: period_end: 31.10.2026 is no date"),
        (MINIMAL + ROW.replace("1000", ""), "line 2: account_code: must not be empty"),
        (MINIMAL + ROW + ROW.replace("US01", "FR01"), "line 3: FR01 here and US01 above"),
        (MINIMAL.strip() + ",sign\n" + ROW.strip() + ",2\n", "line 2: sign: 2 is no sign"),
        (MINIMAL.strip() + ",debit\n" + ROW.strip() + ",3\n", "line 2: balance: 12.50, but opening"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, place):
    with pytest.raises(UnreadableError, match=place):
        taken(text.encode())


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content):
    try:
        taken(content)
    except UnreadableError as error:
        assert str(error)
