"""What the decision looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFacts:
    """One booking on the account.

    :param amount: signed, in the account currency
    :param original: signed amount in the other currency of the transaction, if there is one
    :param references: structured references and end-to-end id, normalised
    :param tokens: pieces of the free text, normalised
    :param partner_id: partner known by the counterparty's account number
    """

    id: int
    amount: Decimal
    currency: str
    date: date
    original: Decimal | None = None
    original_currency: str | None = None
    references: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()
    partner_id: int | None = None
    is_return: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One open receivable or payable item.

    :param residual: signed like the booking that would pay it in full (receivable positive)
    :param names: number and payment references of the document, normalised
    """

    id: int
    names: frozenset[str]
    residual: Decimal
    currency: str
    partner_id: int
    account_id: int
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A possible answer for a person, best first.

    :param score: 0 to 100
    :param why: codes of the reasons, translated at the edge (``reference``, ``number``, ``amount``, ``partner``)
    """

    item_ids: tuple[int, ...]
    score: int
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Items to reconcile without asking (``items`` empty: leave it open), and suggestions."""

    items: tuple[OpenItem, ...] = ()
    rule: str = ""
    suggestions: tuple[Suggestion, ...] = ()
