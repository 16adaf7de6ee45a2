"""Candidates of many bookings: what is found of them, and what is made of a payer who owes much (K-19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from odoo.addons.finance_bank_sync.matching.candidates import Candidates
from odoo.addons.finance_bank_sync.matching.decide import MAX_SUGGESTIONS, decide
from odoo.addons.finance_bank_sync.matching.facts import BookingFacts, OpenItem, Settings
from odoo.addons.finance_bank_sync.matching.naming import mistyped, naming
from odoo.addons.finance_bank_sync.matching.open_items import open_item

DAY = date(2026, 3, 2)


def booking(amount: str = "100.00", *tokens: str, **values: Any) -> BookingFacts:
    return BookingFacts(id=1, amount=Decimal(amount), currency="EUR", date=DAY, tokens=frozenset(tokens), **values)


def item(number: int, residual: str = "100.00", *names: str, partner: int = 7, **values: Any) -> OpenItem:
    return OpenItem(
        id=number,
        names=frozenset(names or {f"INV2026{number:05d}"}),
        residual=Decimal(residual),
        currency="EUR",
        partner_id=partner,
        account_id=1,
        **values,
    )


def test_k19_an_item_is_found_by_its_name_its_partner_or_its_amount() -> None:
    facts = [
        booking("1.00", "INV202600001"),
        booking("1.00", references=frozenset({"RF18ABC"})),
        booking("1.00", "9999", partner_id=8),
        booking("50.00"),
        booking("49.00"),
        booking("1.00", alike=frozenset({8, 9})),
    ]
    items = [
        item(1), item(2, "70.00", "INV202600002", "RF18ABC"), item(3, "70.00", partner=8),
        item(4, "50.00", discounted=Decimal("49.00")), item(5, "70.00", partner=9),
    ]  # fmt: skip
    candidates = Candidates({one.id: one for one in items}, facts)
    assert [candidates.of(fact) for fact in facts] == [[1], [2], [3], [4], [4], [3, 5]]


def test_k19_an_amount_finds_nothing_where_the_payer_is_known() -> None:
    fact = booking("100.00", partner_id=8)
    assert Candidates({1: item(1)}, [fact]).of(fact) == []


def test_k19_a_document_that_is_paid_is_named_all_the_same() -> None:
    fact = booking("1.00", "INV202600001")
    assert Candidates(numbers=frozenset({"INV202600001"})).names_document(fact)
    assert not Candidates(numbers=frozenset({"INV202600002"})).names_document(fact)
    named = booking("1.00", references=frozenset({"INV202600002"}))
    assert Candidates(numbers=frozenset({"INV202600002"})).names_document(named)


# -- rows ------------------------------------------------------------------------------------

ROW = {
    "id": 5, "name": "INV/2026/00012", "theirs": None, "day": DAY, "payment_reference": "INV/2026/00012", "memo": None,
    "payment": None, "residual": "100.00", "local": "90.00", "currency": "EUR", "partner_id": None, "account_id": 3,
    "date_maturity": DAY, "discounted": None, "discount_date": None,
}  # fmt: skip


def test_k19_names_of_an_item() -> None:
    found = open_item(ROW)
    assert found.names == {"INV202600012"}
    assert found.digits == {"202600012", "00012", "INV202612"}
    assert found.short == {"12", "12/2026"}
    assert (found.partner_id, found.residual, found.local) == (0, Decimal("100.00"), Decimal("90.00"))
    bill = open_item(ROW | {"theirs": "R-0815", "memo": "our bill", "payment": "RF111232"})
    assert bill.names == {"INV202600012", "R0815", "OURBILL", "RF111232", "1232"}
    assert bill.digits == found.digits | {"0815", "R815"}
    assert bill.short == found.short | {"815", "815/2026"}


@pytest.mark.parametrize("reference", ["0000000000001232", "1232", "RF111232"])
def test_k19_a_reference_has_its_forms_even_where_it_is_the_number(reference: str) -> None:
    row = ROW | {"name": reference, "payment_reference": reference}
    assert open_item(row).names == {reference, "1232", "RF111232"}


@pytest.mark.parametrize(
    ("amount", "until", "expected"),
    [("98.00", DAY, (Decimal("98.00"), DAY)), ("98.00", None, (None, None)), ("0.00", DAY, (None, None))],
)
def test_k19_a_discount_needs_an_amount_and_a_day(amount: str, until: date | None, expected: tuple[Any, Any]) -> None:
    found = open_item(ROW | {"discounted": amount, "discount_date": until})
    assert (found.discounted, found.discount_until) == expected


# -- names -----------------------------------------------------------------------------------


def test_k19_items_that_are_not_named_are_left_out() -> None:
    items = [item(1), item(2), item(3)]
    assert naming(booking("1.00", "INV202600002", "1234"), items) == {2: "number"}
    assert naming(booking("1.00"), items) == {}


def test_k19_one_wrong_character_in_a_number() -> None:
    items = [item(12345), item(2, "1.00", "A12345"), item(3, "1.00", "")]
    for written in ("INV202612346", "INV20261234", "INV2026123455", "INV202612354"):
        assert mistyped(booking("1.00", written), items) == {12345}, written
    for written in ("INV202612345", "XNV202612345", "INV202612399", "A12346", "INV2026"):
        assert mistyped(booking("1.00", written), items) == set(), written


# -- a payer who owes much -------------------------------------------------------------------


def test_k19_of_hundreds_of_open_items_the_lowest_are_shown() -> None:
    items = [item(number, f"{number}.00") for number in range(400, 0, -1)]
    decision = decide(booking("5000.00", partner_id=7), items)
    assert [one.item_ids for one in decision.suggestions] == [(number,) for number in range(1, MAX_SUGGESTIONS + 1)]
    assert (decision.outcome, decision.score, decision.parts) == ("proposed", 25, (("account", 25),))
    assert decision.is_tied


def test_k19_partners_of_a_like_name_share_what_is_shown() -> None:
    items = [item(number, f"{number}.00", partner=number % 3) for number in range(60)]
    decision = decide(booking("5000.00", alike=frozenset({1, 2})), items)
    assert [one.item_ids for one in decision.suggestions] == [(1,), (2,), (4,), (5,), (7,)]
    assert decision.parts == (("alike", 10),)


def test_k19_an_item_beside_the_best_answer_is_a_rival_however_many_the_answer_has() -> None:
    """Eight items add up; a ninth one, which is nothing but the payer's, is within a margin that is wide enough."""
    items = [item(number, f"{2**number}.00") for number in range(1, 9)]
    paid = booking("510.00", partner_id=7)
    wide = Settings(threshold=60, margin=50)
    assert [one.id for one in decide(paid, items, wide).items] == [1, 2, 3, 4, 5, 6, 7, 8]
    decision = decide(paid, [*items, item(99, "1024.00")], wide)
    assert decision.is_tied
    assert decision.items == ()
    assert not decide(paid, [*items, item(99, "1024.00")], replace(wide, margin=10)).is_tied
