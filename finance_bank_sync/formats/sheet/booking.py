"""What one row of a bank's table is: a booking, or a balance that stands alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo.addons.finance_connector_base.engine.drafts import draft

from ..model import Detail, Entry
from .detail import collective, with_text

new_entry = draft(Entry)


@dataclass(slots=True, kw_only=True)
class Row:
    """One row: a booking, or a balance that stands alone."""

    line: int
    account: str
    currency: str
    balance: Decimal | None
    #: absent where the row holds a balance only
    detail: Detail | None = None
    status: str = "BOOK"
    booked: date | None = None
    value: date | None = None
    bank_reference: str | None = None
    #: what it is called says that it is a balance; else the rows beside it have to agree
    is_named: bool = True
    #: a balance that stands where amounts do
    is_as_amount: bool = False
    #: a booking with a text that could be the name of a balance
    is_doubtful: bool = False
    #: where its amount would be
    column: str = "amount"
    #: payments of a collective booking, each told by a row of its own below
    parts: list[Detail] | None = None

    @property
    def amount(self) -> Decimal:
        """What it changes."""
        return self.detail.money.amount if self.detail and self.detail.money else Decimal(0)

    @property
    def fee(self) -> Decimal:
        """What the bank took, as a negative amount that is part of the amount."""
        charges = self.detail.charges if self.detail else ()
        return charges[0].money.amount if charges else Decimal(0)

    @property
    def entry(self) -> Entry:
        """The booking, without its place in the statement."""
        return self.entry_at(0)

    def entry_at(self, position: int) -> Entry:
        """Return the booking with its place in the statement."""
        assert self.detail is not None and self.detail.money is not None
        return new_entry(
            position=position,
            money=self.detail.money,
            status=self.status,
            booking_date=self.booked,
            value_date=self.value,
            account_servicer_reference=self.bank_reference,
            **(collective(self.detail, self.parts) if self.parts else {"details": (self.detail,)}),
        )

    def add_text(self, text: str) -> None:
        """Take the text of a row below that has nothing but text."""
        assert self.detail is not None
        if self.parts:
            self.parts[-1] = with_text(self.parts[-1], text)
        else:
            self.detail = with_text(self.detail, text)
