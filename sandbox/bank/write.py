"""Write the statement files of the sandbox bank into a folder.

    python -m sandbox.bank.write --invoices invoices.json --out DIR --version 08 --days 2
    python -m sandbox.bank.write --bulk 100000 --out DIR

Files appear under their final name only when they are complete. ``expected.json`` says what they mean.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sandbox.bank import camt053
from sandbox.bank.bulk import bulk_invoice, bulk_statement
from sandbox.bank.camt_version import Dialect
from sandbox.bank.demand import Demand, DemandError, read_demand
from sandbox.bank.flat import FORMATS
from sandbox.bank.ledger import Ledger, LedgerError
from sandbox.bank.model import Statement
from sandbox.bank.scenario import Play, expectations, next_day, play
from sandbox.bank.scenes import DEFAULT, SCENES
from sandbox.bank.spoil import FAULTS, spoiled


def _pour(data: bytes, stream: BinaryIO) -> None:
    stream.write(data)


@dataclass(slots=True, kw_only=True)
class Delivery:
    """Writes files into a folder and keeps the list of them for the manifest."""

    folder: Path
    dialect: Dialect
    files: list[dict[str, Any]]
    #: ``camt053`` or a name of :data:`~sandbox.bank.flat.FORMATS`
    form: str = "camt053"

    @property
    def suffix(self) -> str:
        """Ending of file names."""
        return FORMATS[self.form].suffix if self.form in FORMATS else "xml"

    def write(self, stream: BinaryIO, statement: Statement) -> None:
        """Write a statement in the format of this delivery."""
        if self.form in FORMATS:
            FORMATS[self.form].write(stream, statement)
        else:
            camt053.write(stream, [statement], self.dialect)

    def put(self, name: str, fill: Callable[[BinaryIO], Any]) -> None:
        """Write a file and give it its name at the end."""
        part = self.folder / f".{name}.part"
        with part.open("wb") as stream:
            fill(stream)
        os.replace(part, self.folder / name)

    def note(self, name: str, kind: str, statement: Statement, outcome: str, why: str) -> None:
        """Add a file to the list, in the order of delivery."""
        totals = statement.totals
        entries = totals.credit_count + totals.debit_count
        self.files.append(
            {
                "file": name,
                "kind": kind,
                "statement": statement.identification,
                "from": statement.from_date.isoformat(),
                "to": statement.to_date.isoformat(),
                "opening": str(statement.opening),
                "closing": str(statement.closing),
                "entries": entries,
                "new_entries": entries if outcome == "posted" else 0,
                "outcome": outcome,
                "why": why,
            }
        )

    def statement(self, statement: Statement) -> str:
        """A statement as the bank regularly delivers it."""
        number = statement.electronic_sequence or 0
        name = f"{self.form}_{statement.account.iban}_{statement.to_date}_{number:05d}.{self.suffix}"
        self.put(name, lambda stream: self.write(stream, statement))
        self.note(name, "statement", statement, "posted", "the statement of the day")
        return name

    def duplicate(self, statement: Statement) -> None:
        """The same bytes under another name."""
        name = f"download_{statement.to_date}_copy.{self.suffix}"
        self.put(name, lambda stream: self.write(stream, statement))
        self.note(name, "duplicate", statement, "nothing_new", "the same file under another name")

    def overlap(self, report: Statement) -> None:
        """A report of a period whose statements were delivered before."""
        name = f"download_{report.from_date}_{report.to_date}.{self.suffix}"
        self.put(name, lambda stream: self.write(stream, report))
        self.note(name, "overlap", report, "nothing_new", "all its entries are in earlier statements")

    def spoiled(self, statement: Statement, fault: str, argument: str) -> None:
        """A statement that is wrong in the named way; never part of the books."""
        parts = spoiled(statement, self.dialect, fault, argument)
        for number, data in enumerate(parts, 1):
            name = f"spoiled_{fault}_{statement.to_date}{f'_{number}' if len(parts) > 1 else ''}.xml"
            self.put(name, partial(_pour, data))
            self.note(name, "spoiled", statement, FAULTS[fault].outcome, FAULTS[fault].summary)
            if number < len(parts):
                self.files[-1]["new_entries"] = 0  # a page posts nothing before the last one is there


def deliver(
    ledger: Ledger,
    demand: Demand,
    folder: Path,
    *,
    dialect: Dialect | None = None,
    days: int = 2,
    seed: int = 0,
    kinds: Sequence[str] = DEFAULT,
    extras: bool = True,
    faults: Sequence[tuple[str, str]] = (),
    form: str = "camt053",
) -> tuple[Play, dict[str, Any]]:
    """Play the days, write their files and return the manifest.

    ``extras`` are the duplicate of the first file and the overlapping report at the end. Each fault adds the file (or
    files) of one more day, spoiled; the day stays in the books only where the file can be posted nevertheless.
    """
    folder.mkdir(parents=True, exist_ok=True)
    outcome = play(ledger, demand, days=days, seed=seed, kinds=kinds)
    delivery = Delivery(folder=folder, dialect=dialect or Dialect(), files=[], form=form)
    for statement in outcome.statements:
        delivery.statement(statement)
    if extras:
        delivery.duplicate(outcome.statements[0])
        first, last = outcome.statements[0].from_date, outcome.statements[-1].to_date
        delivery.overlap(ledger.report(outcome.account.iban, first, last))
    for fault, argument in faults:
        posted = FAULTS[fault].outcome == "posted"
        statement, outcome = next_day(ledger, outcome, entries=0 if fault == "empty" else 3, keep=posted)
        delivery.spoiled(statement, fault, argument)
    return outcome, expectations(outcome, delivery.files)


def _version(text: str) -> int:
    """``08``, ``8`` and ``camt.053.001.08`` are the same."""
    return int(text.rpartition(".")[2])


def _fault(text: str) -> tuple[str, str]:
    name, _, argument = text.partition("=")
    if name not in FAULTS:
        raise argparse.ArgumentTypeError(f"no such fault: {name}; there are {', '.join(FAULTS)}")
    return name, argument


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.bank.write", description=__doc__.partition("\n")[0])
    parser.add_argument("--invoices", metavar="FILE", help="open invoices as JSON, - reads standard input")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where the files go")
    parser.add_argument("--version", type=_version, default=8, help="version of camt.053.001 (02 to 13)")
    parser.add_argument("--format", choices=("camt053", *FORMATS), default="camt053", help="how statements are written")
    parser.add_argument("--days", type=int, default=2, help="how many business days")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", help=f"scenes to play, with commas; there are {', '.join(SCENES)}")
    parser.add_argument("--opening-code", choices=("OPBD", "PRCD"), default="OPBD")
    parser.add_argument("--compact", action="store_true", help="do not indent the files")
    parser.add_argument("--ledger", metavar="FILE", type=Path, help="the bank's books (default: DIR/bank.sqlite)")
    parser.add_argument("--expected", metavar="FILE", type=Path, help="the manifest (default: DIR/expected.json)")
    parser.add_argument("--plain", action="store_true", help="no duplicate and no overlapping file")
    parser.add_argument(
        "--spoil", metavar="FAULT[=ARG]", type=_fault, action="append", default=[], help="add a spoiled statement"
    )
    parser.add_argument("--list-faults", action="store_true", help="say what can be spoiled, and stop")
    parser.add_argument("--bulk", metavar="N", type=int, help="instead: one statement with N entries")
    parser.add_argument("--iban", help="account of the bulk statement")
    parser.add_argument("--currency", default="EUR", help="currency of the bulk statement")
    parser.add_argument("--opening", type=Decimal, default=Decimal("0.00"), help="opening balance of the bulk one")
    parser.add_argument("--bulk-invoices", metavar="FILE", type=Path, help="the invoices it pays, one JSON a line")
    return parser


def _write_bulk(options: argparse.Namespace, dialect: Dialect) -> None:
    statement = bulk_statement(
        options.bulk, iban=options.iban, currency=options.currency, opening=options.opening, seed=options.seed
    )
    options.out.mkdir(parents=True, exist_ok=True)
    name = f"bulk_{options.bulk}.xml"
    delivery = Delivery(folder=options.out, dialect=dialect, files=[])
    delivery.put(name, lambda stream: camt053.write(stream, [statement], dialect))
    if options.bulk_invoices:
        with options.bulk_invoices.open("w", encoding="utf-8") as stream:
            for index in range(options.bulk):
                invoice = bulk_invoice(index, options.seed)
                values = {field: str(getattr(invoice, field)) for field in invoice.__slots__}
                stream.write(json.dumps({**values, "currency": options.currency}) + "\n")
    size = (options.out / name).stat().st_size
    print(f"{name}: {options.bulk} entries, {size} bytes, closing balance {statement.closing}")


def _write_days(options: argparse.Namespace, dialect: Dialect) -> None:
    text = sys.stdin.read() if options.invoices == "-" else Path(options.invoices).read_text(encoding="utf-8")
    options.out.mkdir(parents=True, exist_ok=True)
    with Ledger(options.ledger or options.out / "bank.sqlite") as ledger:
        _, manifest = deliver(
            ledger,
            read_demand(text),
            options.out,
            dialect=dialect,
            days=options.days,
            seed=options.seed,
            kinds=options.kinds.split(",") if options.kinds else DEFAULT,
            extras=not options.plain,
            faults=options.spoil,
            form=options.format,
        )
    target = options.expected or options.out / "expected.json"
    target.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for item in manifest["files"]:
        print(f"{item['file']}: {item['entries']} entries, {item['opening']} -> {item['closing']}, {item['outcome']}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the command line."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list_faults:
        for fault in FAULTS.values():
            print(f"{fault.name:18} {fault.outcome:8} {fault.summary}")
        return 0
    if options.out is None or (options.bulk is None and options.invoices is None):
        parser.error("--out and one of --invoices and --bulk are needed")
    if options.spoil and options.format != "camt053":
        parser.error("only camt053 is spoiled")
    try:
        dialect = Dialect(version=options.version, opening_code=options.opening_code, pretty=not options.compact)
        if options.bulk is not None:
            _write_bulk(options, dialect)
        else:
            _write_days(options, dialect)
    except (DemandError, LedgerError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
