"""What has changed since an approval is told completely (K-08, fault 40)."""

import dataclasses
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.formats.model import Money
from odoo.addons.finance_bank_sync.payments.canonical import plain
from odoo.addons.finance_bank_sync.payments.difference import Difference, differences
from odoo.addons.finance_bank_sync.payments.model import Account, Party, Payment

PAYMENT = Payment(
    end_to_end_id="E-1",
    amount=Money(amount=Decimal("100.00"), currency="EUR"),
    counterparty=Party(name="Bolt"),
    account=Account(iban="BE68539007547034"),
    remittance=("Invoice 1",),
)

FORMS = st.recursive(
    st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=8,
)


def test_another_account_is_told_with_both_numbers():
    other = dataclasses.replace(PAYMENT, account=Account(iban="NL91ABNA0417164300"))
    assert differences(plain(PAYMENT), plain(other)) == (
        Difference("account.iban", "BE68539007547034", "NL91ABNA0417164300"),
    )


def test_what_came_and_what_went():
    other = dataclasses.replace(PAYMENT, remittance=(), uetr="x")
    assert differences(plain(PAYMENT), plain(other)) == (
        Difference("remittance.0", "Invoice 1", None),
        Difference("uetr", None, "x"),
    )


def test_another_number_of_places_is_no_difference():
    other = dataclasses.replace(PAYMENT, amount=Money(amount=Decimal("100"), currency="EUR"))
    assert differences(plain(PAYMENT), plain(other)) == ()
    assert differences({"day": date(2026, 1, 2).isoformat()}, {"day": "2026-01-02"}) == ()


@given(FORMS)
def test_the_same_has_no_difference(form):
    assert differences(form, form) == ()


@given(st.dictionaries(st.sampled_from("abcd"), FORMS), st.dictionaries(st.sampled_from("abcd"), FORMS))
def test_both_ways_are_mirrored(one, two):
    there = differences(one, two)
    back = differences(two, one)
    assert [(d.place, d.after, d.before) for d in back] == [(d.place, d.before, d.after) for d in there]
    if not there:
        # a text and a list with nothing in it say the same
        assert differences({"x": one}, {"x": two}) == ()
