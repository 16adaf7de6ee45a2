"""Private spending set off against what an employee is owed, exactly, in any currencies (E-06)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.cards.setoff import Open, set_off

CENT = Decimal("0.01")
EVERYTHING = Decimal(10**9)


def item(key: int, currency: str, amount: str, own: str | None = None) -> Open:
    return Open(key=key, currency=currency, amount=Decimal(amount), own=Decimal(own or amount))


def taken(debts: list[Open], credits: list[Open], most: Decimal = EVERYTHING) -> tuple[list[str], list[str], str]:
    found = set_off(debts, credits, most=most, own="EUR", units=(CENT, CENT))
    sides = ([f"{part.key}: {part.amount} = {part.own}" for part in side] for side in found[:2])
    debits, payables = sides
    return debits, payables, str(found.gain)


def test_own_currency_against_a_foreign_debt_keeps_the_frozen_rate() -> None:
    debt = item(1, "USD", "30.00", "24.00")
    assert taken([debt], [item(2, "EUR", "20.00")]) == (["1: 25.00 = 20.00"], ["2: 20.00 = 20.00"], "0.00")
    assert taken([debt], [item(2, "EUR", "50.00")]) == (["1: 30.00 = 24.00"], ["2: 24.00 = 24.00"], "0.00")


def test_one_currency_at_two_rates_is_a_gain_or_a_loss() -> None:
    debt = item(1, "USD", "30.00", "24.00")
    assert taken([debt], [item(2, "USD", "20.00", "17.00")]) == (["1: 20.00 = 16.00"], ["2: 20.00 = 17.00"], "1.00")
    assert taken([debt], [item(2, "USD", "40.00", "30.00")])[2] == "-1.50"
    # the same currency comes first, then that of the company; another one is left alone
    credits = [item(3, "GBP", "9", "10"), item(4, "EUR", "4.00"), item(2, "USD", "20.00", "16.00")]
    assert taken([debt], credits) == (["1: 25.00 = 20.00"], ["4: 4.00 = 4.00", "2: 20.00 = 16.00"], "0.00")


def test_no_more_than_the_charge() -> None:
    debts, credits = [item(1, "EUR", "30.00"), item(2, "EUR", "30.00")], [item(3, "EUR", "100.00")]
    found = taken(debts, credits, Decimal("40.00"))
    assert found == (["1: 30.00 = 30.00", "2: 10.00 = 10.00"], ["3: 40.00 = 40.00"], "0.00")


AMOUNTS = st.integers(1, 10**7)
ITEMS = st.lists(st.tuples(st.booleans(), AMOUNTS, st.integers(10, 10**4)), min_size=1, max_size=4)


@given(ITEMS, ITEMS, AMOUNTS, st.sampled_from([0, 2, 3]), st.sampled_from([0, 2, 3]))
def test_both_sides_are_one_whatever_the_decimals(
    mine: list[tuple[bool, int, int]], theirs: list[tuple[bool, int, int]], most: int, decimals: int, own_decimals: int
) -> None:
    """What is taken off is never more than is open, both sides are worth the same but for the exchange, in full."""
    unit, own_unit = Decimal(1).scaleb(-decimals), Decimal(1).scaleb(-own_decimals)

    def opened(key: int, is_foreign: bool, units: int, rate: int) -> Open | None:
        if not is_foreign:
            return Open(key=key, currency="EUR", amount=units * own_unit, own=units * own_unit)
        own = (units * unit * rate / 1000).quantize(own_unit)
        return Open(key=key, currency="XXX", amount=units * unit, own=own) if own else None

    debts = [one for key, (_own, units, rate) in enumerate(mine) if (one := opened(key, True, units, rate))]
    credits = [one for key, said in enumerate(theirs, 100) if (one := opened(key, *said))]
    limit = most * unit
    found = set_off(debts, credits, most=limit, own="EUR", units=(unit, own_unit))
    by_key = {one.key: one for one in debts + credits}
    for part in found.debts + found.credits:
        whole = by_key[part.key]
        assert 0 < part.amount <= whole.amount
        assert 0 <= part.own <= whole.own
        # all of it is all of it in both currencies
        assert part.amount < whole.amount or part.own == whole.own
        assert part.own % own_unit == 0
    assert sum((part.amount for part in found.debts), Decimal(0)) <= limit
    lost = sum((part.own for part in found.debts), Decimal(0))
    assert sum((part.own for part in found.credits), Decimal(0)) == lost + found.gain
    if not any(one.currency == "XXX" for one in credits):
        assert not found.gain
