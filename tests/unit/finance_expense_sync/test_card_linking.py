"""Life of payments by card: never counted twice, whatever order it comes in (S-21), in 0, 2 and 3 decimals."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.cards.chasing import due_step, steps_of
from odoo.addons.finance_expense_sync.cards.linking import (
    Payment,
    after,
    authorisation_of,
    masked,
    purchase_of,
    same_merchant,
)

DAY = date(2026, 3, 10)
DECIMALS = st.sampled_from([0, 2, 3])


def payment(
    key: int, amount: str | Decimal, *, days: int = 0, merchant: str = "Harbour Cafe", **said: object
) -> Payment:
    values = {"card": "•••• 1", "currency": "EUR", **said}
    return Payment(key=key, day=DAY + timedelta(days=days), amount=Decimal(amount), merchant=merchant, **values)


@pytest.mark.parametrize("order", list(permutations(["pending", "settled", "pending"])))
def test_s21_a_charge_is_a_charge_in_any_order(order: tuple[str, ...]) -> None:
    state = None
    for said in order:
        state = after(state, said) or state
    assert state == "settled"


@pytest.mark.parametrize(
    ("known", "said", "becomes"),
    [
        (None, "reversed", "released"),
        ("pending", "reversed", "released"),
        ("settled", "reversed", "reversed"),
        ("reversed", "reversed", "reversed"),
        ("released", "settled", "settled"),
        ("released", "pending", None),
        ("pending", "declined", "declined"),
        ("cleared", "pending", None),
    ],
)
def test_what_lapses_and_what_is_taken_back_differ(known: str | None, said: str, becomes: str | None) -> None:
    assert after(known, said) == becomes
    assert after(None, "pending", has_charge=True) == "cleared"


@given(DECIMALS, st.integers(1, 10**9), st.integers(0, 35))
def test_the_same_amount_finds_its_authorisation(decimals: int, units: int, days: int) -> None:
    amount = Decimal(units).scaleb(-decimals)
    mine = payment(1, amount)
    others = [payment(2, amount * 2), payment(3, amount, card="•••• 2"), payment(4, -amount)]
    assert authorisation_of(payment(9, amount, days=days), [*others, mine]) == mine


@given(DECIMALS, st.integers(1000, 10**9), st.decimals("-0.08", "0.30", places=3))
def test_a_tip_or_a_rate_needs_the_merchant(decimals: int, units: int, share: Decimal) -> None:
    amount = Decimal(units).scaleb(-decimals)
    charge = amount * (1 + share)
    assert authorisation_of(payment(9, charge, days=1, merchant="HARBOUR CAFE 12"), [payment(1, amount)])
    found = authorisation_of(payment(9, charge, days=1, merchant="City Taxi"), [payment(1, amount)])
    assert found is None


def test_two_that_fit_as_well_say_nothing_and_twins_go_by_age() -> None:
    assert authorisation_of(payment(9, "55"), [payment(1, "50"), payment(2, "52")]) is None
    twins = [payment(2, "50", days=1), payment(1, "50")]
    assert authorisation_of(payment(9, "50", days=2), twins) == twins[1]
    assert authorisation_of(payment(9, "50", days=36), [payment(1, "50")]) is None
    assert authorisation_of(payment(9, "50"), [payment(1, "50", days=1)]) is None, "no charge before its authorisation"


def test_a_refund_finds_its_purchase_or_nobody_says() -> None:
    bought = payment(1, "80")
    assert purchase_of(payment(9, "-80", days=3), [bought, payment(2, "90")]) == bought
    assert purchase_of(payment(9, "-30", days=3), [bought]) == bought, "a part"
    assert purchase_of(payment(9, "-80", days=3), [bought, payment(2, "80")]) is None
    assert purchase_of(payment(9, "-80"), [payment(1, "80", rest=Decimal("20"))]) is None, "given back already"
    assert purchase_of(payment(9, "80"), [bought]) is None
    assert purchase_of(payment(9, "-80"), [payment(1, "80", days=1)]) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Golden Spoon", "GOLDEN SPOON BERLIN DE", True),
        ("Café Zürich 0042", "cafe zurich", True),
        ("Uber *TRIP", "UBER   TRIP HELP.UBER.COM", True),
        ("City Taxi", "City Hotel", True),
        ("Rail AG", "Air AG", False),
        ("", "Golden Spoon", False),
        ("AB", "AB", False),
    ],
)
def test_merchants_as_card_companies_write_them(one: str, other: str, same: bool) -> None:
    assert same_merchant(one, other) is same_merchant(other, one) is same


@given(st.text(alphabet="0123456789", min_size=12, max_size=19))
def test_no_number_of_a_card_is_shown(number: str) -> None:
    for written in (number, " ".join(number[place : place + 4] for place in range(0, len(number), 4))):
        assert masked(written) == f"•••• {number[-4:]}"


@pytest.mark.parametrize(
    ("card", "shown"),
    [("4711", "•••• 4711"), ("**** 4711", "•••• 4711"), ("XXXXXXXX4711", "•••• 4711"), ("Travel card", "Travel card")],
)
def test_names_of_cards_stay(card: str, shown: str) -> None:
    assert masked(card) == shown


def test_reminders_by_age() -> None:
    steps = steps_of("7, 14,30")
    assert steps == (7, 14, 30)
    assert [due_step(age, steps, 0) for age in (6, 7, 13, 14, 99)] == [None, 1, 1, 2, 3]
    assert [due_step(14, steps, done) for done in (0, 1, 2, 3)] == [2, 2, None, None]
    assert steps_of("") == ()
    for wrong in ("7, 7", "0", "x", "14, 7"):
        with pytest.raises(ValueError):
            steps_of(wrong)
