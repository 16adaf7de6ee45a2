"""Bank lines that pay whole documents, as the rows that Odoo's reconciliation of them is stored in.

The rules are those of Odoo's ``account.move.line._reconcile_plan`` for the usual set: the item of one bank line and
items that are open in full and paid in full by it, in the currency of the company. Everything else is Odoo's own
business.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from .payment import OpenItem, partial_row
from .shape import Traits


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedSet:
    """Items that are reconciled together.

    :param payer: the item of the bank line; its document is the entry of the line
    :param items: what it pays
    """

    payer: OpenItem
    items: tuple[OpenItem, ...]

    @property
    def is_usual(self) -> bool:
        """What is paid is paid in full by this line and by nothing else."""
        everything = (self.payer, *self.items)
        return (
            bool(self.items)
            and all(one.untouched and one.account_id == self.payer.account_id for one in everything)
            and all(item.amount * self.payer.amount < 0 for item in self.items)
            and not sum(one.amount for one in everything)
        )

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """What may change columns that no rule knows."""
        kinds = tuple(sorted({item.move_type for item in self.items}))
        return (self.payer.account_id, self.payer.amount > 0, kinds)

    @property
    def traits(self) -> Traits:
        """What a control set must have for another one to rely on it."""
        return (
            ("several", len(self.items) > 1),
            ("later", any(item.date > self.payer.date for item in self.items)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedIds:
    """Ids of the rows of one reconciliation.

    :param partials: item that is paid -> id
    """

    full: int
    partials: Mapping[int, int]


def partial_rows(matched: MatchedSet, *, ids: MatchedIds) -> list[dict[str, Any]]:
    """The varying columns of the reconciliations of a set."""
    payer = matched.payer
    return [
        partial_row(
            item,
            partial=ids.partials[item.id],
            full=ids.full,
            payer=payer.id,
            is_debit=payer.amount > 0,
            day=payer.date,
        )
        for item in matched.items
    ]
