"""The bank's statements for its branches in Spain (Norma 43) and France (CFONB 120).

Written from the booklets, apart from the readers of the product. Neither tells a bank's own reference of a booking.
"""

from __future__ import annotations

from decimal import Decimal
from typing import BinaryIO

from sandbox.bank.model import Booking, Statement, quantum
from sandbox.bank.words import iban_of, name_of, one_of, text_of

#: ISO 4217
_NUMBERS = {"EUR": "978", "USD": "840", "GBP": "826"}
_CREDIT, _DEBIT = "{ABCDEFGHI", "}JKLMNOPQR"


def _plain(text: str, width: int) -> str:
    kept = "".join(character if character.isascii() and character.isprintable() else "." for character in text)
    return kept[:width].ljust(width)


def _write(stream: BinaryIO, rows: list[str], length: int) -> None:
    for row in rows:
        assert len(row) == length, row
        stream.write(row.encode("ascii") + b"\r\n")


# -- Norma 43 ------------------------------------------------------------------------------------


def _cents(amount: Decimal) -> str:
    return f"{int(abs(amount) * 100):014d}"


def _side(amount: Decimal) -> str:
    return "1" if amount < 0 else "2"


def write_norma43(stream: BinaryIO, statement: Statement) -> None:
    """One account: each movement has two records of text; the account is told without its four check digits."""
    account = statement.account
    number = account.iban[4:12] + account.iban[14:]
    currency = _NUMBERS[account.currency]
    rows = [
        f"11{number}{statement.from_date:%y%m%d}{statement.to_date:%y%m%d}{_side(statement.opening)}"
        f"{_cents(statement.opening)}{currency}3{_plain(account.owner, 26)}   "
    ]
    for booking in statement.bookings:
        text = _plain(f"{iban_of(booking)} {text_of(booking)}", 152)
        rows.append(
            f"22    {number[4:8]}{booking.booking_date:%y%m%d}{booking.value_date:%y%m%d}04007{_side(booking.amount)}"
            f"{_cents(booking.amount)}{'':0>10}{'':0>12}{booking.reference[-16:]:<16}"
        )
        rows += [f"2301{text[:76]}", f"2302{text[76:]}"]
    debits = [booking.amount for booking in statement.bookings if booking.amount < 0]
    credits = [booking.amount for booking in statement.bookings if booking.amount > 0]
    rows.append(
        f"33{number}{len(debits):05d}{_cents(sum(debits, Decimal(0)))}{len(credits):05d}"
        f"{_cents(sum(credits, Decimal(0)))}{_side(statement.closing)}{_cents(statement.closing)}{currency}    "
    )
    rows.append(f"88{'9' * 18}{len(rows):06d}{'':54}")
    _write(stream, rows, 80)


# -- CFONB 120 -----------------------------------------------------------------------------------


def _signed(amount: Decimal, currency: str) -> str:
    units = int(abs(amount) / quantum(currency))
    return f"{units // 10:013d}{(_DEBIT if amount < 0 else _CREDIT)[units % 10]}"


def _notes(booking: Booking) -> list[tuple[str, str]]:
    transaction = one_of(booking)
    name, account = ("NPY", "CPY") if booking.amount > 0 else ("NBE", "CBE")
    text = _plain(text_of(booking), 140)
    told = (
        (name, _plain(name_of(booking), 70)),
        (account, iban_of(booking)),
        ("LCC", text[:70]),
        ("LC2", text[70:]),
        ("RCN", (transaction.end_to_end_id or "") if transaction else ""),
    )
    return [(kind, words) for kind, words in told if words.strip()]


def write_cfonb120(stream: BinaryIO, statement: Statement) -> None:
    """One account, told without its key; what a booking says beside its label stands in records 05."""
    account, currency = statement.account, statement.account.currency
    bank, branch, number = account.iban[4:9], account.iban[9:14], account.iban[14:25]
    places = -int(quantum(currency).as_tuple().exponent)

    def head(kind: str, own: str, operation: str, day: str) -> str:
        return f"{kind}{bank}{own:4}{branch}{currency}{places} {number}{operation:2}{day}"

    def balance(kind: str, amount: Decimal, day: str) -> str:
        return f"{head(kind, '', '', day)}{'':50}{_signed(amount, currency)}{'':16}"

    rows = [balance("01", statement.opening, f"{statement.from_date:%d%m%y}")]
    for booking in statement.bookings:
        begin = head("{}", "0158", "05" if booking.amount > 0 else "06", f"{booking.booking_date:%d%m%y}")
        rows.append(
            f"{begin.format('04')}  {booking.value_date:%d%m%y}{'VIREMENT':31}  {'':0>7}  "
            f"{_signed(booking.amount, currency)}{booking.reference[-16:]:16}"
        )
        rows += [f"{begin.format('05')}     {kind}{words:70}  " for kind, words in _notes(booking)]
    rows.append(balance("07", statement.closing, f"{statement.to_date:%d%m%y}"))
    _write(stream, rows, 120)
