"""The card transaction: what a card company, or a platform that issues cards, says was paid with a card."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime as Moment
from datetime import timezone
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from odoo.addons.finance_connector_base.canonical.documents import Amount, Code, Document, Id, document

from .parts import Country, Money, Person, Receipt


@document
class CardTransaction(Document):
    """A payment with a card.

    :param state: ``pending`` authorised only, its amount may still change; ``settled`` charged; ``reversed`` an
        authorisation that came to nothing, or a charge taken back; ``declined`` never happened
    :param pending_id: external id it had while it was pending, where the settled one has another
    :param card: last digits or a name of the card, never its number
    :param charged: what the card account is charged; negative: given back
    :param spent: in the currency of the merchant
    :param statement: the bill of the card company it is on
    :param updated: when the feed last changed it, with its zone; what is older than what is known counts nothing
    """

    kind: ClassVar[str] = "card_transaction"

    state: Literal["pending", "settled", "reversed", "declined"]
    pending_id: Id | None = None
    program: Code | None = None
    card: Annotated[str, Field(min_length=1, max_length=40)]
    holder: Person | None = None
    entity: Code | None = None
    date: Day
    settled: Day | None = None
    charged: Money
    spent: Money | None = None
    rate: Annotated[Amount, Field(gt=0)] | None = None
    fees: Amount | None = None
    merchant: Annotated[str, Field(max_length=200)] | None = None
    merchant_id: Id | None = None
    merchant_category: Code | None = None
    country: Country | None = None
    statement: Code | None = None
    updated: AwareDatetime | None = None
    reference: Code | None = None
    receipts: Annotated[tuple[Receipt, ...], Field(max_length=50)] = ()
    #: the report and line that claim it, where the platform says so
    report: Id | None = None
    line: Id | None = None

    @property
    def updated_utc(self) -> Moment | None:
        """:return: :attr:`updated` as Odoo keeps moments: UTC without zone, whole seconds"""
        return self.updated.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if self.updated else None
