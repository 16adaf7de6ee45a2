"""The bank's statements in the older formats: MT940, BAI2, OFX, CSV and CODA; ``fixed.py`` has Norma 43 and CFONB.

Written from the formats' own descriptions, apart from the readers of the product. They carry less than
camt.053: a collective booking is one amount, and a return is told by words.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO
from xml.sax.saxutils import escape

from sandbox.bank.fixed import write_cfonb120, write_norma43
from sandbox.bank.model import Booking, Statement, quantum
from sandbox.bank.words import iban_of, name_of, one_of, text_of

#: an SWIFT field 86 has six lines of 65 characters; a sub-field 20 to 29 has 27
_SUBFIELD = 27
_SUBFIELDS = [*range(20, 30), *range(60, 64)]
#: characters of SWIFT's set X that every bank lets through
_SWIFT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ ")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "é": "e"})


# -- MT940 -------------------------------------------------------------------------------------


def _swift(text: str) -> str:
    return "".join(character if character in _SWIFT else "." for character in text.translate(_UMLAUTS)).replace(
        "?", "."
    )


def _comma(amount: Decimal) -> str:
    return f"{abs(amount):f}".replace(".", ",") if "." in f"{amount:f}" else f"{abs(amount):f},"


def _balance(tag: str, amount: Decimal, day: str, currency: str) -> str:
    return f":{tag}:{'D' if amount < 0 else 'C'}{day}{currency}{_comma(amount)}"


def _info(booking: Booking) -> str:
    """Field 86 as German banks structure it: business code, ``?00`` text, ``?20`` to ``?29`` words, then who."""
    transaction = one_of(booking)
    words = ""
    if transaction and transaction.end_to_end_id:
        words += f"EREF+{transaction.end_to_end_id} "
    words = _swift(f"{words}SVWZ+{text_of(booking)}")
    pieces = [words[start : start + _SUBFIELD] for start in range(0, len(words), _SUBFIELD)]
    parts = ["166" if booking.amount > 0 else "116", "?00" + ("GUTSCHRIFT" if booking.amount > 0 else "UEBERWEISUNG")]
    parts += [f"?{place}{piece}" for place, piece in zip(_SUBFIELDS, pieces, strict=False)]
    if iban_of(booking):
        parts.append(f"?31{iban_of(booking)}")
    name = _swift(name_of(booking))
    if name:
        parts.append(f"?32{name[:_SUBFIELD]}")
    if name[_SUBFIELD:]:
        parts.append(f"?33{name[_SUBFIELD : 2 * _SUBFIELD]}")
    text = "".join(parts)
    # lines break anywhere: readers join them
    return "\r\n".join(text[start : start + 65] for start in range(0, len(text), 65))


def write_mt940(stream: BinaryIO, statement: Statement) -> None:
    """One message, bare, lines ended by CR and LF."""
    account = statement.account
    number = statement.electronic_sequence or 1
    lines = [
        f":20:{statement.identification[-16:]}",
        f":25:{account.iban}",
        f":28C:{number:05d}/001",
        _balance("60F", statement.opening, f"{statement.from_date:%y%m%d}", account.currency),
    ]
    for booking in statement.bookings:
        mark = ("RD" if booking.amount > 0 else "RC") if booking.is_reversal else ("C" if booking.amount > 0 else "D")
        lines.append(
            f":61:{booking.value_date:%y%m%d}{booking.booking_date:%m%d}{mark}{_comma(booking.amount)}"
            f"NTRFNONREF//{booking.reference[-16:]}"
        )
        lines.append(f":86:{_info(booking)}")
    lines += [_balance("62F", statement.closing, f"{statement.to_date:%y%m%d}", account.currency), "-"]
    stream.write(("\r\n".join(lines) + "\r\n").encode("ascii"))


# -- BAI2 ----------------------------------------------------------------------------------------


def _minor(amount: Decimal, currency: str) -> int:
    return int(amount / quantum(currency))


def write_bai2(stream: BinaryIO, statement: Statement) -> None:
    """One file with one group and one account; totals are sums of all amounts, counts are of all records."""
    account, currency = statement.account, statement.account.currency
    opening, closing = _minor(statement.opening, currency), _minor(statement.closing, currency)
    total = opening + closing
    records = [f"03,{account.iban},{currency},010,{opening},,,015,{closing},,/"]
    for booking in statement.bookings:
        amount = abs(_minor(booking.amount, currency))
        total += amount
        words = f"{name_of(booking)} {text_of(booking)}".translate(_UMLAUTS).encode("ascii", "replace").decode()
        text = " ".join(words.replace("/", " ").split())[:200]
        kind = 195 if booking.amount > 0 else 495
        records.append(f"16,{kind},{amount},V,{booking.value_date:%y%m%d},,{booking.reference},,{text or 'NONE'}")
    records.append(f"49,{total},{len(records) + 1}/")
    made = f"{statement.created_at:%y%m%d},{statement.created_at:%H%M}"
    lines = [
        f"01,{account.bic},COMPANY,{made},1,,,2/",
        f"02,COMPANY,{account.bic},1,{statement.to_date:%y%m%d},,{currency},2/",
        *records,
        f"98,{total},1,{len(records) + 2}/",
        f"99,{total},1,{len(records) + 4}/",
    ]
    stream.write(("\n".join(lines) + "\n").encode("ascii"))


# -- OFX -----------------------------------------------------------------------------------------


def _tag(name: str, text: object) -> str:
    return f"<{name}>{escape(str(text))}</{name}>"


def write_ofx(stream: BinaryIO, statement: Statement) -> None:
    """OFX 2: a list of transactions and the balance at its end; there is no opening balance."""
    account = statement.account
    made = f"{statement.created_at:%Y%m%d%H%M%S}"
    listed = "".join(
        "<STMTTRN>"
        + _tag("TRNTYPE", "CREDIT" if booking.amount > 0 else "DEBIT")
        + _tag("DTPOSTED", f"{booking.booking_date:%Y%m%d}")
        + _tag("TRNAMT", booking.amount)
        + _tag("FITID", booking.reference)
        + _tag("NAME", name_of(booking)[:32] or "NONE")
        + (_tag("MEMO", text_of(booking)[:255]) if text_of(booking) else "")
        + "</STMTTRN>"
        for booking in statement.bookings
    )
    status = "<STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
        '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
        f"<OFX><SIGNONMSGSRSV1><SONRS>{status}{_tag('DTSERVER', made)}{_tag('LANGUAGE', 'ENG')}</SONRS>"
        "</SIGNONMSGSRSV1>"
        f"<BANKMSGSRSV1><STMTTRNRS>{_tag('TRNUID', 1)}{status}<STMTRS>{_tag('CURDEF', account.currency)}"
        f"<BANKACCTFROM>{_tag('BANKID', account.bic)}{_tag('ACCTID', account.iban)}{_tag('ACCTTYPE', 'CHECKING')}"
        f"</BANKACCTFROM><BANKTRANLIST>{_tag('DTSTART', f'{statement.from_date:%Y%m%d}')}"
        f"{_tag('DTEND', f'{statement.to_date:%Y%m%d}')}{listed}</BANKTRANLIST>"
        f"<LEDGERBAL>{_tag('BALAMT', statement.closing)}{_tag('DTASOF', f'{statement.to_date:%Y%m%d}')}</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )
    stream.write(text.encode())


# -- CSV -----------------------------------------------------------------------------------------

CSV_HEADER = ("Booked", "Value", "Amount", "Balance", "Currency", "Name", "Account", "Text", "Reference")


def write_csv(stream: BinaryIO, statement: Statement) -> None:
    """As the online banking of this bank exports it: semicolons, decimal comma, the balance beside each row."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow(CSV_HEADER)
    writer.writerows(_rows(statement))
    stream.write(target.getvalue().encode("utf-8"))


