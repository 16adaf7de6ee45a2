"""The command: files in, one JSON object a line and a statement out."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from ..proof import balance
from .read import Refused, inspect_file

#: all read and no proof failed; a proof failed; a file was refused
OK, NOT_PROVED, REFUSED = 0, 1, 2
#: what is held in memory until a file turns out to be complete; more goes to a temporary file
_HELD = 4 * 1024**2


def main(arguments: Sequence[str] | None = None, output: TextIO | None = None) -> int:
    """Inspect the files named on the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="inspect-statement",
        description="Reads bank statement files and prints one JSON object a line and a statement. "
        "Exit status: 0 when every file was read and no proof failed, 1 when a proof failed, "
        "2 when a file was refused.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a statement, or a ZIP with statements")
    parser.add_argument("--entries", action="store_true", help="print every entry too, as a list `lines`")
    options = parser.parse_args(arguments)
    out = output or sys.stdout
    return max(_inspect(path, options.entries, out) for path in options.files)


def _inspect(path: Path, entries: bool, out: TextIO) -> int:
    """Print what a file holds: all of it, or that it was refused."""
    worst = OK
    with tempfile.SpooledTemporaryFile(_HELD, "w+", encoding="utf-8") as held:
        try:
            for statement in inspect_file(path, entries=entries):
                if statement["proof"] == balance.FAILED:
                    worst = NOT_PROVED
                held.write(_line(statement))
        except Refused as refused:
            out.write(_line({"file": str(path), "error": refused.as_dict()}))
            return REFUSED
        held.seek(0)
        for line in held:
            out.write(line)
    return worst


def _line(values: dict[str, object]) -> str:
    # ASCII alone: what a bank wrote can hold what the terminal's encoding cannot
    return json.dumps(values, ensure_ascii=True) + "\n"
