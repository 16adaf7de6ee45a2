"""Virtual account numbers in the words of a bank (K-17)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.finance_bank_sync.matching.virtual import is_iban, numbers_in

IBAN = "DE89370400440532013000"


@pytest.mark.parametrize(
    "text",
    [
        IBAN,
        "DE89 3704 0044 0532 0130 00",
        "to de89 3704 0044 0532 0130 00 THANKS",
        "x" * 50 + " DE89 3704 0044 0532 0130 00 12 and more",
    ],
)
def test_k17_an_iban_is_found_in_text(text: str) -> None:
    assert IBAN in numbers_in(None, [text])


def test_k17_wrong_check_digits_are_no_iban() -> None:
    assert not is_iban("DE88370400440532013000")
    assert IBAN not in numbers_in(None, ["DE88 3704 0044 0532 0130 00"])


def test_k17_account_of_the_receiver_counts_whatever_it_looks_like() -> None:
    assert numbers_in("99-0012", []) == {"990012"}
    assert numbers_in(None, [None, "", "thanks"]) == frozenset()


@given(st.text(max_size=300), st.text(alphabet="0123456789ABC -", max_size=40))
def test_k17_any_text_is_read(text: str, own: str) -> None:
    found = numbers_in(own, [text, own])
    assert "" not in found
    assert all(piece == "".join(c for c in piece if c.isalnum()) for piece in found)
