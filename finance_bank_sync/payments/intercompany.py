"""What two companies of one group owe each other: which items are the same, what differs, what is offset (K-24).

Both sides are read: a payable of one is settled only where the other has the receivable of the same document and
amount. Everything else is a difference with its kind, for a person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

EQUAL = "equal"
#: the same document, but not the same amount
AMOUNT = "amount"
#: the debtor has booked it and the creditor has not, and the other way round
DEBTOR_ONLY = "debtor_only"
CREDITOR_ONLY = "creditor_only"
#: several items of one side have the name
AMBIGUOUS = "ambiguous"

_OTHERS = re.compile(r"[^0-9A-Z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """An open item as one of the two sees it.

    :param names: what the document is called, ours and theirs; compared without blanks, signs and case
    :param amount: open, positive: the debtor owes it
    """

    id: int
    names: tuple[str, ...]
    amount: Decimal

    def keys(self) -> frozenset[str]:
        return frozenset(_OTHERS.sub("", name.upper()) for name in self.names) - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An item of the debtor beside that of the creditor."""

    kind: str
    debtor: Side | None
    creditor: Side | None

    @property
    def amount(self) -> Decimal:
        """:return: what both agree on; 0 where they do not"""
        return self.debtor.amount if self.kind == EQUAL and self.debtor else Decimal(0)

    @property
    def difference(self) -> Decimal:
        """:return: what the creditor has more than the debtor"""
        return (self.creditor.amount if self.creditor else Decimal(0)) - (
            self.debtor.amount if self.debtor else Decimal(0)
        )


def pair(debtor: Sequence[Side], creditor: Sequence[Side]) -> list[Pair]:
    """Put the items of both sides beside each other; each is in exactly one pair, those of the debtor first."""
    by_key: dict[str, list[Side]] = defaultdict(list)
    for side in creditor:
        for key in side.keys():
            by_key[key].append(side)
    owners: dict[str, int] = defaultdict(int)
    for side in debtor:
        for key in side.keys():
            owners[key] += 1
    pairs, taken = [], set()
    for side in debtor:
        keys = side.keys()
        found = {other.id: other for key in keys for other in by_key[key]}
        if not found:
            pairs.append(Pair(kind=DEBTOR_ONLY, debtor=side, creditor=None))
            continue
        shared = {key for key in keys if by_key[key]}
        if len(found) > 1 or any(owners[key] > 1 for key in shared):
            pairs.append(Pair(kind=AMBIGUOUS, debtor=side, creditor=None))
            continue
        [other] = found.values()
        taken.add(other.id)
        kind = EQUAL if other.amount == side.amount else AMOUNT
        pairs.append(Pair(kind=kind, debtor=side, creditor=other))
    ambiguous = {key for one in pairs if one.kind == AMBIGUOUS and one.debtor for key in one.debtor.keys()}
    for side in creditor:
        if side.id not in taken:
            kind = AMBIGUOUS if side.keys() & ambiguous else CREDITOR_ONLY
            pairs.append(Pair(kind=kind, debtor=None, creditor=side))
    return pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Part of a pair that is offset.

    :param amount: of the pair, more than nothing and at most its amount
    """

    pair: Pair
    amount: Decimal


def offset(one: Iterable[Pair], other: Iterable[Pair]) -> tuple[list[Share], list[Share]]:
    """Offset what one owes the other against what the other owes him, in the order given.

    :return: (shares of the first, shares of the second); both have the same sum, the smaller of the two totals
    """
    first, second = [p for p in one if p.amount > 0], [p for p in other if p.amount > 0]
    most = min(_total(first), _total(second))
    return _shares(first, most), _shares(second, most)


def _total(pairs: Iterable[Pair]) -> Decimal:
    return sum((pair.amount for pair in pairs), Decimal(0))


def _shares(pairs: Iterable[Pair], left: Decimal) -> list[Share]:
    shares = []
    for item in pairs:
        if left <= 0:
            break
        part = min(item.amount, left)
        shares.append(Share(pair=item, amount=part))
        left -= part
    return shares
