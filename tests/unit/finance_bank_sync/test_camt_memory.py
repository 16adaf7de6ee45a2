"""Memory stays flat whatever the size of the file (K-02, fault 50): measured in processes of their own."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
MEBIBYTE = 1024 * 1024


def measure(shape: str, size: int) -> dict[str, float]:
    """Parse a generated file in a fresh process."""
    done = subprocess.run(
        [sys.executable, str(HERE), shape, str(size)], capture_output=True, text=True, timeout=240, check=True
    )
    return dict(json.loads(done.stdout))


def test_two_hundred_thousand_entries_need_no_more_than_two_thousand() -> None:
    """Nearly 100 MB of XML; the values are dropped as they come."""
    found = measure("entries", 200_000)
    assert found["entries"] == 200_000
    assert found["read_mib"] > 90
    assert found["grown_mib"] < 12, found


def test_a_batch_of_thirty_thousand_details_holds_values_and_no_elements() -> None:
    """One entry is one value, so its details stay; the 54 MB of XML around them do not."""
    found = measure("details", 30_000)
    assert found["entries"] == 1
    assert found["read_mib"] > 50
    assert found["grown_mib"] < 60, found


def _main(shape: str, size: int) -> None:
    import resource
    from io import RawIOBase

    sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]
    importlib.import_module("conftest")  # makes odoo.addons importable

    import camt_text

    from odoo.addons.finance_bank_sync.formats import Camt053
    from odoo.addons.finance_bank_sync.formats.model import Entry

    whole = camt_text.document(camt_text.statement("@"))
    head, tail = whole.encode().split(b"@")
    start, end = camt_text.ENTRY.index("<TxDtls>"), camt_text.ENTRY.index("</NtryDtls>")
    unit = camt_text.ENTRY.encode()
    warm = 2000
    if shape == "details":
        head += camt_text.ENTRY[:start].encode()
        tail = camt_text.ENTRY[end:].encode() + tail
        filler = "<SplmtryData><Envlp>" + "<X>yyyyyyyyyyyyyyyy</X>" * 70 + "</Envlp></SplmtryData></TxDtls>"
        unit = camt_text.ENTRY[start:end].replace("</TxDtls>", filler).encode()

    class Generated(RawIOBase):
        """The file, made while it is read, so that it is nowhere in memory."""

        def __init__(self) -> None:
            super().__init__()
            self.left = size
            self.given = 0
            self.rest = head

        def read(self, length: int = -1) -> bytes:
            while len(self.rest) < length and self.left:
                count = min(self.left, 200)
                self.left -= count
                self.rest += unit * count
                if not self.left:
                    self.rest += tail
            part, self.rest = self.rest[:length], self.rest[length:]
            self.given += len(part)
            return part

    def peak() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    stream = Generated()
    entries = 0
    before = peak()
    for event in Camt053().parse(stream):  # type: ignore[arg-type]
        if isinstance(event, Entry):
            entries += 1
            if entries == warm:
                before = peak()
    print(
        json.dumps(
            {"entries": entries, "read_mib": stream.given / MEBIBYTE, "grown_mib": peak() - before, "peak": peak()}
        )
    )


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
