"""The neutral trial balance and its manifest (C-01, C-14)."""

import csv
import hashlib
import io
import json
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
    content, manifest = write(HEAD, rows, {"mapping_version": "3"})

    table = list(csv.DictReader(io.StringIO(content.decode())))
    assert tuple(table[0]) == COLUMNS
    assert (table[0]["closing_debit"], table[0]["closing_credit"], table[0]["balance"]) == ("150.00", "", "150.00")
    assert (table[1]["opening_debit"], table[1]["opening_credit"]) == ("", "100.00")
    assert (table[0]["dim1_code"], table[0]["dim2_code"], table[0]["partner_entity_code"]) == ("CC1", "", "FR01")
    told = json.loads(manifest)
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert told["row_count"] == 2
    assert told["control_totals"][0]["balance"] == "0.00"
    assert told["control_totals"][0]["balance_group"] == "0.00"
    assert told["mapping_version"] == "3"


def test_no_cell_is_a_formula():
    content, _manifest = write(HEAD, [balance("=1+1", "0", "0", "0", "0")], {})
    assert next(csv.DictReader(io.StringIO(content.decode())))["account_code"] == "'=1+1"
