"""Identities: when are two statements, or two bookings, the same one (K-03).

No field of a bank statement is guaranteed to be unique (references are reused, identifications
start again each year), so a key is made of the content and counts what looks the same:
twins on one day stay two, the same day in an overlapping file vanishes. That holds as long as
files carry whole days; a file that cuts a day between two identical bookings cannot be told
from a file that repeats one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ..formats.model import Account, Balance, Entry, StatementStart
from . import balance

VERSION = "v1"


def _digest(parts: Iterable[object]) -> str:
    # length-prefixed: ("ab", "c") and ("a", "bc") must not collide
    text = "".join(f"{len(piece)}:{piece}" for piece in ("" if part is None else str(part) for part in parts))
    return hashlib.sha256(text.encode()).hexdigest()


def statement_key(start: StatementStart, balances: Iterable[Balance]) -> str:
    """Identity of a statement: account, identification, sequence, page and the period it covers."""
    listed = list(balances)
    closing = balance.closing(listed)
    period = start.to_date or (closing.date if closing else None) or start.from_date
    return f"{VERSION}:" + _digest(
        (
            start.account.iban or start.account.number,
            start.identification,
            start.electronic_sequence,
            start.page_number,
            start.from_date,
            period,
        )
    )


class EntryKeys:
    """Gives the entries of one statement their identities, in order.

    The counter per content is what keeps twins apart, so one object serves one statement.
    """

    def __init__(self, account: Account) -> None:
        self._account = account.iban or account.number
        self._seen: dict[bytes, int] = {}

    def key(self, entry: Entry) -> str:
        """:return: ``v1:<digest>:<occurrence>``"""
        digest = _digest(
            (
                self._account,
                entry.booking_date or entry.value_date,
                entry.value_date,
                format(entry.money.amount.normalize(), "f"),
                entry.money.currency,
                entry.account_servicer_reference or entry.entry_reference,
                *(part for detail in entry.details for part in self._of_detail(detail)),
                entry.additional_information,
            )
        )
        short = bytes.fromhex(digest[:32])
        number = self._seen[short] = self._seen.get(short, 0) + 1
        return f"{VERSION}:{digest[:40]}:{number}"

    @staticmethod
    def _of_detail(detail) -> tuple[object, ...]:  # type: ignore[no-untyped-def]
        party = detail.counterparty
        return (
            detail.references.end_to_end_id,
            detail.references.transaction_id,
            "|".join(detail.structured_references),
            detail.remittance,
            (party.iban or party.account_number or party.name) if party else None,
        )


class ContentDigest:
    """Running digest of what a statement says, to tell a repeated statement from a changed one."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, piece: str) -> None:
        self._hash.update(f"{len(piece)}:{piece}".encode())

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
