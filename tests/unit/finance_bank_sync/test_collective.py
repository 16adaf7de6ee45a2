"""One booking for many payments (K-12): whose it is, and what is done without asking."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.matching.collective import answer, choose
from odoo.addons.finance_bank_sync.matching.facts import OpenItem

CENTS = st.integers(1, 10**9).map(lambda cents: -Decimal(cents).scaleb(-2))


def item(number: int, amount: Decimal, **values: Any) -> OpenItem:
    return OpenItem(
        **{"id": number, "names": frozenset(), "residual": amount, "currency": "EUR", "partner_id": number,
           "account_id": 1, **values}
    )  # fmt: skip


@given(st.lists(CENTS, min_size=1, max_size=8))
def test_the_sum_is_all_of_them(amounts: list[Decimal]) -> None:
    items = [item(number, amount) for number, amount in enumerate(amounts)]
    chosen = choose(sum(amounts, Decimal(0)), items, len(items))
    assert chosen is not None and chosen.missing is None and chosen.items == tuple(items)
    decision = answer(chosen, is_named=True)
    assert decision.items == chosen.items and decision.rule == "group" and decision.score == 95


@given(st.lists(CENTS, min_size=2, max_size=8), st.data())
def test_one_is_left_out_where_only_one_can_be(amounts: list[Decimal], data: st.DataObject) -> None:
    items = [item(number, amount) for number, amount in enumerate(amounts)]
    missing = data.draw(st.sampled_from(items))
    chosen = choose(sum(amounts, Decimal(0)) - missing.residual, items)
    if amounts.count(missing.residual) > 1:
        assert chosen is None
    else:
        assert chosen is not None and chosen.missing == missing and missing not in chosen.items
        decision = answer(chosen, is_named=True)
        assert not decision.items and len(decision.suggestions) == 1


def test_what_a_person_has_to_look_at() -> None:
    items = [item(1, Decimal(-10)), item(2, Decimal(-20))]
    assert choose(Decimal(-30), items, 3) is None
    assert choose(Decimal(-29), items) is None
    assert choose(Decimal(-30), []) is None
    assert choose(Decimal(-30), [items[0], item(3, Decimal(-20), account_id=2)]) is None
    assert choose(Decimal(30), items) is None
    sums = choose(Decimal(-30), items)
    assert sums is not None and not answer(sums, is_named=False).items
