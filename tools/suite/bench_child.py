"""The process in which one benchmark runs: Odoo is importable, databases are at hand.

`Context` is what a benchmark's `run(context)` gets.
"""

from __future__ import annotations

import gc
import importlib.util
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import bench, database, environment, template
from .console import say


@dataclass(frozen=True)
class Measure:
    """Wall seconds (median), highest memory of the process meanwhile, and what the function returned."""

    seconds: float
    peak_mib: float
    result: Any

    def rate(self, size: int) -> float:
        return size / self.seconds


class Context:
    def __init__(self, options: dict[str, Any]) -> None:
        self.quick: bool = options["quick"]
        self._template: str = options["template"]
        self._prefix: str = options["prefix"]
        self._numbers = itertools.count(1)
        self.ready = environment.ensure_quietly()

    def sizes(self, *sizes: int) -> tuple[int, ...]:
        """All sizes, or the smallest when `--quick` was given."""
        return sizes[:1] if self.quick else sizes

    def measure(self, function: Callable[..., Any], *arguments: Any, repeat: int = 1, **keywords: Any) -> Measure:
        """Run the function `repeat` times."""
        seconds = []
        result = None
        gc.collect()
        _reset_peak()
        for _ in range(repeat):
            start = time.perf_counter()
            result = function(*arguments, **keywords)
            seconds.append(time.perf_counter() - start)
        return Measure(statistics.median(seconds), _peak_mib(), result)

    def row(
        self,
        benchmark: str,
        size: int,
        ours: Measure,
        *,
        peer: str | None = None,
        peer_measure: Measure | None = None,
        peer_size: int | None = None,
        floor: str | None = None,
        floor_measure: Measure | None = None,
        floor_size: int | None = None,
    ) -> dict[str, Any]:
        """A result. A peer too slow for the size may be measured at a smaller one: rates are compared."""
        return {
            "benchmark": benchmark,
            "size": size,
            "seconds": round(ours.seconds, 4),
            "rate": round(ours.rate(size), 2),
            "peak_mib": round(ours.peak_mib, 1),
            "peer": peer,
            "peer_rate": round(peer_measure.rate(peer_size or size), 2) if peer_measure else None,
            "floor": floor,
            "floor_rate": round(floor_measure.rate(floor_size or size), 2) if floor_measure else None,
        }

    @contextmanager
    def database(self) -> Iterator[str]:
        """Name of a fresh copy of the suite template, dropped afterwards."""
        name = f"{self._prefix}{next(self._numbers)}"
        template.copy(self.ready, self._template, name)
        try:
            yield name
        finally:
            if "odoo.sql_db" in sys.modules:
                sys.modules["odoo.sql_db"].close_db(name)
            database.drop(name, env=self.ready.env)

    @contextmanager
    def odoo(self, *modules: str) -> Iterator[Any]:
        """An Odoo environment (superuser) on a fresh database, with more modules installed if named.

        Commit as production code would; the database is dropped afterwards.
        """
        with self.database() as name:
            if modules:
                template.install(self.ready, name, modules, log=f"bench-{name}")
            with self.registry(name).cursor() as cr:
                import odoo.api

                yield odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
                cr.rollback()

    def registry(self, name: str) -> Any:
        """The registry of a database in this process."""
        import odoo.modules.registry
        import odoo.tools

        odoo.tools.config.parse_config(["--database", name, "--log-level", "error"], setup_logging=True)
        return odoo.modules.registry.Registry(name)


def _reset_peak() -> None:
    # 5 resets the high-water mark of this process (proc_pid_clear_refs).
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> int:
    options = json.loads(os.environ["FIN_BENCH"])
    spec = importlib.util.spec_from_file_location(Path(options["file"]).stem, options["file"])
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows = []
    try:
        for row in module.run(Context(options)):
            if set(row) != set(bench.KEYS):
                raise ValueError(f"a row must have exactly the keys {', '.join(bench.KEYS)}")
            rows.append(row)
            say(bench.table([row]).splitlines()[1])
    finally:
        Path(options["output"]).write_text(json.dumps(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
