"""Where an answer of matching sends the counterpart of a bank line (K-14, K-19, K-24)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from odoo.addons.finance_bank_sync.ledger.decided import decided, verdict
from odoo.addons.finance_bank_sync.ledger.plan import Settlement
from odoo.addons.finance_bank_sync.matching.answers import Answer, Booked
from odoo.addons.finance_bank_sync.matching.facts import BookingFacts, Decision, Difference, OpenItem
from odoo.addons.finance_bank_sync.matching.received import charges_inside, facts_of, is_return
from odoo.addons.finance_bank_sync.matching.returns import Origin

ROW = {
    "id": 7,
    "amount": "100.00",
    "currency_name": "EUR",
    "original_amount": None,
    "original_currency_name": None,
    "booking_date": date(2026, 3, 2),
    "value_date": None,
    "label": "Invoice INV/2026/00017",
    "remittance": "Invoice INV/2026/00017",
    "structured_references": None,
    "document_numbers": ["INV/2026/00018"],
    "end_to_end_id": "E2E-1",
    "charges": None,
    "transaction_code": None,
    "return_code": None,
    "is_reversal": False,
    "is_difference": False,
}
PARTS = (("number", 60),)


class Knows:
    currency = "EUR"

    def partner(self, row: object) -> tuple[int | None, str, frozenset[int]]:
        return 5, "account", frozenset()


def answer(*, by: str = "account", decision: Decision | None = None, **values: object) -> Answer:
    fact = BookingFacts(
        id=7, amount=Decimal("100.00"), currency="EUR", date=date(2026, 3, 2), partner_id=5, partner_by=by
    )
    return Answer(row=ROW, fact=fact, decision=decision or Decision(), **values)  # type: ignore[arg-type]


def item(number: int, partner: int = 5) -> OpenItem:
    return OpenItem(
        id=number,
        names=frozenset(),
        residual=Decimal("50.00"),
        currency="EUR",
        partner_id=partner,
        account_id=400,
    )


def paid(*items: OpenItem, difference: Difference | None = None) -> Decision:
    return Decision(items=items, rule="number", score=90, parts=PARTS, difference=difference)


def test_k15_nothing_is_decided_and_a_name_alone_is_no_partner() -> None:
    assert decided(answer()) == {"entry_id": 7, "amount": Decimal("100.00"), "partner_id": 5}
    assert decided(answer(by="name"))["partner_id"] is None
    assert verdict(answer(), None) == ("unmatched", 0, False, None)


@pytest.mark.parametrize(("partners", "partner"), [((5, 5), 5), ((5, 6), None), ((0,), None)])
def test_k19_items_are_reconciled_on_their_account(partners: tuple[int, ...], partner: int | None) -> None:
    """The partner is that of the items, whoever the name resembles; payments that left together are of many."""
    values = decided(answer(by="name", decision=paid(*(item(n, p) for n, p in enumerate(partners)))))
    assert values["item_ids"] == tuple(range(len(partners)))
    assert (values["counterpart_account_id"], values["partner_id"]) == (400, partner)
    assert (values["rule"], values["score"], values["parts"]) == ("number", 90, PARTS)


def test_k19_a_difference_takes_a_settlement() -> None:
    values = decided(answer(decision=paid(item(1), difference=Difference(kind="discount", amount=Decimal("2.00")))))
    assert values["settlement"] == Settlement(
        item_ids=(1,), partner_id=5, difference="discount", difference_amount=Decimal("2.00")
    )
    assert "counterpart_account_id" not in values


def test_k14_a_sure_return_undoes_its_payment() -> None:
    origin = Origin(id=30, score=95, parts=PARTS, fee=Decimal("3.00"), is_sure=True)
    values = decided(answer(origins=(origin,), is_return_automatic=True))
    assert values["settlement"] == Settlement(origin_line_id=30, fee=Decimal("3.00"))
    assert "settlement" not in decided(answer(origins=(origin,)))


def test_k18_a_rule_books_on_its_account_and_more_than_that_takes_a_settlement() -> None:
    rule = Booked(account_id=600, score=95, parts=PARTS, rule_id=2, is_automatic=True)
    values = decided(answer(booked=rule))
    assert (values["counterpart_account_id"], values["rule_id"], values["partner_id"]) == (600, 2, 5)
    taxed = Booked(account_id=600, score=95, parts=PARTS, partner_id=8, tax_ids=(1,), is_automatic=True)
    values = decided(answer(booked=taxed))
    assert values["settlement"] == Settlement(account_id=600, partner_id=8, tax_ids=(1,))
    asked = Booked(account_id=600, score=75, parts=PARTS)
    assert decided(answer(booked=asked)).keys() == {"entry_id", "amount", "partner_id"}


def test_k19_facts_of_a_booking() -> None:
    fact = facts_of(ROW, Knows())
    assert (fact.amount, fact.local, fact.partner_id, fact.is_return) == (
        Decimal("100.00"),
        Decimal("100.00"),
        5,
        False,
    )
    assert "INV202600018" in fact.references
    assert any("00017" in token for token in fact.tokens)
    # where nothing is open the texts name nothing; what the bank says apart from them is kept
    blind = facts_of(ROW, Knows(), is_read=False)
    assert not blind.tokens
    assert blind.references == fact.references


@pytest.mark.parametrize(
    "told",
    [
        {"return_code": "AC04"},
        {"is_reversal": True},
        {"transaction_code": "PMNT-RDDT-UPDD"},
        {"label": "Returned direct debit"},
    ],
)
def test_k14_what_came_back(told: dict[str, object]) -> None:
    assert not is_return({**ROW, "transaction_code": "PMNT-RCDT-ESCT"})
    assert is_return({**ROW, **told})
    assert facts_of({**ROW, **told}, Knows()).is_return


def test_k18_charges_that_are_no_part_of_the_amount_are_left_out() -> None:
    told = [
        {"money": {"amount": "-1.50", "currency": "EUR"}, "included": True},
        {"money": {"amount": "-2.00", "currency": "EUR"}},
        {"money": {"amount": "-4.00", "currency": "EUR"}, "included": False},
        {"money": {"amount": "-8.00", "currency": "USD"}},
    ]
    assert charges_inside({**ROW, "charges": told}) == Decimal("-3.50")
