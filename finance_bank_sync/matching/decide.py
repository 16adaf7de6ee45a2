"""One booking, its candidates, and what to do about it.

1. The documents that the booking names, and whether its amount settles them together.
2. Each candidate by itself: named, or of the right partner, or of the right amount.
3. Open items of the known partner that add up to the booking in one way only.

The best answer is taken without asking when its score reaches the journal's threshold and no
other answer that excludes it comes near. Everything else is proposed to a person.
"""

from __future__ import annotations

from collections.abc import Iterable

from .facts import BookingFacts, Decision, OpenItem, Settings, Suggestion
from .naming import mistyped, naming
from .score import FULL, PAYER, SETTLING, STRONG, WEAK, amount_for, covering
from .several import adding_up, by_due, called_together, completed, together
from .single import singles

MAX_SUGGESTIONS = 5
USUAL = Settings()

__all__ = ["amount_for", "decide"]


def decide(
    booking: BookingFacts,
    candidates: Iterable[OpenItem],
    settings: Settings = USUAL,
    *,
    is_complete: bool = True,
    names_document: bool = False,
) -> Decision:
    """Decide about one booking.

    :param candidates: open items that could belong to it, from the same company; what an earlier
        booking of the same run pays is already taken off their residual
    :param is_complete: the candidates hold every open item of the known partner
    :param names_document: it names a document that exists, open or not: then nothing weaker counts,
        because a payment made twice must not find the next document of the same amount
    """
    known = {item.id: item for item in candidates if item.residual}
    found = _propose(booking, list(known.values()), settings, is_complete, names_document)
    found.sort(key=lambda one: (-one.points, -len(one.item_ids), one.item_ids))
    shown = tuple(found[:MAX_SUGGESTIONS])
    if not found:
        return Decision()
    best = found[0]
    rivals = [one for one in found[1:] if _excludes(one, best)]
    is_tied = bool(rivals) and best.points - rivals[0].points < settings.margin or _is_doubtful(best, rivals)
    items = tuple(by_due([known[one] for one in best.item_ids]))
    is_settled = bool(SETTLING & set(best.why)) and len({item.account_id for item in items}) == 1
    # who names one document does not mean another
    is_named = names_document or any(STRONG & set(one.why) for one in found)
    # one wrong character says enough only where nothing else of the payer fits
    is_free = not is_named and "typo" not in best.why
    is_meant = bool(STRONG & set(best.why)) or is_free or _is_slip(best) or _is_all_named(best, found)
    # a payment that came back names what it does not pay
    is_ruled_out = booking.is_return or is_tied or not is_settled or not is_meant
    if best.score < settings.threshold or is_ruled_out:
        return Decision(suggestions=shown, score=best.score, parts=best.parts, is_tied=is_tied)
    return Decision(
        items=items,
        rule=_rule(best),
        suggestions=shown,
        score=best.score,
        parts=best.parts,
        difference=best.difference,
    )


def _propose(
    booking: BookingFacts, items: list[OpenItem], settings: Settings, is_complete: bool, names_document: bool
) -> list[Suggestion]:
    names = said = naming(booking, items)
    named = [item for item in items if names.get(item.id) in STRONG]
    called = {item.id for item in items if names.get(item.id) in WEAK and not item.short.isdisjoint(booking.called)}
    if called:
        # digits that no word calls a document's are something else: "our sign 10045, your invoice 10046"
        names = {item: name for item, name in names.items() if name not in WEAK or item in called}
    if (named or names_document) and not _may_slip(booking, named, settings):
        names = {item: name for item, name in names.items() if name in STRONG}
    else:
        names = names | dict.fromkeys(mistyped(booking, (item for item in items if item.id not in said)), "typo")
    found = together(booking, named, names, settings)
    is_settled = any(set(one.why) & FULL for one in found)
    if not is_settled:
        found += called_together(booking, items, said, settings) or completed(booking, named, items, names)
    is_in = booking.amount > 0
    side = [item for item in items if (item.residual > 0) == is_in]
    ours = {item.id for item in side}
    is_netted = any("completed" in one.why and not set(one.item_ids) <= ours for one in found)
    if not named and not names_document:
        found += adding_up(booking, side, is_complete)
    return found + singles(
        booking,
        side,
        names,
        settings,
        # where an open credit note explains the amount, it is no part of the document alone
        is_part=len(named) <= 1 and not is_netted,
        # the booking pays all that it names
        but={item.id for item in named} if is_settled else (),
        # beside the best answer, which may be some of them, there is one more
        shown=max(MAX_SUGGESTIONS, *(len(one.item_ids) for one in found), 1) + 1,
    )


def _may_slip(booking: BookingFacts, named: list[OpenItem], settings: Settings) -> bool:
    """Whether it may mean another item by a slip of the pen, or by a short number that is all of another's.

    The documents that it names are other partners', and its amount settles none of them.
    """
    if booking.partner_id is None or not named:
        return False
    for item in named:
        settled = covering(booking, [item], settings)
        if item.partner_id == booking.partner_id or (settled and settled[0] in FULL):
            return False
    return True


def _is_all_named(best: Suggestion, found: list[Suggestion]) -> bool:
    """Some are named in full, the others by short numbers, and it is all of them."""
    named = [set(one.item_ids) for one in found if STRONG & set(one.why)]
    return bool(named) and all(ids <= set(best.item_ids) for ids in named)


def _is_slip(one: Suggestion) -> bool:
    """Nothing but one character, or what a number lacks, speaks against it: payer, amount, nothing else of his fits."""
    why = set(one.why)
    return "only" in why and bool(why & (WEAK | {"typo"})) and bool(PAYER & why) and bool(FULL & why)


def _is_doubtful(best: Suggestion, rivals: list[Suggestion]) -> bool:
    """A number that is another partner's, while the payer owes just this amount, may be a slip of the pen.

    References with check digits and ids of our own cannot be.
    """
    if "number" not in best.why or PAYER & set(best.why):
        return False
    return any(PAYER & set(one.why) and FULL & set(one.why) for one in rivals)


def _excludes(one: Suggestion, best: Suggestion) -> bool:
    """Whether both cannot be true; a part of the best answer is no other answer."""
    return not set(one.item_ids) < set(best.item_ids)


def _rule(best: Suggestion) -> str:
    name = best.parts[0][0]
    codes = set(best.why)
    if "partial" in codes:
        return f"{name}_partial"
    return name if len(best.item_ids) == 1 else f"{name}_several"
