"""Life of a payment by card: which message may follow which state, and which records are one payment (S-21)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Day
from decimal import Decimal
from typing import Literal

#: ``cleared``: an authorisation whose charge is a record of its own; ``released``: one that came to nothing
State = Literal["pending", "settled", "cleared", "released", "declined", "reversed"]
#: what a feed says of a payment, see :class:`~..canonical.CardTransaction`
Said = Literal["pending", "settled", "reversed", "declined"]

#: share by which a charge may exceed what was authorised (tips), and fall short of it or move (rates of exchange)
TIP, DRIFT = Decimal("0.30"), Decimal("0.08")
#: days an authorisation may be older than its charge
MOST_DAYS = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What is compared of a transaction.

    :param amount: charged; negative: given back
    :param known_as: other id under which the feed has named it before
    :param rest: of a purchase: what has not been given back yet
    """

    key: int
    card: str
    day: Day
    amount: Decimal
    currency: str
    merchant: str = ""
    rest: Decimal | None = None


def after(known: State | None, said: Said, *, has_charge: bool = False) -> State | None:
    """Say what a transaction becomes by what a feed says of it.

    :param known: state it has; None: it is new
    :param has_charge: a charge that belongs to it is here as a record of its own
    :return: the new state, or None: what is said is older than what is known
    """
    if said == "pending":
        if known not in (None, "pending"):
            # a page that was read again, or yesterday's file after today's
            return None
        return "cleared" if has_charge else "pending"
    if said == "reversed":
        # a charge that is taken back is another thing than an authorisation that lapses
        return "reversed" if known in ("settled", "reversed") else "released"
    return said


def same_merchant(one: str, other: str) -> bool:
    """:return: whether two texts name one merchant: card companies cut them, and add places and numbers"""
    left, right = _words(one), _words(other)
    if not left or not right:
        return False
    short, long = sorted((left, right), key=len)
    return long.startswith(short) and len(short) >= 4 or short.split()[0] == long.split()[0] and len(short) >= 4


def _words(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[a-z]{2,}|[^\W\d_a-z]+", plain))


def authorisation_of(charge: Payment, pending: Iterable[Payment]) -> Payment | None:
    """Find the authorisation of a charge whose feed does not name it.

    The same amount comes before one that differs by a tip or a rate of exchange, which needs the same merchant; two
    that fit as well say nothing.
    """
    exact, near = [], []
    for one in pending:
        days = (charge.day - one.day).days
        if one.card != charge.card or one.currency != charge.currency or not 0 <= days <= MOST_DAYS:
            continue
        if (one.amount > 0) != (charge.amount > 0):
            continue
        is_same = same_merchant(one.merchant, charge.merchant)
        if one.amount == charge.amount and (is_same or not one.merchant or not charge.merchant):
            exact.append(one)
        elif is_same and -DRIFT <= (charge.amount - one.amount) / one.amount <= TIP:
            near.append(one)
    for found in (exact, near):
        if found:
            # of the same purchase twice the older one is charged first
            oldest = sorted(found, key=lambda one: (one.day, one.key))
            is_clear = len(oldest) == 1 or oldest[0].amount == oldest[1].amount
            return oldest[0] if is_clear else None
    return None


def purchase_of(refund: Payment, purchases: Iterable[Payment]) -> Payment | None:
    """Find what a refund gives back: of the same card and merchant, not younger, not given back already.

    Equal amounts come first; among several of them, or among parts of several purchases, nobody can say.
    """
    if refund.amount >= 0:
        return None
    whole, part = [], []
    for one in purchases:
        if one.card != refund.card or one.currency != refund.currency or one.amount <= 0 or one.day > refund.day:
            continue
        if not same_merchant(one.merchant, refund.merchant):
            continue
        rest = one.amount if one.rest is None else one.rest
        if rest == -refund.amount:
            whole.append(one)
        elif rest > -refund.amount:
            part.append(one)
    found = whole or part
    return found[0] if len(found) == 1 else None


def masked(card: str) -> str:
    """:return: what may be shown of a card: a number is cut to its last four digits, a name stays"""
    digits = re.sub(r"[\s-]", "", card)
    if digits.isdigit():
        return f"•••• {digits[-4:]}"
    # part of the number, hidden by whoever sent it
    if found := re.fullmatch(r"[\dXx*•.#\s-]*?(\d{4})", card.strip()):
        return f"•••• {found[1]}"
    return card.strip()
