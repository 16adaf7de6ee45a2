"""What the account says about payments: booked, and come back (camt.053, camt.054, and all other statement formats).

Only a booked entry settles a payment. A return has the reason of the bank and names the payment by its own ids; the
readers of statements have found them already, here they become facts about payments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..formats.model import RETURNS, Detail, Entry, Money

BOOKED, RETURNED = "booked", "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One payment, or a whole group of them, on the account.

    :param kind: :data:`BOOKED` or :data:`RETURNED`
    :param key: the same for the same booking in every message that tells it
    :param money: signed as on the account
    :param count: number of payments of a group that was booked in one amount; None: this is one payment
    :param charges: what the bank kept of it, positive
    """

    kind: str
    key: str
    money: Money
    booked_on: date | None
    end_to_end_id: str | None = None
    instruction_id: str | None = None
    uetr: str | None = None
    mandate_id: str | None = None
    message_id: str | None = None
    group_id: str | None = None
    count: int | None = None
    reason: str | None = None
    text: str | None = None
    charges: Decimal = Decimal(0)


def movements(entry: Entry) -> Iterator[Movement]:
    """What one entry of a statement or notification says about payments.

    Entries that are not booked say nothing. An entry without details that names a group (``PmtInfId``) or a message
    (``MsgId``) is the booking of all its payments.
    """
    if entry.status != "BOOK":
        return
    if not entry.details:
        if entry.batch is not None and (entry.batch.payment_information_id or entry.batch.message_id):
            yield _of_group(entry)
        return
    for number, detail in enumerate(entry.details):
        references = detail.references
        group = references.payment_information_id or (entry.batch.payment_information_id if entry.batch else None)
        named = references.end_to_end_id or references.instruction_id or references.uetr or references.mandate_id
        if not named and not group:
            continue
        if not named and len(entry.details) == 1 and detail.return_reason is None:
            yield _of_group(entry)
            continue
        yield _of_detail(entry, detail, number, group)


def _of_group(entry: Entry) -> Movement:
    batch = entry.batch
    return Movement(
        kind=RETURNED if _is_return(entry, None) else BOOKED,
        key=_key(entry, "group"),
        money=entry.money,
        booked_on=entry.booking_date,
        message_id=batch.message_id if batch else None,
        group_id=batch.payment_information_id if batch else None,
        count=(batch.count if batch else None) or 0,
    )


def _of_detail(entry: Entry, detail: Detail, number: int, group: str | None) -> Movement:
    references = detail.references
    money = detail.money or entry.money
    reason = detail.return_reason
    inside = (one for one in detail.charges if one.included is not False and one.money.currency == money.currency)
    kept = sum((-one.money.amount for one in inside), Decimal(0))
    return Movement(
        kind=RETURNED if _is_return(entry, detail) else BOOKED,
        key=_key(entry, references.uetr or references.end_to_end_id or references.transaction_id or str(number)),
        money=money,
        booked_on=entry.booking_date,
        end_to_end_id=references.end_to_end_id,
        instruction_id=references.instruction_id,
        uetr=references.uetr,
        mandate_id=references.mandate_id,
        message_id=references.message_id,
        group_id=group,
        reason=reason.code if reason else None,
        text=reason.text if reason else None,
        charges=max(kept, Decimal(0)),
    )


def _is_return(entry: Entry, detail: Detail | None) -> bool:
    if entry.is_reversal or (detail is not None and detail.return_reason is not None):
        return True
    codes = [entry.transaction_code, detail.transaction_code if detail else None]
    return any(code is not None and code.subfamily in RETURNS for code in codes)


def _key(entry: Entry, which: str) -> str:
    """The bank's own reference where there is one: notification and statement then tell the same key."""
    reference = entry.account_servicer_reference or entry.entry_reference
    place = reference or f"{entry.booking_date}/{entry.money.amount}"
    return f"{place}/{which}"
