"""E-24, invariant 5: what a report says adds up before anything is booked."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from odoo.addons.finance_connector_base.canonical.documents import parse_document
from odoo.addons.finance_expense_sync.canonical import ExpenseReport

LINE = {"external_id": "L1", "date": "2026-03-02", "category": "MEALS", "amount": "12.50", "payment": "own"}


def report(*lines, total):
    return ExpenseReport.model_validate(
        {
            "external_id": "R1",
            "employee": {"external_id": "E1"},
            "state": "approved",
            "currency": "EUR",
            "total": total,
            "lines": [{**LINE, "external_id": f"L{number}", **line} for number, line in enumerate(lines)],
        }
    )


def test_the_total_is_the_sum_of_the_lines():
    assert report({}, {"amount": "-2.50"}, total="10.00").total == Decimal("10.00")
    with pytest.raises(ValidationError, match="total: is not the sum"):
        report({}, total="12.51")


def test_two_lines_of_one_id_are_refused():
    with pytest.raises(ValidationError, match="same external id"):
        report({"external_id": "X"}, {"external_id": "X"}, total="25.00")


@pytest.mark.parametrize(
    "shares, why",
    [
        ([{"percentage": "60"}, {"percentage": "39.99"}], "do not come to 100"),
        ([{"percentage": "60"}, {}], "each needs an amount"),
        ([{"amount": "6.25"}, {"amount": "6.24"}], "do not come to the amount"),
    ],
)
def test_e24_allocations_that_do_not_add_up_are_refused(shares, why):
    with pytest.raises(ValidationError, match=why):
        report({"allocations": shares}, total="12.50")


@given(st.lists(st.decimals("-99999", "99999", places=2), min_size=1, max_size=20))
def test_money_is_exact_from_end_to_end(amounts):
    made = report(*({"amount": str(amount)} for amount in amounts), total=str(sum(amounts)))
    assert parse_document(made.to_dict()) == made


def test_a_float_is_no_amount():
    with pytest.raises(ValidationError, match="written as text"):
        report({"amount": 12.5}, total="12.50")
