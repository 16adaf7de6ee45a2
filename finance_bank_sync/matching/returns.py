"""A payment that came back, and the booking it undoes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: longest text that is searched
MAX_TEXT = 4000
#: points of what a return and its original share
POINTS = {"end_to_end": 60, "bank_reference": 60, "reference": 50, "account": 25, "amount": 35, "fee": 25}
MAX_SCORE = 99
#: a payment comes back within thirteen months at the latest (SEPA direct debit without mandate)
MAX_DAYS = 400

#: what banks write of a payment that came back where they give no code; goods that come back are not meant
_SAYS = re.compile(
    r"r(?:ü|ue)ck(?:lastschr|(?:ü|ue)berweisung)|lastschrift-?r(?:ü|ue)ckgabe"
    r"|retoure[ -]?(?:sepa|lastschr|ueberw|überw)"
    r"|r(?:ü|ue)ckgabe (?:sepa|lastschr)"
    r"|return(?:ed)? (?:of )?(?:payment|item|transfer|che(?:ck|que)|direct debit|deposit)"
    r"|(?:rejected|unpaid) (?:payment|transfer|item|direct debit|che(?:ck|que))"
    r"|rejet (?:de )?(?:pr[ée]l|vir)"
    r"|(?:pr[ée]l[eè]vement|pr[ée]lvt|ch[eè]que) (?:impay|rejet)"
    r"|insoluto|devoluci[óo]n (?:de )?(?:recibo|adeudo|transf)|stornering (?:van )?incasso|zwrot przelewu",
    re.IGNORECASE,
)


def says_return(text: str | None) -> bool:
    """Whether the bank's own words say that a payment came back."""
    return bool(text and _SAYS.search(text[:MAX_TEXT]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A return, or a booking that may have come back.

    :param end_to_end: the payment's own ids, normalised
    :param bank_references: the bank's references, normalised
    :param references: structured references and referred documents, normalised
    :param charges: signed charges inside the amount, negative where they cost us
    """

    id: int
    amount: Decimal
    currency: str
    date: date
    end_to_end: frozenset[str] = frozenset()
    bank_references: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    account: str | None = None
    charges: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The booking that a return undoes.

    :param fee: what the bank kept for it, as a positive amount
    :param is_sure: it names the payment, and no other booking fits as well
    """

    id: int
    score: int
    parts: tuple[tuple[str, int], ...]
    fee: Decimal
    is_sure: bool


def origins(back: Booked, candidates: Iterable[Booked], *, most_fee: Decimal = Decimal(0)) -> list[Origin]:
    """The bookings that may have come back, best first.

    :param most_fee: largest fee that the bank may have kept without stating it
    """
    scored = []
    for one in candidates:
        parts, fee = _parts(back, one, most_fee)
        if parts:
            scored.append((min(MAX_SCORE, sum(points for _code, points in parts)), one, parts, fee))
    scored.sort(key=lambda row: (-row[0], -row[1].date.toordinal(), row[1].id))
    found = []
    for place, (score, one, parts, fee) in enumerate(scored):
        rivals = [other for other in scored if other[1].id != one.id and other[0] >= score]
        names = {code for code, _points in parts} & {"end_to_end", "bank_reference"}
        is_sure = place == 0 and not rivals and bool(names)
        found.append(Origin(id=one.id, score=score, parts=tuple(parts), fee=fee, is_sure=is_sure))
    return found


def _parts(back: Booked, one: Booked, most_fee: Decimal) -> tuple[list[tuple[str, int]], Decimal]:
    days = (back.date - one.date).days
    if one.currency != back.currency or (one.amount > 0) == (back.amount > 0) or not 0 <= days <= MAX_DAYS:
        return [], Decimal(0)
    # what came back is the payment, dearer by the fee: 100 in, 103 out; or 100 out, 97 in
    fee = -(one.amount + back.amount)
    parts = []
    if back.end_to_end & one.end_to_end:
        parts.append(("end_to_end", POINTS["end_to_end"]))
    elif back.bank_references & one.bank_references:
        parts.append(("bank_reference", POINTS["bank_reference"]))
    elif back.references & one.references:
        parts.append(("reference", POINTS["reference"]))
    if back.account and back.account == one.account:
        parts.append(("account", POINTS["account"]))
    if not parts:
        return [], Decimal(0)
    if fee == 0:
        parts.append(("amount", POINTS["amount"]))
    elif fee > 0 and (fee == -back.charges or fee <= most_fee):
        parts.append(("fee", POINTS["fee"]))
    else:
        return [], Decimal(0)
    return parts, fee
