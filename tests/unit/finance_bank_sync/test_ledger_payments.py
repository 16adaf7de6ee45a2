"""Payments that are written as rows: which of them are usual, and what the rows say (K-34)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.ledger.payment import (
    OpenItem,
    PaymentIds,
    PaymentPlan,
    paid_document,
    paid_item,
    partial_rows,
    payment_row,
    shared_items,
    unexplained,
)
from odoo.addons.finance_bank_sync.ledger.row import PartnerFacts
from odoo.addons.finance_connector_base.engine.series import Number

DAY = date(2026, 3, 2)
CENTS = st.integers(1, 10**13).map(lambda cents: Decimal(cents).scaleb(-2))


def item(number: int, amount: Decimal, **values: Any) -> OpenItem:
    return OpenItem(
        **{
            "id": number, "move_id": 100 + number, "move_type": "in_invoice", "account_id": 7, "date": DAY,
            "amount": amount, "paid": abs(amount), "untouched": True, **values,
        }
    )  # fmt: skip


def plan(items: list[OpenItem], **values: Any) -> PaymentPlan:
    amount = sum((one.paid for one in items), Decimal(0)) or Decimal(1)
    return PaymentPlan(
        **{
            "line_id": 1, "outbound": True, "partner_type": "supplier", "partner_id": 3, "partner_bank_id": 4,
            "date": DAY, "amount": amount, "memo": "m", "reference": "r", "label": "l", "account_id": 7,
            "items": tuple(items), **values,
        }
    )  # fmt: skip


def ids(found: PaymentPlan) -> PaymentIds:
    return PaymentIds(
        payment=11, move=12, liquidity=13, counterpart=14, full=15 if found.items else None,
        partials={one.id: 1000 + one.id for one in found.items},
    )  # fmt: skip


@given(st.lists(CENTS, max_size=6), st.booleans())
def test_what_is_paid_balances(amounts: list[Decimal], outbound: bool) -> None:
    sign = -1 if outbound else 1
    found = plan([item(number, sign * amount) for number, amount in enumerate(amounts, 1)], outbound=outbound)
    assert found.is_usual
    row = payment_row(
        found, ids=ids(found), number=Number(name="P/1", prefix="P/", number=1), partner=PartnerFacts(partner_id=3),
        digits=2, keeps_residual=True,
    )  # fmt: skip
    assert row["liquidity_amount"] + row["counterpart_amount"] == 0
    for side in ("liquidity", "counterpart"):
        assert row[f"{side}_debit"] - row[f"{side}_credit"] == row[f"{side}_amount"]
        assert min(row[f"{side}_debit"], row[f"{side}_credit"]) == 0
    partials = partial_rows(found, ids=ids(found))
    # what is paid takes the whole counterpart, or all of it stays open
    assert sum(p["paid"] for p in partials) == abs(row["counterpart_amount"] - row["counterpart_residual"])
    own = "debit_id" if outbound else "credit_id"
    assert {p[own] for p in partials} <= {14}
    assert row["matching"] == (None if not amounts else "15")


@pytest.mark.parametrize(
    "items, values",
    [
        ([item(1, Decimal(-10), paid=Decimal(9))], {}),
        ([item(1, Decimal(-10)), item(2, Decimal(4), paid=Decimal(-4))], {"amount": Decimal(6)}),
        ([item(1, Decimal(-10), untouched=False)], {}),
        ([item(1, Decimal(10))], {}),
        ([item(1, Decimal(-10))], {"amount": Decimal("10.01")}),
        ([item(1, Decimal(-10))], {"outbound": False}),
    ],
)
def test_the_rest_is_not_usual(items: list[OpenItem], values: dict[str, Any]) -> None:
    assert not plan(items, **values).is_usual


def test_items_and_documents_that_are_in_it_twice() -> None:
    same = item(1, Decimal(-10))
    sibling = item(2, Decimal(-5), move_id=103)
    other = item(3, Decimal(-5))
    alone = item(4, Decimal(-5))
    assert shared_items([plan([same]), plan([same, sibling]), plan([other, alone])]) == {1, 2, 3}


def test_a_change_that_no_rule_explains() -> None:
    before = {"amount_residual": Decimal(5), "payment_state": "not_paid", "note": None, "write_date": "1"}
    after = {"amount_residual": Decimal(0), "payment_state": "paid", "note": "seen", "write_date": "2"}
    rules = paid_document("paid")
    assert unexplained(before, after, rules) == {"note"}
    assert unexplained(before, {**after, "note": None}, paid_document("in_payment")) == {"payment_state"}
    assert paid_item(9)["matching_number"] == "9"
