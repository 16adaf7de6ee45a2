"""Amounts and currencies."""

from __future__ import annotations

from .currencies import fits, places
from .identifiers import CURRENCY
from .model import Money
from .profile import Profile
from .violations import Findings

#: digits of an amount in ISO 20022
MAX_DIGITS = 18


def check_amount(money: Money, place: str, profile: Profile, findings: Findings) -> None:
    """Check sign, digits, limits and currency of what is paid."""
    if not CURRENCY.fullmatch(money.currency):
        findings.add("currency_invalid", place, f"{money.currency!r} is no currency", "Enter three capital letters")
        return
    if profile.currencies and money.currency not in profile.currencies:
        findings.add(
            "currency_refused",
            place,
            f"{profile.name} takes {', '.join(profile.currencies)}, not {money.currency}",
            "Choose another way to pay",
        )
    if not money.amount.is_finite() or money.amount <= 0:
        findings.add("amount_sign", place, "The amount is not above zero", "Enter a positive amount")
        return
    if not fits(money.amount, money.currency):
        findings.add(
            "amount_places",
            place,
            f"{money.amount} has more than {places(money.currency)} decimal places, as {money.currency} has",
            "Round the amount",
        )
    if len(f"{money.amount:f}".replace(".", "")) > MAX_DIGITS or money.amount.adjusted() >= 13:
        findings.add("amount_digits", place, f"More than {MAX_DIGITS} digits", "Split the payment")
    if money.amount < profile.minimum and places(money.currency):
        findings.add("amount_minimum", place, f"Less than {profile.minimum}", "Pay it together with others")
    if profile.maximum is not None and money.amount > profile.maximum:
        findings.add("amount_maximum", place, f"More than {profile.maximum}", "Split the payment")
