"""Bookings that are bank lines already, entered by hand or by another import (K-03)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.proof import known_lines
from odoo.addons.finance_bank_sync.proof.known_lines import Booking, Line, whole

DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)


def booking(number: int, *days: date, amount: str = "10.00", text: str = "rent") -> Booking:
    return Booking(number, Decimal(amount), days or (DAY,), text)


def line(number: int, day: date = DAY, amount: str = "10.00", text: str = "rent") -> Line:
    return Line(number, Decimal(amount), day, text)


def pairs(bookings: Iterable[Booking], lines: Iterable[Line]) -> list[tuple[int, int]]:
    return [(found.id, line_id) for found, line_id in known_lines.pairs(bookings, lines)]


def test_k03_the_amount_and_a_day_make_a_pair() -> None:
    assert pairs([booking(1)], [line(7)]) == [(1, 7)]
    assert pairs([booking(1, DAY, NEXT)], [line(7, NEXT)]) == [(1, 7)], "the day of value"
    assert pairs([booking(1)], [line(7, NEXT)]) == []
    assert pairs([booking(1)], [line(7, amount="-10.00")]) == []
    assert pairs([booking(1, amount="10.0")], [line(7, amount="10.00000")]) == [(1, 7)]


def test_k03_each_line_stands_for_one_booking() -> None:
    assert pairs([booking(1), booking(2), booking(3)], [line(7), line(8)]) == [(1, 7), (2, 8)]
    assert pairs([booking(1)], [line(7), line(8)]) == [(1, 7)]


def test_k03_the_text_decides_between_bookings_of_one_amount() -> None:
    bookings = [booking(1, text="Rent March"), booking(2, text="Insurance"), booking(3, text="Fuel")]
    assert pairs(bookings, [line(7, text="INSURANCE.")]) == [(2, 7)]
    assert pairs(bookings, [line(7, text="fuel"), line(8, text="cash")]) == [(1, 8), (3, 7)]


def test_k03_a_booking_with_another_day_makes_room() -> None:
    """The first could take either line, the second one alone: both get one, whatever comes first."""
    for bookings in permutations([booking(1, DAY, NEXT), booking(2, DAY)]):
        assert dict(pairs(bookings, [line(7), line(8, NEXT)])) == {1: 8, 2: 7}


def test_k03_payments_of_a_collective_booking_are_one_together() -> None:
    """The whole is another booking than its first payment, though both begin with the same row."""
    payments = [booking(4, amount="3.00", text="a"), booking(5, amount="7.00", text="b")]
    together = whole(payments)
    assert (together.amount, together.rows, together.days) == (Decimal("10.00"), (4, 5), (DAY,))
    assert together.name != payments[0].name
    assert known_lines.pairs([together], [line(7), line(8, amount="3.00")]) == [(together, 7)]


@given(
    st.lists(st.tuples(st.sampled_from("12"), st.integers(0, 2), st.integers(0, 2), st.sampled_from("ab")), max_size=6),
    st.lists(st.tuples(st.sampled_from("12"), st.integers(0, 2), st.sampled_from("ab")), max_size=5),
)
def test_k03_as_many_as_there_can_be(told: list[tuple[str, int, int, str]], there: list[tuple[str, int, str]]) -> None:
    """Property: pairs are of one amount and a day, nothing is paired twice, and no other way makes more of them."""
    bookings = [
        booking(
            number, *dict.fromkeys((DAY + timedelta(days=one), DAY + timedelta(days=other))), amount=amount, text=text
        )
        for number, (amount, one, other, text) in enumerate(told)
    ]
    lines = [line(number, DAY + timedelta(days=day), amount, text) for number, (amount, day, text) in enumerate(there)]
    found = pairs(bookings, lines)
    assert len({one for one, _other in found}) == len({other for _one, other in found}) == len(found)
    for one, other in found:
        assert _fit(bookings[one], lines[other])
    assert len(found) == _most(bookings, lines)


def _fit(one: Booking, other: Line) -> bool:
    return one.amount == other.amount and other.day in one.days


def _most(bookings: list[Booking], lines: list[Line]) -> int:
    """The largest number of pairs, by trying everything."""
    if not bookings:
        return 0
    first, *rest = bookings
    most = _most(rest, lines)
    for position, other in enumerate(lines):
        if _fit(first, other):
            most = max(most, 1 + _most(rest, lines[:position] + lines[position + 1 :]))
    return most
