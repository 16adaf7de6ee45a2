"""One booking for one document: named, of the right amount, or nothing but the payer's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container

from .facts import BookingFacts, OpenItem, Settings, Suggestion
from .score import FULL, STRONG, Part, Settled, amount_for, part, settling, who
from .several import add, suggestion


def singles(
    booking: BookingFacts,
    side: list[OpenItem],
    names: dict[int, str],
    settings: Settings,
    *,
    is_part: bool,
    but: Container[int],
    shown: int,
) -> list[Suggestion]:
    """What each item says by itself.

    :param side: the items that money of this direction pays
    :param is_part: the booking may pay a part of the one that it names
    :param but: ids of items that are answered already
    :param shown: so many items that are nothing but the payer's are enough
    """
    settled = settling(booking, side, settings)
    fitting = Counter(item.partner_id for item in side if item.id in settled)
    found = []
    plain = []
    for item in side:
        if item.id in but:
            continue
        if item.id not in names and item.id not in settled:
            plain.append(item)
            continue
        others = fitting[item.partner_id] - (item.id in settled)
        one = _single(
            booking, item, names.get(item.id), settled.get(item.id), is_part=is_part and not others, is_only=not others
        )
        if one:
            found.append(one)
    return found + _of_payer(booking, plain, shown)


def _single(
    booking: BookingFacts, item: OpenItem, name: str | None, settled: Settled | None, *, is_part: bool, is_only: bool
) -> Suggestion | None:
    """:param is_only: the amount settles nothing else of the item's partner"""
    parts: list[Part] = []
    if name:
        parts.append(part(name))
    difference = None
    if settled:
        parts.append(part(settled[0]))
        difference = settled[1]
    elif name in STRONG and is_part and _is_less(booking, item):
        # where it pays another item of the partner in full, the number may be the wrong one
        parts.append(part("partial"))
    partner = who(booking, item.partner_id)
    has_partner = partner is not None and partner[1] > 0
    if not name and not has_partner and (partner is not None or settled is None or settled[0] not in FULL):
        return None  # it shares nothing but its side with the booking, or is somebody else's
    add(parts, partner)
    if has_partner and settled and settled[0] in FULL and is_only:
        parts.append(part("only"))
    if (name is None or name not in STRONG) and not has_partner and not settled:
        return None
    return suggestion([item], parts, difference)


def _of_payer(booking: BookingFacts, items: list[OpenItem], most: int) -> list[Suggestion]:
    """Items that only their partner speaks for: the first of each partner's evidence, as they are all alike.

    A payer may have hundreds of them, and of answers as good as each other the lowest ids are shown.
    """
    payer, alike = booking.partner_id, booking.alike
    theirs: dict[Part, list[OpenItem]] = {}
    for item in items:
        if (item.partner_id == payer or item.partner_id in alike) and (one := who(booking, item.partner_id)):
            theirs.setdefault(one, []).append(item)
    return [
        suggestion([item], [one])
        for one, its in theirs.items()
        for item in sorted(its, key=lambda item: item.id)[:most]
    ]


def _is_less(booking: BookingFacts, item: OpenItem) -> bool:
    paid = amount_for(booking, item)
    return paid is not None and abs(paid) < abs(item.residual)
