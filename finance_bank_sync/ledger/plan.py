"""One bank line to be written, with everything already decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlan:
    """One line of the bank journal.

    :param entry_id: ``finance.bank.entry`` it comes from; unique, so a line exists once
    :param amount: signed, in the currency of the journal
    :param counterpart_account_id: account of the matched items; None is the suspense account
    :param foreign_amount: signed, in ``foreign_currency_id``
    :param item_ids: journal items to reconcile the counterpart with
    :param rule: name of the matching rule that chose them
    """

    entry_id: int
    sequence: int
    date: date
    amount: Decimal
    label: str
    partner_id: int | None = None
    partner_name: str | None = None
    account_number: str | None = None
    transaction_type: str | None = None
    narration: str | None = None
    foreign_currency_id: int | None = None
    foreign_amount: Decimal | None = None
    counterpart_account_id: int | None = None
    item_ids: tuple[int, ...] = ()
    rule: str | None = None
