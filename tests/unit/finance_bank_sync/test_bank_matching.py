"""The matching rules (K-15, K-19): what reconciles without asking, and what never does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.matching.decide import decide
from odoo.addons.finance_bank_sync.matching.facts import BookingFacts, OpenItem
from odoo.addons.finance_bank_sync.matching.tokens import normalise, references, tokens

DAY = date(2026, 3, 2)


def booking(amount, text="", *, refs=(), currency="EUR", **values):
    return BookingFacts(
        id=1,
        amount=Decimal(amount),
        currency=currency,
        date=DAY,
        references=references(refs),
        tokens=tokens([text]),
        **values,
    )


def item(number, residual, *, id_=None, partner=7, account=1, currency="EUR", reference=None, due=None):
    names = {normalise(number)} | ({normalise(reference)} if reference else set())
    return OpenItem(
        id=id_ or int(normalise(number)[-5:]),
        names=frozenset(names),
        residual=Decimal(residual),
        currency=currency,
        partner_id=partner,
        account_id=account,
        due=due,
    )


@pytest.mark.parametrize(
    "text",
    [
        "INV/2026/00012",
        "Payment INV/2026/00012 thank you",
        "inv 2026 00012",
        "INV/2026/ 00012",
        "RE.: INV-2026-00012.",
        "paying INV/2026/00012, regards",
    ],
)
def test_the_number_is_found_whatever_stands_around_it(text):
    decision = decide(booking("100.00", text), [item("INV/2026/00012", "100.00"), item("INV/2026/00013", "100.00")])
    assert [found.id for found in decision.items] == [12]
    assert decision.rule == "number"


@pytest.mark.parametrize("text", ["INV/2026/000123", "XINV/2026/00012", "12", "invoice", ""])
def test_a_part_of_a_number_is_not_the_number(text):
    assert decide(booking("100.00", text), [item("INV/2026/00012", "100.00")]).items == ()


def test_a_structured_reference_wins_over_text():
    decision = decide(
        booking("80.00", "as agreed", refs=["RF18 5390 0754 7034"]),
        [item("INV/2026/00001", "80.00", reference="RF18539007547034")],
    )
    assert decision.rule == "reference"


def test_an_end_to_end_id_that_is_the_number_reconciles():
    decision = decide(booking("80.00", refs=["INV/2026/00001"]), [item("INV/2026/00001", "80.00")])
    assert decision.rule == "reference"


def test_an_amount_alone_is_only_a_suggestion():
    decision = decide(booking("100.00", "as agreed", partner_id=7), [item("INV/2026/00012", "100.00")])
    assert decision.items == ()
    assert decision.suggestions[0].why == ("amount", "account", "only")


def test_less_than_open_is_a_partial_payment_of_the_one_named():
    decision = decide(booking("60.00", "INV/2026/00012", partner_id=7), [item("INV/2026/00012", "100.00")])
    assert decision.rule == "number_partial"


def test_more_than_open_is_for_a_person():
    decision = decide(booking("100.01", "INV/2026/00012"), [item("INV/2026/00012", "100.00")])
    assert decision.items == ()
    assert decision.suggestions


def test_several_documents_of_one_partner_that_add_up():
    decision = decide(
        booking("150.00", "INV/2026/00001, INV/2026/00002"),
        [item("INV/2026/00001", "100.00"), item("INV/2026/00002", "50.00")],
    )
    assert decision.rule == "number_several"
    assert len(decision.items) == 2


def test_several_documents_that_do_not_add_up_are_for_a_person():
    decision = decide(
        booking("149.00", "INV/2026/00001, INV/2026/00002"),
        [item("INV/2026/00001", "100.00"), item("INV/2026/00002", "50.00")],
    )
    assert decision.items == ()


def test_one_number_used_by_two_partners_is_for_a_person():
    decision = decide(
        booking("-100.00", "4711"),
        [item("4711", "-100.00", id_=1, partner=1), item("4711", "-100.00", id_=2, partner=2)],
    )
    assert decision.items == ()
    assert len(decision.suggestions) >= 2


def test_money_that_leaves_never_pays_a_receivable():
    assert decide(booking("-100.00", "INV/2026/00012"), [item("INV/2026/00012", "100.00")]).items == ()


def test_a_returned_payment_is_never_reconciled_by_itself():
    assert decide(booking("100.00", "INV/2026/00012", is_return=True), [item("INV/2026/00012", "100.00")]).items == ()


def test_an_invoice_in_another_currency_is_paid_by_the_original_amount_of_the_bank():
    invoice = item("INV/2026/00012", "108.50", currency="USD")
    paid = booking("100.00", "INV/2026/00012", original=Decimal("108.50"), original_currency="USD")
    assert decide(paid, [invoice]).rule == "number"
    assert decide(booking("108.50", "INV/2026/00012"), [invoice]).items == (), "108.50 EUR are not 108.50 USD"


def test_items_are_paid_oldest_first():
    first = item("INV/2026/00002", "50.00", due=date(2026, 1, 1))
    second = item("INV/2026/00001", "100.00", due=date(2026, 2, 1))
    decision = decide(booking("150.00", "INV/2026/00001 + INV/2026/00002"), [second, first])
    assert decision.items == (first, second)


amounts = st.decimals(min_value="-9999.99", max_value="9999.99", places=2)


@given(
    amount=amounts,
    residuals=st.lists(amounts, max_size=6),
    named=st.lists(st.integers(min_value=0, max_value=5), max_size=6),
)
def test_no_more_is_paid_than_booked_and_only_what_was_named(amount, residuals, named):
    """Money invariant: the matched residuals cover the booking exactly, or one of them is paid in part."""
    items = [item(f"INV/2026/{n:05d}", residual, id_=n + 1) for n, residual in enumerate(residuals)]
    decision = decide(booking(amount, ", ".join(f"INV/2026/{n:05d}" for n in named)), items)
    if not decision.items:
        return
    total = sum(found.residual for found in decision.items)
    assert {found.id - 1 for found in decision.items} <= set(named)
    assert total == amount or (len(decision.items) == 1 and abs(amount) < abs(total))
    assert all((found.residual > 0) == (amount > 0) for found in decision.items)


@given(st.text(max_size=6000))
def test_tokens_of_any_text_are_bounded_and_clean(text):
    for token in tokens([text]):
        assert token == normalise(token)
        assert 4 <= len(token) <= 64


# -- a number with one wrong character that is another document's -----------------------------


def slip(amount, *, payer=7, by="name", text="INV/2026/00013"):
    return booking(amount, text, partner_id=payer, partner_by=by)


def test_a_number_of_another_partner_is_doubted_where_the_payer_owes_just_this_amount():
    mine, other = item("INV/2026/00012", "100.00"), item("INV/2026/00013", "100.00", partner=8)
    decision = decide(slip("100.00"), [mine, other])
    assert (decision.items, decision.is_tied) == ((), True)


def test_who_pays_for_another_is_believed_where_he_owes_no_such_amount_himself():
    mine, other = item("INV/2026/00012", "70.00"), item("INV/2026/00013", "100.00", partner=8)
    assert decide(slip("100.00"), [mine, other]).items == (other,)


def test_a_reference_with_check_digits_is_no_slip():
    mine = item("INV/2026/00012", "100.00")
    other = item("INV/2026/00013", "100.00", partner=8, reference="RF18539007547034")
    paid = booking("100.00", refs=["RF18539007547034"], partner_id=7, partner_by="name")
    assert decide(paid, [mine, other]).items == (other,)


def test_a_slip_of_one_character_is_forgiven_where_payer_and_amount_leave_one_document():
    mine, other = item("INV/2026/00012", "100.00"), item("INV/2026/00013", "640.00", partner=8)
    decision = decide(slip("100.00"), [mine, other])
    assert decision.items == (mine,)
    assert [code for code, _points in decision.parts] == ["typo", "amount", "name", "only"]


@pytest.mark.parametrize(
    ("payer", "mine", "others"),
    [
        # nobody knows the payer
        (None, [item("INV/2026/00012", "100.00")], [item("INV/2026/00013", "640.00", partner=8)]),
        # the document that is named is the payer's own: then it is meant, and this is not its amount
        (7, [item("INV/2026/00012", "100.00")], [item("INV/2026/00013", "640.00")]),
        # two of the payer's documents have this amount
        (7, [item("INV/2026/00012", "100.00"), item("INV/2026/00019", "100.00")],
         [item("INV/2026/00013", "640.00", partner=8)]),
    ],
)  # fmt: skip
def test_otherwise_a_slip_is_for_a_person(payer, mine, others):
    assert not decide(slip("100.00", payer=payer), [*mine, *others]).items
