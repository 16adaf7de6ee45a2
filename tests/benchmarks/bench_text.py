"""Reading MT940, OFX, BAI2, Norma 43, CFONB 120 and a table of a bank (CSV) into canonical values, entry by entry.

What dominates is one regular expression a field and making the values. Memory does not grow with
the file, but for the table: its newest row may be the first. The floor splits the file into lines.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO


def write_mt940(out: TextIO, size: int) -> None:
    out.write(":20:BENCH\n:25:99940010/12345678\n:28C:1/1\n:60F:C251101EUR0,00\n")
    for number in range(1, size + 1):
        day = 1 + number * 30 // (size + 1)
        out.write(
            f":61:2511{day:02d}11{day:02d}CR{number},12N166NONREF//BK{number}\n"
            f":86:166?00GUTSCHRIFT?109310?20EREF+E2E-{number}?21SVWZ+Rechnung INV/2025/{number}\n"
            f"?30MUSTDEXX?31DE{number % 500:020d}?32Kundin {number % 300} GmbH\n"
        )
    total = size * (size + 1) // 2 * 100 + 12 * size
    out.write(f":62F:C251130EUR{total // 100},{total % 100:02d}\n-\n")


def write_ofx(out: TextIO, size: int) -> None:
    out.write(
        "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1</BANKACCTFROM>\n<BANKTRANLIST>\n"
    )
    for number in range(1, size + 1):
        out.write(
            f"<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>202511{1 + number % 30:02d}\n<TRNAMT>{number}.12\n"
            f"<FITID>F{number}\n<NAME>Kundin {number % 300}\n<MEMO>Rechnung {number}\n</STMTTRN>\n"
        )
    out.write("</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>")


def write_bai2(out: TextIO, size: int) -> None:
    total = size * (size + 1) // 2
    out.write("01,BANK,CORP,251101,,1,,,2/\n02,CORP,BANK,1,251101,,EUR/\n03,1,,010,0,,/\n")
    for number in range(1, size + 1):
        out.write(f"16,195,{number},0,BK{number},INV{number},Rechnung {number}\n88,vom 1.11. Kundin {number % 300}\n")
    out.write(f"49,{total}/\n98,{total}/\n99,{total}/\n")


def write_norma43(out: TextIO, size: int) -> None:
    account = "210004180200051332"
    out.write(f"11{account}2511012511302{0:014d}9783{'BENCH':<29}\n")
    total = 0
    for number in range(1, size + 1):
        day, cents = f"2511{1 + number * 30 // (size + 1):02d}", number * 100 + 12
        total += cents
        out.write(f"22    0418{day}{day}040072{cents:014d}{0:010d}{0:012d}INV 2025/{number:<7}\n")
        out.write(f"2301{f'TRANSFERENCIA DE CLIENTA {number % 300} SL':<38}{f'FACTURA {number}':<38}\n")
    out.write(f"33{account}{0:05d}{0:014d}{size % 100_000:05d}{total:014d}2{total:014d}978    \n")
    out.write(f"88{'9' * 18}{(2 * size + 2) % 1_000_000:06d}{'':54}\n")


def write_cfonb120(out: TextIO, size: int) -> None:
    def head(kind: str, operation: str, day: str) -> str:
        return f"{kind}20041    01005EUR2 0500013M026{operation:2}{day}"

    def amount(cents: int) -> str:
        return f"{cents // 10:013d}{'{ABCDEFGHI'[cents % 10]}"

    out.write(f"{head('01', '', '311025')}{'':50}{amount(0)}{'':16}\n")
    total = 0
    for number in range(1, size + 1):
        day, cents = f"{1 + number * 30 // (size + 1):02d}1125", number * 100 + 12
        total += cents
        out.write(f"{head('04', '05', day)}  {day}{'VIR SEPA':31}  {0:07d}  {amount(cents)}{'':16}\n")
        for kind, text in (
            ("NPY", f"CLIENTE {number % 300} SARL"),
            ("LCC", f"FACTURE {number}"),
            ("RCN", f"E2E-{number}"),
        ):
            out.write(f"{head('05', '05', day)}     {kind}{text:70}  \n")
    out.write(f"{head('07', '', '301125')}{'':50}{amount(total)}{'':16}\n")


def write_csv(out: TextIO, size: int) -> None:
    out.write("Buchungstag;Valuta;Name;IBAN;Verwendungszweck;Betrag;Saldo\n")
    total = 0
    for number in range(1, size + 1):
        day, cents = f"{1 + number * 30 // (size + 1):02d}.11.2025", number * 100 + 12
        total += cents
        out.write(
            f"{day};{day};Kundin {number % 300} GmbH;;Rechnung INV/2025/{number};"
            f"{cents // 100},{cents % 100:02d};{total // 100},{total % 100:02d}\n"
        )


WRITERS: dict[str, Callable[[TextIO, int], None]] = {
    "mt940": write_mt940,
    "ofx": write_ofx,
    "bai2": write_bai2,
    "norma43": write_norma43,
    "cfonb120": write_cfonb120,
    "csv": write_csv,
}


#: what a user fills in for :func:`write_csv`
PROFILE: dict[str, Any] = {
    "name": "Hausbank",
    "columns": {
        "date": "Buchungstag",
        "value_date": "Valuta",
        "party": "Name",
        "party_account": "IBAN",
        "text": "Verwendungszweck",
        "amount": "Betrag",
        "balance": "Saldo",
    },
    "account": "DE02120300000000202051",
    "currency": "EUR",
    "delimiter": ";",
    "date_format": "%d.%m.%Y",
    "decimal_mark": ",",
}


def read(path: Path) -> int:
    """Read the file to its end, as the import does: one value after the other."""
    from odoo.addons.finance_bank_sync.formats import detect, known_formats
    from odoo.addons.finance_bank_sync.formats.model import Entry
    from odoo.addons.finance_bank_sync.formats.sheet.profile import SheetProfile
    from odoo.addons.finance_bank_sync.formats.sheet.reader import Sheet

    with path.open("rb") as stream:
        reader = detect((*known_formats(), Sheet(SheetProfile(**PROFILE))), stream.read(8192))
        stream.seek(0)
        return sum(isinstance(event, Entry) for event in reader.parse(stream))


def run(context: Any) -> Iterator[dict[str, Any]]:
    """Parse each format beside plain lines."""
    with tempfile.TemporaryDirectory() as folder, context.odoo():
        for code, write in WRITERS.items():
            for size in context.sizes(1_000, 10_000, 100_000):
                path = Path(folder) / f"{size}.{code}"
                with path.open("w", encoding="utf-8") as out:
                    write(out, size)
                measure = context.measure(read, path, repeat=3)
                assert measure.result == size
                floor = context.measure(_floor, path, repeat=3)
                yield context.row(f"{code} parse", size, measure, floor="lines alone", floor_measure=floor)


def _floor(path: Path) -> None:
    with path.open("rb") as stream:
        for _line in stream:
            pass
