"""The books of the bank: accounts, bookings, and the statements that close its days.

A day is closed once. A statement takes every booking since the last one, its opening balance is the last closing
balance, and its sequence numbers follow without a gap: the electronic one starts again every year, the legal one never
does (camt spec section 2). Everything is kept in one SQLite file, so the next run goes on where the last one ended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from sandbox.bank import codec, identifiers
from sandbox.bank.model import Account, Booking, Statement, quantum, totals_of

#: The bank lives one hour east of Greenwich, so that dates read through UTC come out wrong.
ZONE = timezone(timedelta(hours=1))

_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    iban TEXT PRIMARY KEY, currency TEXT NOT NULL, owner TEXT NOT NULL, bic TEXT NOT NULL, opening TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS booking (
    id INTEGER PRIMARY KEY, iban TEXT NOT NULL REFERENCES account, day TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE, amount TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS booking_day ON booking (iban, day, id);
CREATE TABLE IF NOT EXISTS statement (
    id INTEGER PRIMARY KEY, iban TEXT NOT NULL REFERENCES account, identification TEXT NOT NULL,
    from_day TEXT NOT NULL, to_day TEXT NOT NULL, electronic INTEGER NOT NULL, legal INTEGER NOT NULL,
    opening TEXT NOT NULL, closing TEXT NOT NULL, UNIQUE (iban, identification),
    UNIQUE (iban, to_day), UNIQUE (iban, legal));
"""


class LedgerError(Exception):
    """The bank refuses: unknown account, closed day, wrong account number."""


