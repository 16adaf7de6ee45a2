"""How much each piece of evidence is worth.

A score is the sum of its parts, so that whoever sees it can check it. The points are set so that
nothing passes the usual threshold of 80 by one piece of evidence: it takes a document that is
named, and an amount that fits it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from .facts import BookingFacts, Difference, OpenItem, Settings

POINTS = {
    # which document
    "end_to_end": 60,
    "reference": 60,
    "number": 55,
    "digits": 35,
    "called": 35,
    # a few digits that no word says to be a document's
    "loose": 15,
    "typo": 30,
    # how much
    "amount": 35,
    "discount": 35,
    "charges": 35,
    "partial": 20,
    "tolerance": 25,
    "exchange": 10,
    # who; a virtual account is handed to one customer alone
    "virtual": 45,
    "account": 25,
    # of a line that no statement brought
    "line": 25,
    "rule": 25,
    "learned": 20,
    "name": 20,
    "alike": 10,
    "other_partner": -10,
    # nothing else of this partner fits
    "only": 15,
    # amounts that add up in one way only
    "sum": 35,
    "together": 20,
    # with other open items of the partner that the booking does not name
    "completed": 15,
}
#: evidence that names a document for sure
STRONG = frozenset({"end_to_end", "reference", "number"})
#: evidence that names a document for somebody who knows the partner
WEAK = frozenset({"digits", "called", "loose"})
#: evidence that the payer is the one who owes
PAYER = frozenset({"virtual", "account", "line", "rule", "learned", "name", "alike"})
#: evidence that settles a document without rest
FULL = frozenset({"amount", "discount", "charges", "tolerance"})
#: without one of these a match is never made without asking, whatever names the document
SETTLING = FULL | {"partial", "sum"}
MAX_SCORE = 99
#: a rate may differ so much from ours
RATE_TOLERANCE = Decimal("0.05")

Part = tuple[str, int]
Settled = tuple[str, Difference | None]


def total(parts: list[Part]) -> int:
    return max(0, min(MAX_SCORE, sum(points for _code, points in parts)))


def part(code: str) -> Part:
    return code, POINTS[code]


def amount_for(booking: BookingFacts, item: OpenItem) -> Decimal | None:
    """The booking's amount in the currency of the item, when the bank told it; never converted here."""
    if item.currency == booking.currency:
        return booking.amount
    if booking.original is not None and item.currency == booking.original_currency:
        return booking.original
    return None


def discounted(item: OpenItem, booking: BookingFacts, settings: Settings) -> Decimal:
    """What settles the item on the day of the booking."""
    if item.discounted is None or item.discount_until is None:
        return item.residual
    until = item.discount_until + timedelta(days=settings.grace_days)
    return item.discounted if booking.date <= until else item.residual


def settling(booking: BookingFacts, items: Iterable[OpenItem], settings: Settings) -> dict[int, Settled]:
    """Which of the items a booking settles, each by itself: id to code of the evidence and the difference."""
    # then only the very amount settles an item of the account's currency, and few items have it
    is_exact = not settings.tolerance and not (settings.has_charge_account and booking.charges)
    amount, currency = booking.amount, booking.currency
    found = {}
    for item in items:
        if is_exact and item.residual != amount and item.discounted is None and item.currency == currency:
            continue
        settled = covering(booking, [item], settings)
        if settled:
            found[item.id] = settled
    return found


def covering(booking: BookingFacts, items: list[OpenItem], settings: Settings) -> Settled | None:
    """How a booking settles all of the items without a rest: code of the evidence and the difference."""
    paid = amount_for(booking, items[0])
    if paid is None or any(item.currency != items[0].currency for item in items):
        return _converted(booking, items)
    owed = sum((item.residual for item in items), Decimal(0))
    if paid == owed:
        return "amount", None
    less = sum((discounted(item, booking, settings) for item in items), Decimal(0))
    if paid == less:
        return "discount", Difference(kind="discount", amount=owed - paid)
    is_stated = settings.has_charge_account and items[0].currency == booking.currency and booking.charges
    if is_stated and paid - booking.charges == owed:
        return "charges", Difference(kind="charges", amount=owed - paid)
    if abs(owed - paid) <= settings.tolerance and (owed > 0) == (paid > 0):
        return "tolerance", Difference(kind="tolerance", amount=owed - paid)
    return None


def _converted(booking: BookingFacts, items: list[OpenItem]) -> Settled | None:
    local = [item.local for item in items]
    if booking.local is None or len({item.currency for item in items}) > 1 or None in local:
        return None
    owed = sum((value for value in local if value is not None), Decimal(0))
    if owed and abs(owed - booking.local) <= abs(owed) * RATE_TOLERANCE:
        return "exchange", Difference(kind="exchange", amount=Decimal(0))
    return None


def who(booking: BookingFacts, partner_id: int) -> Part | None:
    if booking.partner_id == partner_id:
        return part(booking.partner_by)
    if partner_id in booking.alike:
        return part("alike")
    if booking.partner_id is not None and booking.partner_by in ("account", "virtual"):
        return part("other_partner")
    return None
