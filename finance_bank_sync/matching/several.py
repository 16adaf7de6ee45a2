"""One booking for several documents: named, called by short numbers, or adding up."""

from __future__ import annotations

from decimal import Decimal

from odoo.addons.finance_connector_base.engine.drafts import draft

from .facts import BookingFacts, Difference, OpenItem, Settings, Suggestion
from .score import FULL, PAYER, Part, amount_for, covering, part, total, who
from .subset import MAX_ITEMS, only_subset

_new = draft(Suggestion)


def together(
    booking: BookingFacts, named: list[OpenItem], names: dict[int, str], settings: Settings
) -> list[Suggestion]:
    """All documents that are named, credit notes taken off; else the only choice of them that adds up."""
    if len(named) < 2 or len({item.partner_id for item in named}) > 1 or len({i.account_id for i in named}) > 1:
        return [_named_sum(booking, named, names)] if len(named) > 1 else []
    settled = covering(booking, named, settings)
    if settled is None:
        return _part_of_named(booking, named, names) or [_named_sum(booking, named, names)]
    code, difference = settled
    parts = [part(_weakest(named, names)), part(code)]
    add(parts, who(booking, named[0].partner_id))
    return [suggestion(named, parts, difference)]


def _part_of_named(booking: BookingFacts, named: list[OpenItem], names: dict[int, str]) -> list[Suggestion]:
    amounts = [amount_for(booking, item) for item in named]
    if len(named) < 3 or None in amounts or len(set(amounts)) > 1 or amounts[0] is None:
        return []
    chosen = only_subset([item.residual for item in named], amounts[0])
    if not chosen:
        return []
    items = [named[position] for position in chosen]
    parts = [part(_weakest(items, names)), ("sum", 20)]
    add(parts, who(booking, items[0].partner_id))
    return [suggestion(items, parts)]


def _named_sum(booking: BookingFacts, named: list[OpenItem], names: dict[int, str]) -> Suggestion:
    """They are named, but do not add up, or are of several partners: for a person."""
    parts = [part(_weakest(named, names))]
    partners = {item.partner_id for item in named}
    amounts = {amount_for(booking, item) for item in named}
    is_sum = amounts == {sum(item.residual for item in named)}
    parts.append(("together", 35 if is_sum else 15))
    if len(partners) == 1:
        add(parts, who(booking, *partners))
    return suggestion(named, parts)


def called_together(
    booking: BookingFacts, items: list[OpenItem], names: dict[int, str], settings: Settings
) -> list[Suggestion]:
    """Documents of the payer that are called by short numbers, ``RG 4711, 4712``, and add up to the booking.

    Nobody else's count: short numbers are everybody's.

    :param names: as :func:`.naming.naming` gives them
    """
    by_partner: dict[int, list[OpenItem]] = {}
    for item in items:
        if item.id in names and (payer := who(booking, item.partner_id)) and payer[0] in PAYER:
            by_partner.setdefault(item.partner_id, []).append(item)
    found = []
    for partner, called in by_partner.items():
        if len(called) < 2 or len({item.account_id for item in called}) > 1:
            continue
        settled = covering(booking, called, settings)
        if settled and settled[0] in FULL:
            parts = [part(_weakest(called, names)), part(settled[0])]
            add(parts, who(booking, partner))
            found.append(suggestion(called, parts, settled[1]))
    return found


def completed(
    booking: BookingFacts, named: list[OpenItem], items: list[OpenItem], names: dict[int, str]
) -> list[Suggestion]:
    """The named documents of one partner with other open items of his, when only one choice of them adds up.

    ``RE 4711 less credit note``, ``RE 4711 and others``: for a person, who sees what was meant.
    """
    if not named or len({(item.partner_id, item.account_id, item.currency) for item in named}) > 1:
        return []
    paid = amount_for(booking, named[0])
    missing = paid - sum((item.residual for item in named), Decimal(0)) if paid is not None else Decimal(0)
    key = (named[0].partner_id, named[0].account_id, named[0].currency)
    ids = {item.id for item in named}
    others = [
        item
        for item in items
        if item.id not in ids
        and (item.partner_id, item.account_id, item.currency) == key
        and (item.residual > 0) == (missing > 0)
    ]
    chosen = only_subset([item.residual for item in others], missing, least=1) if missing and others else None
    if not chosen:
        return []
    parts = [part(_weakest(named, names)), part("completed")]
    add(parts, who(booking, named[0].partner_id))
    return [suggestion([*named, *(others[position] for position in chosen)], parts)]


def adding_up(booking: BookingFacts, side: list[OpenItem], is_complete: bool) -> list[Suggestion]:
    """Open items of the known partner that add up to the booking, when only one choice does."""
    mine = [item for item in side if item.partner_id == booking.partner_id and item.currency == booking.currency]
    if not is_complete or not 2 <= len(mine) <= MAX_ITEMS:
        return []
    if any(item.residual == booking.amount for item in mine):
        return []
    chosen = only_subset([item.residual for item in mine], booking.amount)
    if not chosen:
        return []
    items = [mine[position] for position in chosen]
    if len({item.account_id for item in items}) > 1:
        return []
    parts = [part("sum"), part(booking.partner_by)]
    return [suggestion(items, parts)]


def suggestion(items: list[OpenItem], parts: list[Part], difference: Difference | None = None) -> Suggestion:
    made: Suggestion = _new(
        item_ids=tuple(item.id for item in by_due(items)),
        score=total(parts),
        parts=tuple(parts),
        difference=difference,
    )
    return made


def add(parts: list[Part], one: Part | None) -> None:
    if one is not None:
        parts.append(one)


def _weakest(items: list[OpenItem], names: dict[int, str]) -> str:
    found = {names[item.id] for item in items}
    return next(code for code in ("loose", "called", "digits", "number", "reference", "end_to_end") if code in found)


def by_due(items: list[OpenItem]) -> list[OpenItem]:
    return sorted(items, key=lambda item: (item.due is None, item.due, item.id)) if len(items) > 1 else items