class Ledger:
    """The books, kept in a SQLite file (``:memory:`` for tests)."""

    def __init__(self, path: str | Path = ":memory:") -> None:
        self._db = sqlite3.connect(str(path), isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """Everything booked and closed inside is forgotten at the end."""
        self._db.execute("SAVEPOINT rehearsal")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK TO rehearsal")
            self._db.execute("RELEASE rehearsal")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is kept together or not at all."""
        self._db.execute("SAVEPOINT work")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO work")
            raise
        finally:
            self._db.execute("RELEASE work")

    # --- accounts ---------------------------------------------------------------------------------

    def open_account(
        self, iban: str, *, currency: str, owner: str, bic: str | None = None, opening: Decimal = Decimal(0)
    ) -> Account:
        """Open an account; opening it again returns it, unless the currency differs."""
        iban = identifiers.compact(iban)
        if not identifiers.is_iban(iban):
            raise LedgerError(f"{iban} is not an IBAN: its check digits are wrong")
        self._db.execute(
            "INSERT INTO account VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (iban, currency, owner, bic or identifiers.bic_of(iban), str(opening)),
        )
        account = self.account(iban)
        if account.currency != currency:
            raise LedgerError(f"{iban} is kept in {account.currency}, not in {currency}")
        return account

    def account(self, iban: str) -> Account:
        """The account with this number."""
        row = self._db.execute("SELECT * FROM account WHERE iban = ?", (identifiers.compact(iban),)).fetchone()
        if row is None:
            raise LedgerError(f"the bank keeps no account {iban}")
        return Account(iban=row["iban"], currency=row["currency"], owner=row["owner"], bic=row["bic"])

    # --- bookings ---------------------------------------------------------------------------------

    def book(self, iban: str, booking: Booking) -> Booking:
        """Enter a booking and return it with the bank's own reference (AcctSvcrRef)."""
        account = self.account(iban)
        closed = self.closed_until(account.iban)
        if closed and booking.booking_date <= closed:
            raise LedgerError(f"{booking.booking_date} is closed on {account.iban} (last statement: {closed})")
        if booking.amount != booking.amount.quantize(quantum(account.currency)):
            raise LedgerError(f"{booking.amount} is not an amount of {account.currency}")
        number = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM booking").fetchone()[0]
        booking = replace(booking, reference=f"SB{booking.booking_date:%Y%m%d}{number:08d}")
        self._db.execute(
            "INSERT INTO booking VALUES (?, ?, ?, ?, ?, ?)",
            (
                number,
                account.iban,
                booking.booking_date.isoformat(),
                booking.reference,
                str(booking.amount),
                codec.dumps(booking),
            ),
        )
        return booking

    def bookings(self, iban: str, from_day: date, to_day: date) -> tuple[Booking, ...]:
        """Bookings of a period in the order they were made."""
        rows = self._db.execute(
            "SELECT body FROM booking WHERE iban = ? AND day BETWEEN ? AND ? ORDER BY day, id",
            (iban, from_day.isoformat(), to_day.isoformat()),
        )
        return tuple(codec.loads(Booking, row["body"]) for row in rows)

    def balance(self, iban: str, day: date | None = None) -> Decimal:
        """Booked balance at the end of a day, or of everything."""
        account = self.account(iban)
        row = self._db.execute("SELECT opening FROM account WHERE iban = ?", (account.iban,)).fetchone()
        amounts = self._db.execute(
            "SELECT amount FROM booking WHERE iban = ? AND day <= ?", (account.iban, (day or date.max).isoformat())
        )
        total = sum((Decimal(item["amount"]) for item in amounts), Decimal(row["opening"]))
        return total.quantize(quantum(account.currency))

    # --- statements -------------------------------------------------------------------------------

    def closed_until(self, iban: str) -> date | None:
        """Last day a statement was made for."""
        row = self._last(iban)
        return date.fromisoformat(row["to_day"]) if row else None

    def close_day(self, iban: str, day: date) -> Statement:
        """Make the statement of a day: it takes all bookings since the last statement."""
        account = self.account(iban)
        last = self._last(account.iban)
        if last and day <= date.fromisoformat(last["to_day"]):
            raise LedgerError(f"{day} is closed on {account.iban} already")
        first = self._db.execute(
            "SELECT min(day) FROM booking WHERE iban = ? AND day > ? AND day <= ?",
            (account.iban, last["to_day"] if last else "", day.isoformat()),
        ).fetchone()[0]
        same_year = last is not None and date.fromisoformat(last["to_day"]).year == day.year
        electronic = last["electronic"] + 1 if last and same_year else 1
        legal = last["legal"] + 1 if last else 1
        before = date.fromisoformat(first or day.isoformat()) - timedelta(days=1)
        self._db.execute(
            "INSERT INTO statement (iban, identification, from_day, to_day, electronic, legal, opening, closing)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account.iban,
                f"{account.iban[-8:]}-{day:%Y%m%d}-{electronic:05d}",
                first or day.isoformat(),
                day.isoformat(),
                electronic,
                legal,
                str(self.balance(account.iban, before)),
                str(self.balance(account.iban, day)),
            ),
        )
        return self.statements(account.iban)[-1]

    def statements(self, iban: str) -> list[Statement]:
        """All statements of an account, oldest first."""
        account = self.account(iban)
        rows = self._db.execute("SELECT * FROM statement WHERE iban = ? ORDER BY legal", (account.iban,)).fetchall()
        return [self._statement(account, row) for row in rows]

    def report(self, iban: str, from_day: date, to_day: date) -> Statement:
        """A report over a freely chosen period, as a portal offers it: it may overlap statements already made."""
        account = self.account(iban)
        bookings = self.bookings(account.iban, from_day, to_day)
        return Statement(
            identification=f"{account.iban[-8:]}-{from_day:%Y%m%d}-{to_day:%Y%m%d}",
            account=account,
            from_date=from_day,
            to_date=to_day,
            created_at=created_at(to_day),
            opening=self.balance(account.iban, from_day - timedelta(days=1)),
            closing=self.balance(account.iban, to_day),
            bookings=bookings,
            totals=totals_of(bookings),
        )

    def _last(self, iban: str) -> Any:
        query = "SELECT * FROM statement WHERE iban = ? ORDER BY legal DESC LIMIT 1"
        return self._db.execute(query, (identifiers.compact(iban),)).fetchone()

    def _statement(self, account: Account, row: sqlite3.Row) -> Statement:
        from_day, to_day = date.fromisoformat(row["from_day"]), date.fromisoformat(row["to_day"])
        bookings = self.bookings(account.iban, from_day, to_day)
        return Statement(
            identification=row["identification"],
            account=account,
            from_date=from_day,
            to_date=to_day,
            created_at=created_at(to_day),
            opening=Decimal(row["opening"]),
            closing=Decimal(row["closing"]),
            bookings=bookings,
            totals=totals_of(bookings),
            electronic_sequence=row["electronic"],
            legal_sequence=row["legal"],
        )


def created_at(day: date) -> datetime:
    """When the bank makes the statement of a day: shortly after its midnight, hence still the day before in UTC."""
    return datetime.combine(day + timedelta(days=1), time(0, 30), ZONE)
