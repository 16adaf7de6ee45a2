"""The matching rules, in order; each one only fires when it leaves no doubt.

1. The booking names documents (structured reference, end-to-end id or number in the text)
   and their open amounts add up exactly to the booking: paid, one or several.
2. It names exactly one document and pays less than is open: a partial payment.
3. Anything else is for a person, with ranked suggestions.

An amount alone never reconciles by itself, and a returned payment never does.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from .facts import BookingFacts, Decision, OpenItem, Suggestion

MAX_SUGGESTIONS = 5


def decide(booking: BookingFacts, candidates: Iterable[OpenItem]) -> Decision:
    """Decide about one booking.

    :param candidates: open items that could belong to it, from the same company; what an earlier
        booking of the same run pays is already taken off their residual
    """
    items = [item for item in candidates if _same_side(booking, item)]
    named = [item for item in items if _is_named(booking, item)]
    suggestions = tuple(_suggest(booking, items, named))
    if booking.is_return or not named:
        return Decision(suggestions=suggestions)
    if len({item.account_id for item in named}) > 1 or len({item.partner_id for item in named}) > 1:
        # one number used by two partners, or two accounts: a person has to look
        return Decision(suggestions=suggestions)
    amounts = [amount_for(booking, item) for item in named]
    if any(amount is None for amount in amounts):
        return Decision(suggestions=suggestions)
    paid = amounts[0]
    total = sum((item.residual for item in named), Decimal(0))
    if len(set(amounts)) == 1 and paid == total:
        return Decision(items=tuple(_by_due(named)), rule=_rule(booking, named, exact=True), suggestions=suggestions)
    if len(named) == 1 and paid is not None and abs(paid) < abs(named[0].residual):
        return Decision(items=tuple(named), rule=_rule(booking, named, exact=False), suggestions=suggestions)
    return Decision(suggestions=suggestions)


def _same_side(booking: BookingFacts, item: OpenItem) -> bool:
    return item.residual != 0 and (item.residual > 0) == (booking.amount > 0)


def _is_named(booking: BookingFacts, item: OpenItem) -> bool:
    return bool(item.names & booking.references) or bool(item.names & booking.tokens)


def amount_for(booking: BookingFacts, item: OpenItem) -> Decimal | None:
    """The booking's amount in the currency of the item, when the bank told it; never converted here."""
    if item.currency == booking.currency:
        return booking.amount
    if booking.original is not None and item.currency == booking.original_currency:
        return booking.original
    return None


def _by_due(items: list[OpenItem]) -> list[OpenItem]:
    return sorted(items, key=lambda item: (item.due is None, item.due, item.id))


def _rule(booking: BookingFacts, named: list[OpenItem], *, exact: bool) -> str:
    by_reference = all(item.names & booking.references for item in named)
    source = "reference" if by_reference else "number"
    if not exact:
        return f"{source}_partial"
    return source if len(named) == 1 else f"{source}_several"


def _suggest(booking: BookingFacts, items: list[OpenItem], named: list[OpenItem]) -> list[Suggestion]:
    found: list[Suggestion] = []
    if len(named) > 1:
        found.append(
            Suggestion(item_ids=tuple(item.id for item in _by_due(named)), score=_bounded(70), why=("number",))
        )
    for item in items:
        score, why = _score(booking, item)
        if score:
            found.append(Suggestion(item_ids=(item.id,), score=_bounded(score), why=tuple(why)))
    found.sort(key=lambda suggestion: (-suggestion.score, suggestion.item_ids))
    return found[:MAX_SUGGESTIONS]


def _score(booking: BookingFacts, item: OpenItem) -> tuple[int, list[str]]:
    score = 0
    why: list[str] = []
    if item.names & booking.references:
        score += 60
        why.append("reference")
    elif item.names & booking.tokens:
        score += 50
        why.append("number")
    if amount_for(booking, item) == item.residual:
        score += 30
        why.append("amount")
    if booking.partner_id is not None and item.partner_id == booking.partner_id:
        score += 25
        why.append("partner")
    # an item that shares nothing but its side with the booking is no suggestion
    return (score, why) if why else (0, why)


def _bounded(score: int) -> int:
    return max(0, min(score, 99))
