"""What two readers make of one BAI2 file, in one shape: ours, and the package ``bai2`` (Ministry of Justice, MIT).

The two share no code and were written from different papers; the package keeps the amounts as the file
has them and names the direction by its own table of type codes. Texts are compared by their letters and
digits: how lines are joined is left to the reader by the standard.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bai2 import bai2 as other
from bai2.constants import TypeCodeTransaction
from bai2.models import TransactionDetail

from odoo.addons.finance_bank_sync.formats.bai2.account import CHEQUES
from odoo.addons.finance_bank_sync.formats.bai2.reader import Bai2
from odoo.addons.finance_bank_sync.formats.bai2.records import places
from odoo.addons.finance_bank_sync.formats.model import Entry, StatementEnd, StatementStart

#: balances that both name, by type code
BALANCES = {"OPBD": "010", "CLBD": "015", "OPAV": "040", "CLAV": "045", "ITAV": "060", "INFO": "030"}


@dataclass(frozen=True)
class Booking:
    """One record 16; the amount is signed, in the currency's smallest unit."""

    type_code: str
    amount: int
    value_date: date | None
    bank_reference: str
    customer_reference: str
    text: str


@dataclass(frozen=True)
class Reading:
    """One record 03 with its bookings."""

    number: str
    currency: str
    day: date | None
    balances: tuple[tuple[str, int], ...]
    bookings: tuple[Booking, ...]


def _letters(text: str | None) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text or "")


def _smallest(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(places(currency)))


def ours(data: bytes) -> list[Reading]:
    """Read with the suite.

    :raise FormatError: the file is refused
    """
    result: list[Reading] = []
    start: StatementStart | None = None
    bookings: list[Booking] = []
    for event in Bai2().parse(io.BytesIO(data)):
        if isinstance(event, StatementStart):
            start, bookings = event, []
        elif isinstance(event, Entry):
            (detail,) = event.details
            assert event.transaction_code is not None
            bookings.append(
                Booking(
                    type_code=event.transaction_code.proprietary or "",
                    amount=_smallest(event.money.amount, event.money.currency),
                    value_date=event.value_date,
                    bank_reference=event.account_servicer_reference or "",
                    customer_reference=detail.references.end_to_end_id or detail.references.cheque_number or "",
                    text=_letters(detail.remittance),
                )
            )
        elif isinstance(event, StatementEnd):
            assert start is not None
            currency = start.account.currency or ""
            result.append(
                Reading(
                    number=start.account.iban or start.account.number or "",
                    currency=currency,
                    day=start.to_date,
                    balances=tuple(
                        sorted((BALANCES[item.code], _smallest(item.money.amount, currency)) for item in event.balances)
                    ),
                    bookings=tuple(bookings),
                )
            )
    return result


def theirs(data: bytes) -> list[Reading]:
    """Read with the package, control totals and counts of records checked.

    :raise Exception: the file is refused; the package raises whatever its fields raise
    """
    parsed = other.parse_from_string(data.decode("latin-1"))
    return [
        Reading(
            number=account.header.customer_account_number.replace(" ", ""),
            currency=account.header.currency or group.header.currency,
            day=group.header.as_of_date,
            balances=tuple(
                sorted(
                    (item.type_code.code, item.amount)
                    for item in account.header.summary_items
                    if item.type_code.code in BALANCES.values() and item.amount is not None
                )
            ),
            bookings=tuple(_booking(item) for item in account.children),
        )
        for group in parsed.children
        for account in group.children
    ]


def _booking(item: TransactionDetail) -> Booking:
    debit = item.type_code.transaction is TypeCodeTransaction.debit
    customer, bank = item.customer_reference or "", item.bank_reference or ""
    if item.type_code.code in CHEQUES and not customer and bank.isdigit():
        customer = bank  # ours takes the number of a cheque from either
    return Booking(
        type_code=item.type_code.code,
        amount=-item.amount if debit else item.amount,
        value_date=(item.availability or {}).get("date"),
        bank_reference=bank,
        customer_reference=customer,
        text=_letters(item.text),
    )
