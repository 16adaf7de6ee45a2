"""The open items that some bookings may mean, found by what each of the bookings says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from .facts import BookingFacts, OpenItem


class Candidates:
    """Open items of one company, as the ledger has them.

    :param items: id to item
    :param facts: the bookings that will be asked about: what none of them says finds nothing
    :param crowded: partners with more open items than were read
    :param numbers: numbers of documents that exist, open or not, among what the bookings say
    :param read: partner to how many of his items were asked for, and their ids
    """

    def __init__(
        self,
        items: Mapping[int, OpenItem] | None = None,
        facts: Collection[BookingFacts] = (),
        *,
        crowded: Collection[int] = frozenset(),
        numbers: frozenset[str] = frozenset(),
        read: Mapping[int, tuple[int, list[int]]] | None = None,
    ) -> None:
        self.items = items or {}
        self.crowded = crowded
        self.numbers = numbers
        self.read = read or {}
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._by_partner: dict[int, list[int]] = defaultdict(list)
        self._by_amount: dict[tuple[str, Decimal], list[int]] = defaultdict(list)
        said = set().union(*(fact.references | fact.end_to_end | fact.tokens for fact in facts))
        amounts = {(fact.currency, fact.amount) for fact in facts if fact.partner_id is None}
        for item in self.items.values():
            self._by_partner[item.partner_id].append(item.id)
            for name in item.names:
                if name in said:
                    self._by_name[name].append(item.id)
            for amount in (item.residual, item.discounted):
                if amount is not None and (item.currency, amount) in amounts:
                    self._by_amount[item.currency, amount].append(item.id)

    def names_document(self, fact: BookingFacts) -> bool:
        return not (self.numbers.isdisjoint(fact.tokens) and self.numbers.isdisjoint(fact.references))

    def of(self, fact: BookingFacts) -> list[int]:
        """:return: ids of the items that this booking may mean, in a stable order"""
        if not self.items:
            return []
        ids: set[int] = set()
        for name in fact.references | fact.end_to_end | fact.tokens:
            ids.update(self._by_name.get(name, ()))
        for partner in {fact.partner_id, *fact.alike}:
            if partner is not None:
                ids.update(self._by_partner.get(partner, ()))
        if fact.partner_id is None:
            ids.update(self._by_amount.get((fact.currency, fact.amount), ()))
        return sorted(ids)

    def of_partner(self, partner: int) -> Iterable[int]:
        return self._by_partner.get(partner, ())
