"""Both sides of intercompany balances (C-03, C-19)."""

from collections import Counter
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.finance_consolidation_export.balances.intercompany import (
    AGREES,
    DIFFERS,
    MISSING,
    Item,
    alone,
    compare,
)

AMOUNT = st.integers(-500, 500).map(lambda cents: Decimal(cents) / 100)
COMPANY = st.integers(1, 5)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.tuples(COMPANY, COMPANY), AMOUNT, max_size=12), st.sets(COMPANY), st.integers(0, 200))
def test_differences_are_the_sums_of_both_sides(amounts, delivered, cents):
    amounts = {pair: amount for pair, amount in amounts.items() if pair[0] in delivered}
    tolerance = Decimal(cents) / 100
    found = compare(amounts, delivered, tolerance)

    between = {pair: amount for pair, amount in amounts.items() if pair[0] != pair[1]}
    assert sum((row.difference for row in found), Decimal(0)) == sum(between.values(), Decimal(0))
    assert len({(row.one, row.other) for row in found}) == len(found)
    for row in found:
        assert row.one < row.other
        whole = {row.one, row.other} <= delivered
        assert (row.verdict == MISSING) == (not whole)
        if whole:
            assert row.verdict == (AGREES if abs(row.difference) <= tolerance else DIFFERS)


def test_two_sides():
    amounts = {(1, 2): Decimal(100), (2, 1): Decimal(-90), (1, 3): Decimal(5), (3, 1): Decimal(-5)}
    first, second = compare(amounts, [1, 2, 3], Decimal("0.5"))
    assert (first.one, first.other, first.difference, first.verdict) == (1, 2, Decimal(10), DIFFERS)
    assert (second.one, second.other, second.verdict) == (1, 3, AGREES)
    [only] = compare({(1, 9): Decimal(7)}, [1], Decimal(0))
    assert (only.amount_other, only.verdict) == (None, MISSING)


ITEM = st.tuples(st.sampled_from(["EUR", "USD"]), st.integers(-3, 3).filter(bool), st.sampled_from(["", "A", "B"]))


def items(rows, first):
    return [
        Item(id=first + number, currency=currency, amount=Decimal(amount), reference=reference)
        for number, (currency, amount, reference) in enumerate(rows)
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(ITEM, max_size=10), st.lists(ITEM, max_size=10))
def test_what_is_left_has_no_counterpart(ones, others):
    one, other = items(ones, 0), items(others, 100)
    left, right = alone(one, other)

    # what was paired comes to zero in each currency, and nothing that is left could be paired
    paired = Counter()
    for item in [*one, *other]:
        if item not in left and item not in right:
            paired[item.currency] += item.amount
    assert not any(paired.values())
    assert not {(item.currency, item.amount) for item in left} & {(item.currency, -item.amount) for item in right}
    assert len(one) - len(left) == len(other) - len(right)


def test_the_same_reference_goes_first():
    one = items([("EUR", 2, "B")], 0)
    other = items([("EUR", -2, "A"), ("EUR", -2, "B")], 100)
    assert alone(one, other) == ([], [other[0]])


def test_nobody_takes_the_counterpart_of_another():
    one = items([("EUR", 2, ""), ("EUR", 2, "B")], 0)
    other = items([("EUR", -2, "B"), ("EUR", -2, "A")], 100)
    assert alone(one, other) == ([], [])
    assert alone(one, other[:1]) == ([one[0]], [])
