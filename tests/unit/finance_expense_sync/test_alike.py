"""Amounts of two claims are compared exactly (E-13)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.posting.alike import coins


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3), st.sampled_from(["EUR", "KWD"]))
def test_e13_a_number_of_the_database_is_the_number_of_the_document(amount: Decimal, code: str) -> None:
    """Floats that Odoo reads are the decimals that were stored, whatever zeros the document writes."""
    assert coins((float(amount), code)) == coins((amount, code)) == coins((amount.normalize(), code))


@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_e13_the_smallest_difference_is_one(amount: Decimal) -> None:
    assert not coins((amount, "EUR")) & coins((float(amount + Decimal("0.001")), "EUR"))
    assert not coins((amount, "EUR")) & coins((amount, "USD"))


def test_what_lacks_a_currency_or_an_amount_says_nothing() -> None:
    assert coins((0.0, False), (None, "EUR"), (Decimal(1), None), (Decimal(1), "")) == frozenset()
