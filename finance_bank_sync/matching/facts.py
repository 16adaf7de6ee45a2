"""What the decision looks at, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

AUTOMATIC = "automatic"
PROPOSED = "proposed"
UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a journal allows.

    :param threshold: score from which a match is made without asking
    :param is_automatic: matches are made without asking at all
    :param margin: by so many points the best must lead the next one that excludes it
    :param tolerance: largest difference that may be written off, in the currency of the account
    :param grace_days: days that a payment may be late for an early payment discount
    :param has_charge_account: charges that the bank states can be booked
    """

    threshold: int = 80
    is_automatic: bool = True
    margin: int = 10
    tolerance: Decimal = Decimal(0)
    grace_days: int = 0
    has_charge_account: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFacts:
    """One booking on the account.

    :param amount: signed, in the account currency
    :param original: signed amount in the other currency of the transaction, if there is one
    :param local: signed amount in the currency of the company, when that is the account's
    :param charges: signed charges inside the amount, negative where they cost us
    :param references: structured references and referred documents, normalised
    :param end_to_end: end-to-end and instruction ids of payments, normalised
    :param tokens: pieces of the free text, normalised
    :param parts: digits in the text that are a part of something, and may be all of another number
    :param called: short numbers of documents in the text, ``12`` or ``12/2026``
    :param meant: pieces of the text that are no date, though their digits may read as one
    :param partner_id: the partner, when something says it for sure
    :param partner_by: what says it: ``virtual``, ``account``, ``line``, ``learned``, ``name``, ``rule``
    :param alike: partners whose name is like the one on the statement
    """

    id: int
    amount: Decimal
    currency: str
    date: date
    original: Decimal | None = None
    original_currency: str | None = None
    local: Decimal | None = None
    charges: Decimal = Decimal(0)
    references: frozenset[str] = frozenset()
    end_to_end: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    meant: frozenset[str] = frozenset()
    partner_id: int | None = None
    partner_by: str = "account"
    alike: frozenset[int] = frozenset()
    is_return: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One open item: receivable, payable, or a payment on its way.

    :param residual: signed like the booking that would pay it in full (receivable positive)
    :param names: number and payment references of the document, normalised
    :param digits: the digits of its number, and the last run of them: weaker names
    :param short: its running number alone and with the year, see :func:`.mentions.short_of`
    :param discounted: what pays it in full until ``discount_until``
    :param local: residual in the currency of the company
    """

    id: int
    names: frozenset[str]
    residual: Decimal
    currency: str
    partner_id: int
    account_id: int
    due: date | None = None
    digits: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()
    discounted: Decimal | None = None
    discount_until: date | None = None
    local: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is left between the booking and the items it settles, and why.

    :param kind: ``discount``, ``charges``, ``tolerance`` or ``exchange``
    :param amount: open amount minus booking, in the currency of the items (0 for ``exchange``: Odoo books it)
    """

    kind: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A possible answer, best first.

    :param score: 0 to 99
    :param parts: what the score is made of, as (code, points); the codes are translated at the edge
    """

    item_ids: tuple[int, ...]
    score: int
    parts: tuple[tuple[str, int], ...]
    difference: Difference | None = None

    @property
    def points(self) -> int:
        """The score before it is cut off at 99: how far one answer leads another."""
        return sum(points for _code, points in self.parts)

    @property
    def why(self) -> tuple[str, ...]:
        return tuple(code for code, _points in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Items to reconcile without asking (``items`` empty: leave it open), and suggestions."""

    items: tuple[OpenItem, ...] = ()
    rule: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    score: int = 0
    parts: tuple[tuple[str, int], ...] = ()
    difference: Difference | None = None
    #: two answers were as good as each other
    is_tied: bool = False
    outcome: str = field(default="")

    def __post_init__(self) -> None:
        if not self.outcome:
            made = AUTOMATIC if self.items else PROPOSED if self.suggestions else UNMATCHED
            object.__setattr__(self, "outcome", made)
