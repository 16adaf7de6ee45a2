"""What a row of a bank's table says of its payment: the other party, another currency, the fee."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..account_numbers import polish_iban
from ..model import NO_REFERENCES, Batch, Charge, Detail, Exchange, Money, Party, References, TransactionCode
from ..text_values import compact, is_iban, reference
from .values import KEPT, Numbers

new_detail = draft(Detail)
new_party = draft(Party)


class Details:
    """Makes the details of the rows of one file."""

    def __init__(self, number: Numbers, currency: Callable[[str], str]) -> None:
        self._number = number
        self._currency = currency
        self._parties: dict[tuple[str, str], Party | None] = {}

    def __call__(self, values: Mapping[str, str], text: str, money: Money, fee: Decimal) -> Detail:
        """Return the detail of a row.

        :param fee: what the bank took, negative for what it gave back
        :raise Invalid: the amount in another currency is none
        """
        key = (values.get("party_account", ""), values.get("party", ""))
        party = self._parties.get(key)
        if party is None and any(key):
            if len(self._parties) > KEPT:
                self._parties.clear()
            party = self._parties[key] = _party(*key)
        end_to_end = reference(values.get("end_to_end_id"))
        original, exchange = self._original(values, money)
        return new_detail(
            money=money,
            original=original,
            exchange=exchange,
            references=References(end_to_end_id=end_to_end) if end_to_end else NO_REFERENCES,
            counterparty=party,
            remittance=text or None,
            transaction_code=TransactionCode(proprietary=values["type"]) if values.get("type") else None,
            charges=(Charge(money=Money(amount=-fee, currency=money.currency), included=True),) if fee else (),
        )

    def _original(self, values: Mapping[str, str], money: Money) -> tuple[Money | None, Exchange | None]:
        """What was paid in another currency, and its rate."""
        text, code = values.get("original_amount"), values.get("original_currency")
        if not text or not code:
            return None, None
        currency = self._currency(code)
        amount = self._number(text, currency).copy_abs()
        if currency == money.currency or not amount:
            return None, None
        rate = _rate(values.get("rate", ""))
        return (
            Money(amount=amount.copy_sign(money.amount), currency=currency),
            Exchange(source_currency=currency, target_currency=money.currency, rate=rate) if rate else None,
        )


def with_text(detail: Detail, text: str) -> Detail:
    """:return: a detail with a text that goes on behind its own"""
    return replace(detail, remittance=" ".join(filter(None, (detail.remittance, text))))


def collective(whole: Detail, parts: list[Detail]) -> dict[str, Any]:
    """Make the payments of a collective booking its details.

    Many banks write them without a sign: they go the way of the booking, unless they add up to it as they stand.

    :return: what :class:`~.model.Entry` has of them
    """
    assert whole.money is not None
    amounts = [part.money.amount for part in parts if part.money]
    total = sum(amounts, Decimal(0))
    if total and total != whole.money.amount and (total < 0) != (whole.money.amount < 0):
        parts = [_turned(part) for part in parts]
        total = -total
    is_told = all(part.money and part.money.currency == whole.money.currency for part in parts)
    return {
        "details": tuple(parts),
        "batch": Batch(count=len(parts), total=abs(total) if is_told else None),
        "charges": whole.charges,
        "original": whole.original,
        "exchange": whole.exchange,
        "additional_information": whole.remittance,
        "transaction_code": whole.transaction_code,
    }


def _turned(part: Detail) -> Detail:
    assert part.money is not None
    money = Money(amount=-part.money.amount, currency=part.money.currency)
    original = part.original and Money(amount=-part.original.amount, currency=part.original.currency)
    return replace(part, money=money, original=original)


def _rate(text: str) -> Decimal | None:
    """Rates have more decimals than amounts, with either mark, and nothing is computed with them."""
    digits = "".join(text.split()).replace(",", ".")
    if digits.count(".") > 1 or not digits.replace(".", "").isdecimal() or not digits.isascii() or len(digits) > 18:
        return None
    return Decimal(digits) or None


def _party(account: str, name: str) -> Party | None:
    account = compact(account).strip("'")
    name = " ".join(name.split())
    if not account and not name:
        return None
    account = polish_iban(account) or account
    iban = is_iban(account)
    return new_party(
        name=name or None, iban=account if iban else None, account_number=account if account and not iban else None
    )
