"""The bank's own book of what it has carried out: nobody else's word counts when payments are compared.

An execution is written, and its money booked, before anything is answered. The book is a SQLite file, so it outlives
the bank.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.bank.ledger import Ledger, LedgerError
from sandbox.bank.model import BankCode, Batch, Booking, Charge, Party, ReturnReason, Structured, Transaction
from sandbox.payments.orders import Order

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS execution (
    id INTEGER PRIMARY KEY, message_id TEXT NOT NULL, group_id TEXT NOT NULL, end_to_end_id TEXT NOT NULL,
    iban TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL,
    is_debit INTEGER NOT NULL, mandate_id TEXT, uetr TEXT, day TEXT NOT NULL, reference TEXT NOT NULL,
    returned TEXT);
CREATE INDEX IF NOT EXISTS execution_id ON execution (end_to_end_id);
"""
_SENT = BankCode(domain="PMNT", family="ICDT", subfamily="ESCT")
_COLLECTED = BankCode(domain="PMNT", family="IDDT", subfamily="ESDD")
_SENT_BACK = BankCode(domain="PMNT", family="ICDT", subfamily="RRTN")
_UNPAID = BankCode(domain="PMNT", family="IDDT", subfamily="UPDD")


class Executions:
    """What was carried out, and what came back."""

    def __init__(self, ledger: Ledger, path: str | Path = ":memory:") -> None:
        self.ledger = ledger
        self._db = sqlite3.connect(str(path), isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def is_new(self, message_id: str, name: str) -> bool:
        """Note a message; say whether it was not there before."""
        found = self._db.execute("INSERT INTO message VALUES (?, ?) ON CONFLICT DO NOTHING", (message_id, name))
        return found.rowcount == 1

    def execute(self, orders: Iterable[Order], day: date) -> None:
        """Carry out orders: those of a group that is booked as one come as one booking."""
        single: list[Order] = []
        batches: dict[tuple[str, str], list[Order]] = {}
        for order in orders:
            if order.is_batch:
                batches.setdefault((order.message_id, order.group_id), []).append(order)
            else:
                single.append(order)
        for members in (*([one] for one in single), *batches.values()):
            self._book(members, day)

    def send_back(self, end_to_end_id: str, reason: str, day: date, fee: Decimal = Decimal(0), text: str = "") -> str:
        """The money comes back; :return: the reference of the booking.

        :raise LedgerError: there is no such execution that has not come back yet
        """
        row = self._db.execute(
            "SELECT * FROM execution WHERE end_to_end_id = ? AND returned IS NULL ORDER BY id LIMIT 1", (end_to_end_id,)
        ).fetchone()
        if row is None:
            raise LedgerError(f"nothing with the id {end_to_end_id} was executed, or it is back already")
        # a transfer comes back less the fee; an unpaid collection takes away the fee as well
        amount = -Decimal(row["amount"]) - fee if row["is_debit"] else Decimal(row["amount"]) - fee
        charges = (Charge(amount=-fee, included=True),) if fee else ()
        transaction = Transaction(
            amount=amount,
            counterparty=Party(name=row["name"], iban=row["account"]),
            end_to_end_id=end_to_end_id,
            message_id=row["message_id"],
            payment_information_id=row["group_id"],
            uetr=row["uetr"],
            mandate_id=row["mandate_id"],
            charges=charges,
            return_reason=ReturnReason(code=reason, text=text or None),
        )
        booking = Booking(
            amount=amount,
            booking_date=day,
            value_date=day,
            code=_UNPAID if row["is_debit"] else _SENT_BACK,
            transactions=(transaction,),
        )
        reference = self.ledger.book(row["iban"], booking).reference
        self._db.execute("UPDATE execution SET returned = ? WHERE id = ?", (reason, row["id"]))
        return reference

    def all(self) -> list[dict[str, Any]]:
        """Every execution in the order of time."""
        return [dict(row) for row in self._db.execute("SELECT * FROM execution ORDER BY id")]

    def counts(self) -> dict[str, int]:
        """How often each end-to-end id was carried out: more than once is what must never be."""
        rows = self._db.execute("SELECT end_to_end_id, count(*) FROM execution GROUP BY end_to_end_id")
        return {row[0]: row[1] for row in rows}

    def _book(self, members: list[Order], day: date) -> None:
        first = members[0]
        sign = 1 if first.is_debit else -1
        transactions = tuple(_transaction(order, sign) for order in members)
        booking = Booking(
            amount=sum((one.amount for one in transactions), Decimal(0)),
            booking_date=day,
            value_date=day,
            code=_COLLECTED if first.is_debit else _SENT,
            batch=Batch(message_id=first.message_id, payment_information_id=first.group_id) if first.is_batch else None,
            transactions=transactions,
        )
        reference = self.ledger.book(first.iban, booking).reference
        self._db.executemany(
            "INSERT INTO execution (message_id, group_id, end_to_end_id, iban, account, name, amount, currency,"
            " is_debit, mandate_id, uetr, day, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (one.message_id, one.group_id, one.end_to_end_id, one.iban, one.account, one.name, str(one.amount))
                + (one.currency, int(one.is_debit), one.mandate_id, one.uetr, day.isoformat(), reference)
                for one in members
            ],
        )


def _transaction(order: Order, sign: int) -> Transaction:
    structured = (Structured(reference=order.reference, kind="SCOR"),) if order.reference else ()
    return Transaction(
        amount=sign * order.amount,
        counterparty=Party(name=order.name or None, iban=order.account),
        message_id=order.message_id,
        payment_information_id=order.group_id,
        instruction_id=order.instruction_id,
        end_to_end_id=order.end_to_end_id,
        uetr=order.uetr,
        mandate_id=order.mandate_id,
        structured=structured,
        text=(order.text,) if order.text else (),
    )
