"""After the tests: what they wrote into logs holds no planted secret, no readable account number, no name of a partner.

Tests plant secrets that contain the word canary. Account numbers are recognised by their check digits; this
is written anew here, so that a fault of the suite's own masking shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from . import paths

#: planted by tests as passwords, tokens and keys, e.g. ``canary-password-90210``
CANARY = re.compile(r"[\w-]*canary-[a-z]+-\d{4,}|[\w-]*canary-\d{4,}")
#: German, Dutch, Belgian, French, British, Swiss ... account numbers as the fixtures have them
ACCOUNT = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}[A-Z0-9]{11,30}(?![A-Za-z0-9])")
#: customers, suppliers and payers of the tests and of the stand-ins
NAMES = re.compile(
    r"Ada Byron|Acme Customer|Bolt Supplier|Alder Furniture|Molenaar Fietsen|Hafenlager|Rita Muster|Northwind Traders"
    r"|Alpengl.{1,2}ck K.{1,2}serei|Yachtschule Luv|Hotel Gipfelblick"
)
LINES_SHOWN = 10


def findings(since: float) -> list[str]:
    """Lines that should not be, from the logs written since then; what was found is shortened."""
    files = [file for file in sorted(paths.LOGS.rglob("*.log")) if file.stat().st_mtime >= since]
    return [line for file in files for line in _scan(file)]


def _scan(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            accounts = filter(_is_account, ACCOUNT.findall(line))
            for found in [*CANARY.findall(line), *accounts, *NAMES.findall(line)]:
                yield f"{file.name}:{number}: {found[:6]}..."


def _is_account(text: str) -> bool:
    turned = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1
