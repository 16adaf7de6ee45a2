"""Reading MT940, OFX and BAI2 into canonical values, entry by entry.

What dominates is one regular expression a field and making the values. Memory does not grow with
the file. The floor splits the file into lines.
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


WRITERS: dict[str, Callable[[TextIO, int], None]] = {"mt940": write_mt940, "ofx": write_ofx, "bai2": write_bai2}


def read(path: Path) -> int:
    """Read the file to its end, as the import does: one value after the other."""
    from odoo.addons.finance_bank_sync.formats import detect, known_formats
    from odoo.addons.finance_bank_sync.formats.model import Entry

    with path.open("rb") as stream:
        reader = detect(known_formats(), stream.read(8192))
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
