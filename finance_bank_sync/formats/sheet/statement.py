"""The statements of a table: its rows by account, in the order of time, with the balances that are printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ..model import Account, Balance, FormatError, Money, StatementEnd, StatementEvent, StatementStart
from ..text_values import compact, is_iban
from .around import Around
from .around import balances as around_balances
from .booking import Row
from .profile import SheetProfile
from .words import is_turnover

_Key = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class Table:
    """The rows of one table, and what stands around them."""

    profile: SheetProfile
    code: str
    rows: list[Row]
    around: Around = field(default_factory=Around)
    #: what a person is to know of it
    warnings: tuple[tuple[str, str], ...] = ()


def statements(table: Table) -> Iterator[StatementEvent]:
    """Yield a statement for each account, and for each currency where balances are told in several.

    :raise FormatError: a row holds a balance only, and those beside it another one
    """
    profile, rows = table.profile, _without_totals(table.rows)
    if _is_newest_first(rows, profile.newest_first):
        rows.reverse()
    groups = _groups(rows) or {(compact(profile.account), profile.currency): rows}
    for (number, currency), members in groups.items():
        if not number:
            raise FormatError("account_missing", "The file names no account")
        # what stands around the rows of several accounts tells nothing about one of them
        around = table.around if len(groups) == 1 else Around()
        yield from _statement(replace(table, rows=members, around=around), number, currency)


def _is_newest_first(rows: list[Row], newest_first: bool) -> bool:
    """What the profile says, unless the days of the first and the last row say otherwise."""
    days = [row.booked for row in rows if row.booked and row.detail is not None and row.status == "BOOK"]
    if not days or days[0] == days[-1]:
        return newest_first
    return days[0] > days[-1] if newest_first or days == sorted(days, reverse=True) else False


def _without_totals(rows: list[Row]) -> list[Row]:
    """Leave out rows that have a day, are called a turnover, and are the sum of all debits or of all credits."""
    called = [row for row in rows if row.detail is not None and is_turnover(row.detail.remittance or "")]
    if not called:
        return rows
    sums: dict[tuple[str, str, bool], Decimal] = {}
    for row in rows:
        if row.detail is not None and row.status == "BOOK" and row not in called:
            key = (row.account, row.currency, row.amount < 0)
            sums[key] = sums.get(key, Decimal(0)) + row.amount
    totals = [row for row in called if sums.get((row.account, row.currency, row.amount < 0)) == row.amount]
    return [row for row in rows if row not in totals]


def _groups(rows: list[Row]) -> dict[_Key, list[Row]]:
    accounts = {row.account: compact(row.account).strip("'") for row in rows}
    has_balances = any(row.balance is not None for row in rows)
    currencies = {row.currency for row in rows if row.currency}
    # a balance that stands alone may tell no currency: it is of the booking beside it
    beside = rows[0].currency or min(currencies, default="") if rows else ""
    groups: dict[_Key, list[Row]] = {}
    for row in rows:
        beside = row.currency or beside
        key = (accounts[row.account], beside if has_balances else "")
        groups.setdefault(key, []).append(row)
    return groups


def _statement(table: Table, number: str, currency: str) -> Iterator[StatementEvent]:
    rows = _placed(table.rows)
    _check_balances(rows)
    booked = [row for row in rows if row.detail is not None]
    currency = currency or (booked[0].currency if booked else rows[0].currency if rows else "")
    balances = _told(table, rows, _balances(rows, currency), currency)
    days = [row.booked for row in booked if row.booked]
    iban = is_iban(number)
    yield StatementStart(
        format=table.code,
        account=Account(iban=number if iban else None, number=None if iban else number, currency=currency or None),
        from_date=min(days, default=None),
        to_date=max(days, default=None),
        balances=balances,
    )
    for position, row in enumerate(booked, 1):
        yield row.entry_at(position)
    yield StatementEnd(balances=balances, warnings=table.warnings)


def _told(table: Table, rows: list[Row], found: tuple[Balance, ...], currency: str) -> tuple[Balance, ...]:
    """Add what is told around the rows, unless the balances beside them prove them."""
    if len(found) > 1 or not currency or not (table.around.above or table.around.below):
        return found
    booked = [row for row in rows if row.status == "BOOK" and row.detail is not None]
    days = [row.booked for row in booked if row.booked]
    moved = sum((row.amount for row in booked), Decimal(0))
    ends = [("OPBD", rows[0]), ("CLBD", rows[-1])] if len(rows) > 1 else []
    known = [
        Balance(code=code, money=Money(amount=row.balance, currency=currency), date=row.booked)
        for code, row in ends
        if row.detail is None and row.balance is not None
    ]
    told = around_balances(table.around, table.profile, currency, days, moved, known)
    return found if found and {balance.code for balance in told} != {"OPBD", "CLBD"} else told


def _placed(rows: list[Row]) -> list[Row]:
    """Put balances that stand above or below all bookings where they belong: banks write both of them at one end."""
    bookings = [at for at, row in enumerate(rows) if row.detail is not None]
    days = [row.booked for row in rows if row.detail is not None and row.booked]
    if not bookings or len(bookings) == len(rows):
        return rows
    middle = rows[bookings[0] : bookings[-1] + 1]
    sides: tuple[list[Row], list[Row]] = ([], [])
    for is_below, run in ((False, rows[: bookings[0]]), (True, rows[bookings[-1] + 1 :])):
        for row in run:
            sides[_is_closing(row, middle, days, is_below=is_below)].append(row)
    return [*sides[False], *middle, *sides[True]]


def _is_closing(row: Row, middle: list[Row], days: list[date], *, is_below: bool) -> bool:
    """Say whether a balance is the closing one: by its day, else by the balances beside it, else by its place."""
    if row.booked and days and (row.booked < min(days) or row.booked > max(days)):
        return row.booked > max(days)
    booked = [other for other in middle if other.status == "BOOK"]
    if booked and booked[0].balance is not None and booked[-1].balance is not None:
        is_opening = booked[0].balance - booked[0].amount == row.balance
        if is_opening != (booked[-1].balance == row.balance):
            return not is_opening
    return is_below


def _check_balances(rows: list[Row]) -> None:
    """A row without an amount is a balance if its name says so, or else if the rows beside it agree.

    Between bookings the name is not enough where the figure stands in the column of the amount: somebody may have
    written it for a payment.
    """
    known: Decimal | None = None
    bookings = [at for at, row in enumerate(rows) if row.detail is not None]
    for at, row in enumerate(rows):
        if row.detail is None:
            is_between = bool(bookings) and bookings[0] < at < bookings[-1]
            if row.is_as_amount and is_between and not _agrees(row, known, rows[at + 1 :]):
                raise FormatError(
                    "balance_or_booking",
                    "The row is called like a balance, and nothing beside it proves that: change its text if it is a"
                    " payment, take it out of the file if not",
                    place=f"line {row.line}, column {row.column}",
                )
            if not row.is_named and not _fits(row, known, rows[at + 1 :]):
                raise FormatError(
                    "amount_missing",
                    "The row has no amount, and its balance is not that of the rows beside it",
                    place=f"line {row.line}, column {row.column}",
                )
            known = row.balance
        elif row.status == "BOOK":
            known = row.balance if row.balance is not None else None if known is None else known + row.amount


def _fits(row: Row, known: Decimal | None, behind: list[Row]) -> bool:
    if known is not None:
        return known == row.balance
    for other in behind:
        if other.detail is None:
            return other.balance == row.balance
        if other.status == "BOOK":
            return other.balance is not None and row.balance is not None and other.balance - other.amount == row.balance
    return True


def _agrees(row: Row, known: Decimal | None, behind: list[Row]) -> bool:
    """Say whether the balance before a row, or the next one behind it, makes the row a balance."""
    if known is not None:
        return known == row.balance
    running = row.balance or Decimal(0)
    for other in behind:
        if other.status == "BOOK":
            running += other.amount
            if other.balance is not None:
                return other.balance == running
    return False


def _balances(rows: list[Row], currency: str) -> tuple[Balance, ...]:
    """Take the balances that stand beside the rows, or in rows of their own.

    The balance after a booking, less all bookings up to it, is what the bank had before them: figures that are
    printed. Without a balance at the end, or with one alone for several bookings, there is nothing to prove with.
    """
    rows = [row for row in rows if row.status == "BOOK"]
    if not rows or rows[-1].balance is None:
        return ()
    moved = Decimal(0)
    for first in rows:
        moved += first.amount
        if first.balance is not None:
            break
    if first is rows[-1] and first.detail is not None and len(rows) > 1:
        return ()
    last = rows[-1]
    assert first.balance is not None and last.balance is not None
    days = [row.booked for row in rows if row.booked]

    def balance(code: str, amount: Decimal, day: date | None) -> Balance:
        return Balance(code=code, money=Money(amount=amount, currency=currency), date=day)

    opening = balance("OPBD", first.balance - moved, first.booked or min(days, default=None))
    closing = balance("CLBD", last.balance, last.booked or max(days, default=None))
    if first is last and first.detail is None:
        # one balance alone, which no other figure can prove
        return (opening,) if len(rows) == 1 else (closing,)
    return (opening, closing)
