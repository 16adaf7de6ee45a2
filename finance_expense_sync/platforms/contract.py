"""What every platform's adapter can do, in the same words.

The engine stores what a platform hands out before it is read: a client returns raw bytes, a reader turns them into
canonical documents. Nothing here writes anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Day
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A document that the platform has ready for us, as it came.

    :param external_id: what the platform calls the report or expense, the same in every revision
    :param handle: what it calls this handing out, where that has a name of its own (Concur: id of the document)
    :param revision: grows when it is handed out anew
    :param content: raw bytes of the document alone; the same document gives the same bytes
    :param claim: it has to be claimed before it is worked (Concur: acknowledged at once)
    """

    external_id: str
    handle: str | None = None
    revision: int = 0
    content: bytes
    content_type: str = "application/json"
    claim: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One page of what is ready.

    :param position: where the next page begins; JSON-able, kept by the flow when the page is stored
    :param more: there is a next page now
    """

    handed: tuple[Handed, ...]
    position: dict[str, Any]
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the platform is told of a document.

    :param handle: the one of what was handed out (:attr:`Handed.handle`, ``ExpenseReport.handle``)
    :param result: ``posted`` booked; ``failed`` not booked, ``text`` says to a claimant what to correct; ``paid``
    :param number: of the entry, or of the payment when paid
    :param link: where the entry can be seen in Odoo
    :param company: code of the company on the platform
    :param lines: external id of a line -> text, for faults of single lines
    :param key: idempotency key: the same in every attempt
    """

    external_id: str
    handle: str | None = None
    result: Literal["posted", "failed", "paid"]
    key: str
    number: str | None = None
    day: Day | None = None
    amount: Decimal | None = None
    currency: str | None = None
    company: str | None = None
    text: str | None = None
    link: str | None = None
    receiver: str | None = None
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the platform says to a claim or an outcome.

    :param taken: it is on record over there now (also: it was already)
    :param gone: the document was recalled or corrected over there meanwhile: it comes again as another revision
    :param code: of the platform
    """

    external_id: str
    taken: bool
    gone: bool = False
    repeat: bool = False
    code: str | None = None
    text: str | None = None