def _rows(statement: Statement) -> Iterator[tuple[str, ...]]:
    balance = statement.opening
    for booking in statement.bookings:
        balance += booking.amount
        yield (
            f"{booking.booking_date:%d.%m.%Y}",
            f"{booking.value_date:%d.%m.%Y}",
            f"{booking.amount:f}".replace(".", ","),
            f"{balance:f}".replace(".", ","),
            statement.account.currency,
            name_of(booking),
            iban_of(booking),
            text_of(booking),
            booking.reference,
        )


# -- CODA --------------------------------------------------------------------------------------


def _fixed(text: str, width: int) -> str:
    """Pad or cut to a field of the record; only what every bank writes."""
    return _swift(text)[:width].ljust(width)


def _thousandths(amount: Decimal) -> str:
    return f"{1 if amount < 0 else 0}{int(abs(amount) * 1000):015d}"


def _day(day: date) -> str:
    return day.strftime("%d%m%y")


def write_coda(stream: BinaryIO, statement: Statement) -> None:
    """Records of 128 characters (Febelfin 2.6): a movement has 2.1, 2.2 and 2.3 if it tells a party."""
    account = statement.account
    number = f"{account.iban:<34}{account.currency}"
    rows = [
        f"1{'3'}{statement.electronic_sequence or 0:03d}{number}{_thousandths(statement.opening)}"
        f"{_day(statement.from_date)}{_fixed(account.owner, 26)}{_fixed('Current account', 35)}"
        f"{statement.electronic_sequence or 0:03d}"
    ]
    for place, booking in enumerate(statement.bookings, 1):
        at = f"{place % 10_000:04d}0000"
        transaction = one_of(booking)
        text = _fixed(text_of(booking), 149)
        rows.append(
            f"21{at}{_fixed(booking.reference, 21)}{_thousandths(booking.amount)}{_day(booking.value_date)}"
            f"00150000{'0'}{text[:53]}{_day(booking.booking_date)}00001 0"
        )
        rows.append(
            f"22{at}{text[53:106]}{_fixed((transaction.end_to_end_id or '') if transaction else '', 35)}{'':27}1 0"
        )
        rows.append(f"23{at}{iban_of(booking):<34}{account.currency}{_fixed(name_of(booking), 35)}{text[106:149]}0 0")
    rows.append(f"8{statement.electronic_sequence or 0:03d}{number}{_thousandths(statement.closing)}"
                f"{_day(statement.to_date)}{'':64}0")  # fmt: skip
    debit = sum((-booking.amount for booking in statement.bookings if booking.amount < 0), Decimal(0))
    credit = sum((booking.amount for booking in statement.bookings if booking.amount > 0), Decimal(0))
    head = (
        f"00000{_day(statement.created_at.date())}99905{'':8}{_fixed(statement.identification, 10)}"
        f"{_fixed(account.owner, 26)}{_fixed(account.bic, 11)}{'':56}2"
    )
    tail = f"9{'':15}{len(rows):06d}{_thousandths(debit)[1:]}{_thousandths(credit)[1:]}{'':75}2"
    for row in (head, *rows, tail):
        assert len(row) == 128, row
        stream.write(row.encode() + b"\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """A format: how its files are called, and what writes one."""

    suffix: str
    write: Callable[[BinaryIO, Statement], None]


FORMATS = {
    "mt940": Flat(suffix="sta", write=write_mt940),
    "bai2": Flat(suffix="bai", write=write_bai2),
    "ofx": Flat(suffix="ofx", write=write_ofx),
    "csv": Flat(suffix="csv", write=write_csv),
    "coda": Flat(suffix="cod", write=write_coda),
    "norma43": Flat(suffix="n43", write=write_norma43),
    "cfonb120": Flat(suffix="cfo", write=write_cfonb120),
}
