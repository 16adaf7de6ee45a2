"""The smallest explanation of a difference is found, and is one (K-05)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.proof import explain
from odoo.addons.finance_bank_sync.proof.explain import Explanation

amounts = st.lists(
    st.decimals(min_value=-(10**12), max_value=10**12, places=2).filter(lambda amount: amount), min_size=1, max_size=30
)


def entries(values: list[Decimal]) -> list[tuple[int, Decimal, str]]:
    return [(position, amount, str(position)) for position, amount in enumerate(values, 1)]


def repaired(values: list[Decimal], found: Explanation) -> set[Decimal]:
    """Sums of the entries after the change that the explanation names, for each line it may be."""
    if found.kind in (explain.MISSING_AMOUNT, explain.MISSING_LINE):
        return {sum(values, Decimal(0)) + found.amount}
    times = 2 if found.kind == explain.FLIPPED else 1
    return {sum(values, Decimal(0)) - times * values[position - 1] for position in found.positions}


@given(amounts, st.decimals(min_value=-(10**6), max_value=10**6, places=2))
def test_whatever_is_said_makes_it_add_up(values: list[Decimal], difference: Decimal) -> None:
    assume(difference)
    found = explain.explain(difference, entries(values))
    assert repaired(values, found) == {sum(values, Decimal(0)) + difference}


@given(amounts, st.data())
def test_a_doubled_line_is_named(values: list[Decimal], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(values) - 1))
    listed = [*entries(values), (len(values) + 1, values[index], str(index + 1))]
    found = explain.explain(-values[index], listed)
    assert found.kind == explain.DOUBLED
    assert len(values) + 1 in found.positions or len(found.positions) == 5


@given(amounts, st.data())
def test_a_flipped_line_is_named(values: list[Decimal], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(values) - 1))
    wrong = [*values[:index], -values[index], *values[index + 1 :]]
    found = explain.explain(2 * values[index], entries(wrong))
    assert found.kind in (explain.FLIPPED, explain.EXTRA)
    if found.kind == explain.FLIPPED:
        assert index + 1 in found.positions or len(found.positions) == 5


def test_a_number_left_out_is_the_missing_line() -> None:
    found = explain.explain(Decimal("7.00"), entries([Decimal(1), Decimal(2)]), [1, 2, 4, 5])
    assert (found.kind, found.numbers, found.amount) == (explain.MISSING_LINE, (3,), Decimal("7.00"))


def test_numbers_that_do_not_count_say_nothing() -> None:
    for numbers in ([5, 4, 3], [1, 500], [1, 3, 5, 7, 9, 11, 13], [7]):
        assert explain.explain(Decimal(1), [], numbers).kind == explain.MISSING_AMOUNT
