"""One bank line to be written, with everything already decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How the suspense amount of a bank line is settled, where it takes more than one counterpart account.

    :param item_ids: open items that it pays
    :param account_id: account it is booked on instead; with ``write_off``, account of the difference
    :param difference: ``discount``, ``charges``, ``tolerance``, ``exchange`` or ``write_off``
    :param difference_amount: what the items are owed more than the line brings, in their currency
    :param origin_line_id: bank line of the payment that came back
    :param fee: what the bank kept for the return, positive
    """

    item_ids: tuple[int, ...] = ()
    account_id: int | None = None
    partner_id: int | None = None
    tax_ids: tuple[int, ...] = ()
    analytic: Mapping[str, float] | None = None
    label: str | None = None
    difference: str | None = None
    difference_amount: Decimal = Decimal(0)
    origin_line_id: int | None = None
    fee: Decimal = Decimal(0)


class Verdict(NamedTuple):
    """What matching found about a booking, for lists and filters.

    :param outcome: ``automatic``, ``proposed`` or ``unmatched``
    :param score: of the best answer
    :param is_tied: two answers are as good as each other
    :param rule: that decided
    """

    outcome: str
    score: int
    is_tied: bool
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlan:
    """One line of the bank journal.

    :param entry_id: ``finance.bank.entry`` it comes from; unique, so a line exists once
    :param amount: signed, in the currency of the journal
    :param counterpart_account_id: account of the matched items; None is the suspense account
    :param foreign_amount: signed, in ``foreign_currency_id``
    :param item_ids: journal items to reconcile the counterpart with
    :param rule: name of the matching rule that chose them
    :param settlement: done after the line is written, where one counterpart account is not enough
    :param score: of the decision, with its parts as (code, points)
    :param verdict: to be noted on the entry; None leaves what is noted
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
    settlement: Settlement | None = None
    score: int = 0
    parts: tuple[tuple[str, int], ...] = ()
    rule_id: int | None = None
    verdict: Verdict | None = None

    @property
    def is_decided(self) -> bool:
        """Somebody or something said what the line is for, without asking a person."""
        return bool(self.item_ids or self.counterpart_account_id or self.settlement)
