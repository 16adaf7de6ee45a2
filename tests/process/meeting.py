"""Transactions that all have begun before any of them writes: what each does not see of the others is found out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

#: a transaction that has begun before the others write, and commits when all have written what they can
TAKE_PART = """
import os, time
from odoo.service.model import retrying
def take_part():
    env.cr.execute("SELECT 1")
    open(READY, "w").close()
    while not os.path.exists(GO):
        time.sleep(0.005)
    book()
    env.flush_all()
    time.sleep(0.3)
"""


def at_once(workers: Workers, folder: Path, *scripts: str) -> list[str]:
    """Run transactions that all have begun before any of them goes on; what they printed."""
    go = folder / "go"
    ready = [folder / f"ready-{number}" for number in range(len(scripts))]
    started = [
        workers.farm.start_script(f"READY, GO = {str(path)!r}, {str(go)!r}\n{TAKE_PART}\n{script}")
        for path, script in zip(ready, scripts, strict=True)
    ]
    deadline = time.monotonic() + 60
    while not all(path.exists() for path in ready):
        assert time.monotonic() < deadline, workers.farm.log.read_text()[-3000:]
        time.sleep(0.005)
    go.touch()
    told = []
    for process, output in started:
        process.wait(60)
        assert output.exists(), workers.farm.log.read_text()[-4000:]
        told.append(output.read_text())
    return told
