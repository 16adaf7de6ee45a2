"""`make bench`: runs tests/benchmarks/bench_*.py, each in a process of its own, beside its peers.

tests/benchmarks/README.md tells how to write one.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import database, environment, paths, peers, template
from .console import Steps, SuiteError, relative, say
from .environment import Ready

FOLDER = paths.ROOT / "tests" / "benchmarks"
RESULT = paths.RUN / "bench.json"
KEYS = ("benchmark", "size", "seconds", "rate", "peak_mib", "peer", "peer_rate", "floor", "floor_rate")
QUICK = "--quick"


def run(arguments: list[str]) -> int:
    """Benchmarks beside their peers (`bench [--quick] [NAME]`)."""
    wanted = [argument for argument in arguments if argument != QUICK]
    files = [path for path in sorted(FOLDER.glob("bench_*.py")) if not wanted or any(n in path.stem for n in wanted)]
    if not files:
        raise SuiteError(f"No benchmark in {relative(FOLDER)} has {' or '.join(wanted) or 'a name'} in its name.")
    steps = Steps(environment.STEPS + 2)
    ready = environment.ensure(steps)
    with steps.step("Peers"):
        peers.ensure(module for path in files for module in peers_of(path))
    with steps.step("Template database"):
        origin = template.suite(ready)

    rows: list[dict[str, Any]] = []
    failed = []
    for path in files:
        say(f"\n== {path.stem}")
        code, found = _measure(ready, path, origin, quick=QUICK in arguments)
        rows += found
        if code:
            failed.append(path.stem)
    say("\n" + table(rows))
    RESULT.write_text(json.dumps(rows, indent=2) + "\n")
    say(f"\nWritten to {relative(RESULT)}")
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


def peers_of(path: Path) -> list[str]:
    """The OCA add-ons that a benchmark names in `PEERS = (...)`, without importing it."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PEERS":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as text, with how many times faster than the peer and how far from the floor."""
    header = (
        "benchmark",
        "size",
        "seconds",
        "rate/s",
        "peak MiB",
        "peer",
        "peer/s",
        "x peer",
        "floor",
        "floor/s",
        "of floor",
    )
    lines = [header, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    text_columns = {0, 5, 8}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in text_columns else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    rate, peer_rate, floor_rate = row["rate"], row["peer_rate"], row["floor_rate"]
    return (
        str(row["benchmark"]),
        f"{row['size']:,}",
        f"{row['seconds']:.3f}",
        _number(rate),
        _number(row["peak_mib"]),
        str(row["peer"] or "-"),
        _number(peer_rate),
        f"{rate / peer_rate:.1f}" if peer_rate else "-",
        str(row["floor"] or "-"),
        _number(floor_rate),
        f"{rate / floor_rate:.0%}" if floor_rate else "-",
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.2f}"


def _measure(ready: Ready, path: Path, origin: str, *, quick: bool) -> tuple[int, list[dict[str, Any]]]:
    """Run one file in a process of its own: its memory and its imports are nobody else's."""
    output = paths.RUN / f"bench-{path.stem}.json"
    output.unlink(missing_ok=True)
    options = {
        "file": str(path),
        "output": str(output),
        "template": origin,
        "prefix": f"{database.PREFIX}test_{os.getpid()}_",
        "quick": quick,
    }
    libraries = os.pathsep.join(map(str, (ready.odoo.folder, paths.ROOT, paths.ROOT / "tools", peers.LIBRARIES)))
    env = {**ready.env, "PYTHONPATH": libraries, "FIN_BENCH": json.dumps(options)}
    if peers.ADDONS.exists():
        env["ODOO_ADDONS_PATH"] = ",".join(map(str, (*environment.addons_path(), peers.ADDONS)))
    code = subprocess.run([paths.PYTHON, "-m", "suite.bench_child"], env=env, cwd=paths.ROOT, check=False).returncode
    return code, json.loads(output.read_text()) if output.exists() else []
