"""K-24: what two companies owe each other, put side by side and offset."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.payments.intercompany import (
    AMBIGUOUS,
    AMOUNT,
    CREDITOR_ONLY,
    DEBTOR_ONLY,
    EQUAL,
    Side,
    offset,
    pair,
)


def side(number, amount, *names):
    return Side(id=number, names=names, amount=Decimal(amount))


def kinds(pairs):
    return [
        (one.kind, one.debtor.id if one.debtor else None, one.creditor.id if one.creditor else None) for one in pairs
    ]


def test_the_same_document_is_found_whatever_its_signs():
    found = pair([side(1, "10", "inv 2026/01")], [side(7, "10", "INV/2026/01")])
    assert kinds(found) == [(EQUAL, 1, 7)]
    assert found[0].amount == 10


def test_what_differs_is_named_and_never_settled():
    ours = [side(1, "10", "A"), side(2, "20", "B")]
    theirs = [side(7, "11", "A"), side(8, "30", "C")]
    found = pair(ours, theirs)
    assert kinds(found) == [(AMOUNT, 1, 7), (DEBTOR_ONLY, 2, None), (CREDITOR_ONLY, None, 8)]
    assert [one.difference for one in found] == [1, -20, 30]
    assert not any(one.amount for one in found)


def test_a_name_that_two_items_have_settles_neither():
    found = pair([side(1, "10", "A"), side(2, "10", "A")], [side(7, "10", "A")])
    assert kinds(found) == [(AMBIGUOUS, 1, None), (AMBIGUOUS, 2, None), (AMBIGUOUS, None, 7)]
    found = pair([side(1, "10", "A", "B")], [side(7, "10", "A"), side(8, "10", "B")])
    assert {one.kind for one in found} == {AMBIGUOUS}


def test_items_without_a_name_are_differences():
    assert kinds(pair([side(1, "5", "", "-")], [side(2, "5")])) == [(DEBTOR_ONLY, 1, None), (CREDITOR_ONLY, None, 2)]


AMOUNTS = st.lists(st.decimals("0.01", "99999.99", places=2), max_size=12)


@given(AMOUNTS, AMOUNTS)
def test_offset_takes_the_same_from_both_and_no_more_than_is_there(one, other):
    def equal(amounts, start):
        sides = [side(start + n, amount, f"{start}-{n}") for n, amount in enumerate(amounts)]
        return pair(sides, [Side(id=s.id + 500, names=s.names, amount=s.amount) for s in sides])

    first, second = offset(equal(one, 0), equal(other, 1000))
    sums = [sum((share.amount for share in shares), Decimal(0)) for shares in (first, second)]
    assert sums == [min(sum(one), sum(other))] * 2
    assert all(0 < share.amount <= share.pair.amount for share in first + second)


NAMES = st.sampled_from(["A", "B", "C", "D", "E", ""])
SIDES = st.lists(st.tuples(NAMES, st.decimals("1", "3", places=0)), max_size=8)


@given(SIDES, SIDES)
def test_every_item_is_in_exactly_one_pair(ours, theirs):
    debtor = [side(n, amount, name) for n, (name, amount) in enumerate(ours)]
    creditor = [side(100 + n, amount, name) for n, (name, amount) in enumerate(theirs)]
    found = pair(debtor, creditor)
    assert sorted(one.debtor.id for one in found if one.debtor) == [s.id for s in debtor]
    assert sorted(one.creditor.id for one in found if one.creditor) == [s.id for s in creditor]
    for one in found:
        if one.kind == EQUAL:
            assert one.debtor.keys() & one.creditor.keys() and one.difference == 0
