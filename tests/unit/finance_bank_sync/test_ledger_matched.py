"""Bank lines that are reconciled by rows: which sets are usual, and what the rows say (K-24)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.ledger.matched import MatchedIds, MatchedSet, partial_rows
from odoo.addons.finance_bank_sync.ledger.payment import OpenItem, shared_items

DAY = date(2026, 3, 2)
CENTS = st.integers(1, 10**13).map(lambda cents: Decimal(cents).scaleb(-2))


def item(number: int, amount: Decimal, **values: Any) -> OpenItem:
    return OpenItem(
        **{
            "id": number, "move_id": 100 + number, "move_type": "in_invoice", "account_id": 7, "date": DAY,
            "amount": amount, "paid": abs(amount), "untouched": True, **values,
        }
    )  # fmt: skip


def matched(*amounts: Decimal, payer: dict[str, Any] | None = None, **values: Any) -> MatchedSet:
    items = tuple(item(number, amount, **values) for number, amount in enumerate(amounts, 1))
    pays = {"move_type": "entry", **(payer or {})}
    return MatchedSet(payer=item(99, pays.pop("amount", -sum(amounts, Decimal(0))), **pays), items=items)


@given(st.lists(CENTS, min_size=1, max_size=6), st.sampled_from((1, -1)))
def test_what_is_paid_takes_the_whole_line(amounts: list[Decimal], sign: int) -> None:
    found = matched(*(sign * amount for amount in amounts))
    assert found.is_usual
    rows = partial_rows(found, ids=MatchedIds(full=5, partials={one.id: 50 + one.id for one in found.items}))
    assert sum(row["paid"] for row in rows) == abs(found.payer.amount)
    own, other = ("debit_id", "credit_id") if found.payer.amount > 0 else ("credit_id", "debit_id")
    assert {row[own] for row in rows} == {99}
    assert {row[other]: row["partial_id"] for row in rows} == {one.id: 50 + one.id for one in found.items}
    assert {row["full_id"] for row in rows} == {5}


@pytest.mark.parametrize(
    "found",
    [
        MatchedSet(payer=item(99, Decimal(5)), items=()),
        matched(Decimal(10), payer={"amount": Decimal(-9)}),
        matched(Decimal(10), payer={"amount": Decimal("-10.01")}),
        matched(Decimal(10), Decimal(-4)),
        matched(Decimal(10), untouched=False),
        matched(Decimal(10), payer={"untouched": False}),
        matched(Decimal(10), payer={"account_id": 8}),
        matched(Decimal(0)),
    ],
    ids=["nothing", "a part", "too much", "a credit note", "touched", "line touched", "another account", "zero"],
)
def test_the_rest_is_not_usual(found: MatchedSet) -> None:
    assert not found.is_usual


def test_a_later_document_and_several_are_other_traits() -> None:
    later = matched(Decimal(1), date=date(2026, 3, 3))
    assert later.traits != matched(Decimal(1)).traits != matched(Decimal(1), Decimal(2)).traits
    assert later.shape == matched(Decimal(2), Decimal(3)).shape != matched(Decimal(-1)).shape
    assert partial_rows(later, ids=MatchedIds(full=1, partials={1: 2}))[0]["max_date"] == date(2026, 3, 3)


def test_documents_that_two_lines_pay() -> None:
    assert shared_items([matched(Decimal(1)), matched(Decimal(2))]) == {1}
