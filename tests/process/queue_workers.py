"""Real worker processes on a real queue: started, killed, frozen and replaced by the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from suite import paths

if TYPE_CHECKING:
    from tests.conftest import Database

#: a worker loops until the file named here appears
WORKER = """
import os, pathlib, time
from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps
stop = pathlib.Path({stop!r})
pathlib.Path({ready!r}).touch()
while not stop.exists():
    if not env["finance.dispatcher"]._drain(CommittedSteps(env.cr)):
        time.sleep(0.1)
"""

SETUP = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
connection = env["finance.connection"].create(
    {{"name": "Crash", "adapter": "finance.adapter.test", "environment": "test", "check_ok": True, "state": "active"}})
flow = env["finance.flow"].create(
    {{"name": "Crash", "connection_id": connection.id, "handler": "finance.handler.test", "batch_size": 10,
     "commit_size": {commit_size}}})
env["finance.message"]._enqueue(flow, [
    Envelope(subject=f"m{{n}}", data={{"do": "effect", "key": f"m{{n}}", "sequence": n}},
             order_key=f"k{{n % 7}}" if n % 2 else None)
    for n in range({count})])
env.cr.commit()
"""


class Workers:
    """Keeps worker processes alive, and lets the leases of dead ones run out at once.

    Only a process that is known to be dead loses its lease early, so no claim is weakened; one
    test waits for a real lease.
    """

    def __init__(self, database: Database, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.database = database
        self.folder = folder
        self.env = {**database.ready.env, **(env or {})}
        self.deaths = 0
        self.processes: list[subprocess.Popen[str]] = []
        self._started = 0

    def start(self) -> subprocess.Popen[str]:
        """Start one more worker; return when it works."""
        self._started += 1
        ready = self.folder / f"ready-{self._started}"
        script = WORKER.format(stop=str(self.folder / "stop"), ready=str(ready))
        with (self.folder / f"worker-{self._started}.log").open("w") as log:
            process = subprocess.Popen(
                self.database.ready.command("shell", "-d", self.database.name, "--no-http"),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                env=self.env,
                cwd=paths.RUN,
                start_new_session=True,
            )
        assert process.stdin
        process.stdin.write(script)
        process.stdin.close()
        deadline = time.monotonic() + 120
        while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        self.processes.append(process)
        return process

    def work_until_done(self, *, seconds: float = 240, expire_leases: bool = True) -> None:
        """Replace what dies until nothing is open any more."""
        deadline = time.monotonic() + seconds
        while self.open_count():
            assert time.monotonic() < deadline, f"still open: {self.states()}"
            for process in [p for p in self.processes if p.poll() is not None]:
                self.processes.remove(process)
                self.deaths += 1
                if expire_leases:
                    self.expire(process.pid)
                self.start()
            time.sleep(0.2)

    def expire(self, pid: int) -> None:
        self.database.query(
            "UPDATE finance_worker SET lease_until = (now() AT TIME ZONE 'UTC') - interval '1 second'"
            " WHERE pid = %s AND ended_at IS NULL",
            pid,
        )

    def open_count(self) -> int:
        return int(
            self.database.value(
                "SELECT count(*) FROM finance_message WHERE state IN ('queued', 'retry', 'processing', 'unknown')"
            )
        )

    def states(self) -> dict[str, int]:
        return dict(self.database.query("SELECT state, count(*) FROM finance_message GROUP BY state"))

    def stop(self) -> None:
        (self.folder / "stop").touch()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def fill(database: Database, count: int, *, commit_size: int = 1) -> None:
    """Queue messages, half of them in seven ordered series."""
    database.shell(SETUP.format(count=count, commit_size=commit_size))


def assert_exactly_once(database: Database, count: int) -> None:
    """Every effect is there once, in order within its series, and every message is accounted for."""
    doubled = database.query("SELECT key, count(*) FROM test_finance_effect GROUP BY key HAVING count(*) <> 1")
    assert doubled == []
    assert database.value("SELECT count(*) FROM test_finance_effect") == count
    assert database.query("SELECT state, count(*) FROM finance_message GROUP BY state") == [("done", count)]
    disordered = database.query(
        "SELECT m.order_key FROM finance_message m JOIN test_finance_effect e ON e.message_id = m.id"
        " JOIN finance_message n ON n.order_key = m.order_key AND n.id > m.id"
        " JOIN test_finance_effect f ON f.message_id = n.id WHERE f.id < e.id LIMIT 1"
    )
    assert disordered == [], "a series was worked out of order"
    lost = database.value(
        "SELECT count(*) FROM finance_message_transition t WHERE before IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM finance_message m WHERE m.id = t.message_id)"
    )
    assert lost == 0
