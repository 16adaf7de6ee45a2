"""Files of card transactions: read by name, exactly; what cannot be read says where (S-21, E-05; fault 55)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.platforms.card_csv import COLUMNS, NEEDED, read, split
from odoo.addons.finance_expense_sync.platforms.csv_rows import CsvError

HEAD = "transaction_id,card,date,amount,currency"
ROW = "T-1,4711,2026-03-10,42.50,EUR"


def test_a_row_is_a_transaction() -> None:
    text = f"{HEAD},state,settled,spent_amount,spent_currency,rate,fees,mcc,receipt,pending_id\n"
    text += f"{ROW},SETTLED,2026-03-12,45.10,usd,0.9424,0.40,5812,https://x.example/1,A-1\n"
    [(key, currency, amount, part)] = split(text.replace(",", ";").encode())
    found = read(part)
    assert (key, currency, amount) == ("T-1", "EUR", Decimal("42.50"))
    assert (found.external_id, found.pending_id, found.state, found.card) == ("T-1", "A-1", "settled", "4711")
    assert (found.charged.amount, found.spent.amount, found.spent.currency) == (
        Decimal("42.50"),
        Decimal("45.10"),
        "USD",
    )
    assert (str(found.rate), str(found.fees), found.merchant_category) == ("0.9424", "0.40", "5812")
    assert found.receipts[0].url == "https://x.example/1"
    assert found.holder is None


@given(st.integers(-(10**12), 10**12), st.sampled_from([0, 2, 3]))
def test_fault_55_amounts_stay_exact(units: int, decimals: int) -> None:
    amount = Decimal(units).scaleb(-decimals)
    [(_key, _currency, total, part)] = split(f"{HEAD}\nT-1,4711,2026-03-10,{amount:f},EUR\n".encode())
    assert total == read(part).charged.amount == amount


def test_pending_is_not_in_the_total() -> None:
    rows = f"{HEAD},state\n{ROW},pending\n{ROW},\n{ROW.replace('42.50', 'ten')},settled\n"
    assert [amount for _key, _currency, amount, _part in split(rows.encode())] == [None, Decimal("42.50"), None]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"{HEAD},nonsense\n{ROW},1", "nonsense"),
        ("transaction_id,card\nT-1,1", "lacks date, amount, currency"),
        (f"{HEAD}\n,4711,2026-03-10,1,EUR", "line 2: transaction_id"),
        (f"{HEAD}\n{ROW},1", "line 2: has 6"),
        (f"{HEAD}\n{ROW.replace('42.50', 'ten')}", "charged.amount"),
        (f"{HEAD}\n{ROW.replace('2026-03-10', '10.3.26')}", "date"),
        (f"{HEAD},state\n{ROW},lost", "state"),
    ],
)
def test_what_is_broken_says_where(text: str, where: str) -> None:
    with pytest.raises(CsvError, match=where) as said:
        for *_rest, part in split(text.encode()):
            read(part)
    assert "ten" not in str(said.value).split()


@given(st.binary(max_size=300))
def test_bytes_that_mean_nothing_never_crash(content: bytes) -> None:
    try:
        for *_rest, part in split(HEAD.encode() + b"\n" + content):
            read(part)
    except CsvError:
        pass


def test_what_is_needed_is_written_down() -> None:
    assert set(NEEDED) == set(HEAD.split(","))
    assert set(NEEDED) < set(COLUMNS)
