"""Translation comes to the cent, and the difference is told apart (C-11)."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_consolidation_export.balances.translation import (
    AVERAGE,
    CLOSING,
    HISTORICAL,
    Translated,
    average,
    explain,
)

RATE = st.decimals(Decimal("0.001"), Decimal(900), places=6)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from([0, 2, 3]), st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12), RATE, RATE, RATE)
def test_every_unit_of_the_difference_is_explained(decimals, amounts, closing, middle, old):
    smallest = Decimal(1).scaleb(-decimals)
    rates = {CLOSING: closing, AVERAGE: middle, HISTORICAL: old}
    kinds = [list(rates)[number % 3] for number in range(len(amounts))]
    rows = [(kind, Decimal(amount).scaleb(-2)) for kind, amount in zip(kinds, amounts, strict=True)]
    rows.append((CLOSING, -sum(local for _kind, local in rows)))
    sums = [
        Translated(
            kind=kind,
            local=sum((local for other, local in rows if other == kind), Decimal(0)),
            group=sum(
                ((local * rates[kind]).quantize(smallest, ROUND_HALF_UP) for other, local in rows if other == kind),
                Decimal(0),
            ),
        )
        for kind in rates
    ]

    found = explain(sums, closing, decimals)

    assert found.total + sum(row.group for row in sums) == 0
    assert sum(found.parts.values(), Decimal(0)) + found.rounding == found.total
    # half a unit a row, and half a unit for each part that is told
    assert abs(found.rounding) <= smallest / 2 * (len(rows) + len(found.parts))


def test_books_that_do_not_balance_have_no_translation_difference():
    with pytest.raises(ValueError, match="local balances come to 1"):
        explain([Translated(kind=CLOSING, local=Decimal(1), group=Decimal(2))], Decimal(2), 2)


@settings(max_examples=200, deadline=None)
@given(st.lists(RATE, min_size=1, max_size=5), st.integers(1, 60))
def test_an_average_lies_among_its_rates(rates, days):
    first = date(2026, 3, 1)
    given_rates = [(first + timedelta(days=7 * number - 3), rate) for number, rate in enumerate(rates)]
    found = average(given_rates, first, first + timedelta(days=days))
    assert min(rates) - Decimal("1e-9") <= found <= max(rates) + Decimal("1e-9")


def test_each_rate_counts_for_its_days():
    rates = [(date(2026, 1, 1), Decimal(1)), (date(2026, 1, 11), Decimal(2))]
    assert average(rates, date(2026, 1, 1), date(2026, 1, 20)) == Decimal("1.5")
    assert average(rates, date(2026, 1, 6), date(2026, 1, 15)) == Decimal("1.5")
    assert average(rates, date(2026, 2, 1), date(2026, 2, 2)) == 2


def test_a_day_without_rate_is_said():
    with pytest.raises(ValueError, match="2026-01-01"):
        average([(date(2026, 1, 2), Decimal(1))], date(2026, 1, 1), date(2026, 1, 31))
