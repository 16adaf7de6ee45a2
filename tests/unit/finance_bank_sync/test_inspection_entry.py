"""What ``tools/inspect-statement --entries`` prints of one booking where its parts say different things (K-02)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from odoo.addons.finance_bank_sync.formats.model import (
    NO_CURRENCY,
    Charge,
    Detail,
    Entry,
    Exchange,
    Money,
    References,
)
from odoo.addons.finance_bank_sync.inspection.plain import entry_values


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def entry(*details: Detail, **values: Any) -> dict[str, Any]:
    return entry_values(Entry(position=1, money=eur("90.00"), status="BOOK", details=details, **values))


def charge(amount: str, currency: str = "EUR") -> Charge:
    return Charge(money=Money(amount=Decimal(amount), currency=currency))


def test_k02_the_only_transaction_is_printed_where_it_is_another_amount() -> None:
    assert "details" not in entry(Detail(money=eur("90.00")))
    printed = entry(Detail(money=eur("92.00"), charges=(charge("-2.00"),)))
    assert [(detail["amount"], len(detail["charges"])) for detail in printed["details"]] == [("92.00", 1)]
    assert [found["amount"] for found in printed["charges"]] == ["-2.00"]


def test_k02_a_charge_that_is_told_on_both_levels_is_one() -> None:
    both = entry(Detail(money=eur("90.00"), charges=(charge("-2.00"), charge("-1.00"))), charges=(charge("-2.00"),))
    assert [found["amount"] for found in both["charges"]] == ["-2.00", "-1.00"]
    partial = entry(Detail(money=eur("92.00"), charges=(charge("-1.00"),)), charges=(charge("-2.00"),))
    assert [found["amount"] for found in partial["charges"]] == ["-2.00"]
    assert [found["amount"] for found in partial["details"][0]["charges"]] == ["-1.00"]
    assert entry(charges=(charge("-2.00", NO_CURRENCY),))["charges"][0]["currency"] is None


@pytest.mark.parametrize(("source", "shown"), [("USD", "USD"), ("EUR", None), (None, None)])
def test_k02_a_rate_names_the_other_currency(source: str | None, shown: str | None) -> None:
    printed = entry(Detail(money=eur("90.00"), exchange=Exchange(source_currency=source, rate=Decimal("1.1"))))
    assert (printed["original_amount"], printed["original_currency"], printed["rate"]) == (None, shown, "1.1")


def test_k02_the_reference_of_the_transaction_stands_in_for_that_of_the_entry() -> None:
    detail = Detail(money=eur("90.00"), references=References(account_servicer_reference="T-1"))
    assert entry(detail, entry_reference="12")["bank_reference"] == "T-1"
    assert entry(detail, account_servicer_reference="B-1")["bank_reference"] == "B-1"
    assert entry(Detail(), entry_reference="12")["bank_reference"] == "12"
    two = entry(detail, Detail(), account_servicer_reference="B-1")
    assert [found["bank_reference"] for found in two["details"]] == ["T-1", None]
