"""Claims and payments of charges: certain, proposed, or left alone; differences have a name (E-06)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_expense_sync.cards.matching import (
    Charge,
    Claim,
    Item,
    Owed,
    covers,
    difference,
    linked,
    paid_by,
)

DAY = date(2026, 3, 10)
NONE = Decimal(0)
DECIMALS = st.sampled_from([0, 2, 3])


def charge(key: int = 1, amount: str | Decimal = "42.50", **said: Any) -> Charge:
    values: dict[str, Any] = {"currency": "EUR", "day": DAY, "merchant": "Harbour Cafe", "holder": 7, **said}
    return Charge(key=key, names=(f"T-{key}",), amount=Decimal(amount), **values)


def claim(line: str = "1", amount: str | Decimal = "42.50", report: int = 1, **said: Any) -> Claim:
    values: dict[str, Any] = {"currency": "EUR", "day": DAY, "merchant": "Harbour Cafe", "holder": 7, **said}
    return Claim(key=(report, line), report=f"R-{report}", amount=Decimal(amount), **values)


def found(charges: list[Charge], claims: list[Claim], tolerance: str = "0", days: int = 7) -> set[Any]:
    links = linked(charges, claims, tolerance=Decimal(tolerance), days=days)
    return {(link.charge, link.claim[1], str(link.amount), link.is_certain) for link in links}


def test_what_names_the_other_is_certain_whatever_it_comes_to() -> None:
    split = [claim("1", "30.00", transaction="T-1"), claim("2", "12.50", transaction="T-1")]
    assert found([charge()], split) == {(1, "1", "30.00", True), (1, "2", "12.50", True)}
    assert found([charge(report="R-1", line="2")], [claim("1"), claim("2", "40")]) == {(1, "2", "40", True)}
    assert found([charge(report="R-1")], [claim("1", "40", merchant="x"), claim("2", "2.50")]) == {
        (1, "1", "40", True),
        (1, "2", "2.50", True),
    }


def test_two_charges_that_name_one_report_share_its_lines() -> None:
    charges = [charge(1, "10", report="R-1"), charge(2, "42.50", report="R-1")]
    assert found(charges, [claim("1", "42.50"), claim("2", "10")]) == {(1, "2", "10", True), (2, "1", "42.50", True)}
    # one line, paid in two: the rest shows on the last one
    charges = [charge(1, "100", report="R-1"), charge(2, "19.5", report="R-1")]
    assert found(charges, [claim("1", "119")]) == {(1, "1", "100", True), (2, "1", "19", True)}


def test_what_can_only_mean_each_other_is_proposed() -> None:
    assert found([charge()], [claim()]) == {(1, "1", "42.50", False)}
    assert found([charge(), charge(2)], [claim()]) == set(), "two charges"
    assert found([charge()], [claim(), claim("2")]) == set(), "two claims"
    assert found([charge()], [claim(merchant="City Taxi")]) == set()
    assert found([charge()], [claim(holder=8)]) == set()
    assert found([charge(holder=None)], [claim(holder=None)]) == set()
    assert found([charge()], [claim(day=DAY + timedelta(days=8))]) == set()
    assert found([charge()], [claim(amount="42.00")]) == set()
    assert found([charge()], [claim(amount="42.00")], tolerance="0.5") == {(1, "1", "42.00", False)}
    assert found([charge()], [claim(transaction="T-9")]) == set(), "it names another one"


def test_currencies_meet_where_the_same_was_spent() -> None:
    abroad = charge(spent=(Decimal("45.10"), "USD"))
    assert covers(abroad, claim(amount="45.10", currency="USD")) == Decimal("42.50")
    assert covers(abroad, claim(amount="41.90", currency="CHF", spent=(Decimal("45.10"), "USD"))) == Decimal("42.50")
    assert covers(abroad, claim(amount="41", currency="CHF", billed=(Decimal("42.40"), "EUR"))) == Decimal("42.40")
    assert covers(abroad, claim(amount="41", currency="CHF")) is None


@given(DECIMALS, st.data())
def test_links_never_use_a_claim_twice_and_do_not_depend_on_order(decimals: int, data: st.DataObject) -> None:
    units = st.integers(1, 30)
    amounts = [Decimal(number).scaleb(-decimals) for number in data.draw(st.lists(units, min_size=1, max_size=6))]
    others = [Decimal(number).scaleb(-decimals) for number in data.draw(st.lists(units, min_size=1, max_size=6))]
    charges = [charge(number, amount) for number, amount in enumerate(amounts)]
    claims = [
        claim(str(number), amount, transaction=data.draw(st.sampled_from([None, "T-0", "T-1"])))
        for number, amount in enumerate(others)
    ]
    links = linked(charges, claims, tolerance=NONE, days=7)
    assert len({link.claim for link in links}) == len(links)
    again = linked(charges[::-1], claims[::-1], tolerance=NONE, days=7)
    assert {(one.charge, one.claim) for one in links} == {(one.charge, one.claim) for one in again}


@pytest.mark.parametrize(
    ("said", "claimed", "why"),
    [
        ({}, "42.50", "none"),
        ({"fees": Decimal("0.50")}, "42.00", "fees"),
        ({"authorised": Decimal("40.00")}, "40.00", "tip"),
        ({"spent": (Decimal("45.10"), "USD")}, "42.10", "rate"),
        ({"spent": (Decimal("45.10"), "USD")}, "22.10", "amount"),
        ({}, "42.10", "amount"),
        ({}, "50.00", "amount"),
    ],
)
def test_a_difference_has_a_name(said: dict[str, Any], claimed: str, why: str) -> None:
    rest, name = difference(charge(**said), [Decimal(claimed)], NONE)
    assert (rest, name) == (Decimal("42.50") - Decimal(claimed), why)
    assert difference(charge(**said), [Decimal(claimed)], Decimal(50))[1] == "none", "within the tolerance"


def owed(key: int = 1, amount: str = "42.50", **said: Any) -> Owed:
    values: dict[str, Any] = {"currency": "EUR", "day": DAY, "merchant": "Harbour Cafe", **said}
    return Owed(key=key, amount=Decimal(amount), **values)


def item(
    key: int = 11, amount: str = "42.50", text: str = "HARBOUR CAFE", days: int = 1, currency: str = "EUR"
) -> Item:
    return Item(key=key, amount=Decimal(amount), currency=currency, day=DAY + timedelta(days=days), text=text)


def test_a_line_of_the_bank_pays_one_charge_or_a_statement() -> None:
    assert paid_by([owed()], [item()], days=7) == {1: 11}
    assert paid_by([owed()], [item(text="card payment")], days=7) == {1: 11}
    assert paid_by([owed()], [item(days=9)], days=7) == {}
    assert paid_by([owed()], [item(currency="USD")], days=7) == {}
    assert paid_by([owed(reference="AUTH-77")], [item(text="x AUTH-77", days=60), item(12)], days=7) == {1: 11}
    twins = [item(), item(12, text="CITY TAXI")]
    assert paid_by([owed(), owed(2, merchant="City Taxi")], twins, days=7) == {1: 11, 2: 12}
    assert paid_by([owed(), owed(2)], [item()], days=7) == {}, "either may be paid"
    bill = [owed(1, "10", statement="2026-03"), owed(2, "-4", statement="2026-03"), owed(3, "7")]
    assert paid_by(bill, [item(20, "6", text="card bill", days=20)], days=7) == {1: 20, 2: 20}
    assert paid_by(bill, [item(20, "6", days=-1)], days=7) == {}, "a bill is not paid before its charges"


@given(st.lists(st.integers(1, 20), min_size=1, max_size=7), st.lists(st.integers(1, 20), max_size=7))
def test_no_item_pays_two_charges_without_a_statement(charges: list[int], items: list[int]) -> None:
    mine = [owed(number, str(amount)) for number, amount in enumerate(charges)]
    theirs = [item(100 + number, str(amount)) for number, amount in enumerate(items)]
    paid = paid_by(mine, theirs, days=7)
    assert len(set(paid.values())) == len(paid)
    by_key = {one.key: one.amount for one in theirs}
    assert all(by_key[key] == replace(mine[one]).amount for one, key in paid.items())
