"""The neutral trial balance and its manifest (C-01, C-14)."""

import csv
import hashlib
import io
import itertools
import json
import tracemalloc
from datetime import date
from decimal import Decimal

from odoo.addons.finance_consolidation_export.balances.neutral import COLUMNS, Balance, Head, write

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


def balance(account, opening, debit, credit, group, **values):
    amounts = [Decimal(amount) for amount in (opening, debit, credit)]
    named = dict(zip(("opening", "debit", "credit"), amounts, strict=True))
    return Balance(
        account=account, name=f"Account {account}", kind="asset", amount_group=Decimal(group), **named, **values
    )


def test_file_and_manifest_agree():
    rows = [
        balance("1000", "100.00", "50.00", "0.00", "165.00", members=("CC1",), partner="FR01"),
        balance("2000", "-100.00", "0.00", "50.00", "-165.00"),
    ]
    stream = io.BytesIO()
    written = write(HEAD, rows, {"mapping_version": "3"}, stream)
    content, manifest = stream.getvalue(), written.manifest

    table = list(csv.DictReader(io.StringIO(content.decode())))
    assert tuple(table[0]) == COLUMNS
    assert (table[0]["closing_debit"], table[0]["closing_credit"], table[0]["balance"]) == ("150.00", "", "150.00")
    assert (table[1]["opening_debit"], table[1]["opening_credit"]) == ("", "100.00")
    assert (table[0]["dim1_code"], table[0]["dim2_code"], table[0]["partner_entity_code"]) == ("CC1", "", "FR01")
    told = json.loads(manifest)
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert told["row_count"] == written.rows == 2
    assert told["control_totals"][0]["balance"] == "0.00"
    assert told["control_totals"][0]["balance_group"] == "0.00"
    assert told["mapping_version"] == "3"


def test_no_cell_is_a_formula():
    stream = io.BytesIO()
    write(HEAD, [balance("=1+1", "0", "0", "0", "0")], {}, stream)
    assert next(csv.DictReader(io.StringIO(stream.getvalue().decode())))["account_code"] == "'=1+1"


class Nowhere(io.RawIOBase):
    """Forgets what is written to it."""

    def write(self, piece):
        return len(piece)


def peak_of(count):
    """:return: bytes that were needed at most while so many rows were written"""
    row = balance("1000", "100.00", "50.00", "0.00", "165.00", members=("CC1",), partner="FR01")
    tracemalloc.start()
    try:
        assert write(HEAD, itertools.repeat(row, count), {}, Nowhere()).rows == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_rows():
    """Issue 8: flat memory. A list of the rows, or the file itself, would be some hundred bytes a row."""
    peak_of(10)
    assert peak_of(2_000) < peak_of(100) + 50_000
