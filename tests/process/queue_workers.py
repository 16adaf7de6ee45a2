"""Real worker processes on a real queue: started, killed, frozen and replaced by the tests."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Database
    from tests.process.worker_farm import Farm, Process

SETUP = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
connection = env["finance.connection"].create(
    {{"name": "Crash", "adapter": "finance.adapter.test", "environment": "test", "check_ok": True, "state": "active",
     "max_concurrency": {slots}}})
flow = env["finance.flow"].create(
    {{"name": "Crash", "connection_id": connection.id, "handler": "finance.handler.test", "batch_size": 10,
     "commit_size": {commit_size}, "lease_seconds": 2, "at_most_once": {at_most_once},
     "retry_base": 0.2, "retry_cap": 1.0}})
env["finance.message"]._enqueue(flow, [
    Envelope(subject=f"m{{n}}", data={{"do": "effect", "key": f"m{{n}}", "sequence": n, **{data}}},
             order_key=f"k{{n % 7}}" if n % 2 and {keyed} else None)
    for n in range({count})])
"""

#: everything that a test leaves behind, so that the next one finds an empty queue
CLEAN = """
DROP TRIGGER IF EXISTS injected ON test_finance_effect;
DELETE FROM finance_exception;
DELETE FROM finance_message_document;
DELETE FROM finance_message_transition;
UPDATE finance_message SET attempt_id = NULL, worker_id = NULL, parent_id = NULL, duplicate_of_id = NULL,
    replay_of_id = NULL;
DELETE FROM finance_message_attempt;
DELETE FROM finance_message;
DELETE FROM finance_worker;
DELETE FROM finance_waiting_key;
DELETE FROM finance_checkpoint;
DELETE FROM test_finance_effect;
DELETE FROM finance_stop;
DELETE FROM finance_circuit;
DELETE FROM finance_limit;
DELETE FROM finance_mapping;
DELETE FROM finance_duplicate_rule;
DELETE FROM finance_flow;
DELETE FROM finance_connection;
DELETE FROM ir_cron_trigger;
"""


class Workers:
    """Keeps worker processes alive, and lets the leases of dead ones run out at once.

    Only a process that is known to be dead loses its lease early, so no claim is weakened; where
    ``expire_leases`` is off, the clock of the database does it after two seconds.
    """

    def __init__(self, farm: Farm) -> None:
        self.farm = farm
        self.database: Database = farm.database
        self.env: dict[str, str] = {}
        self.deaths = 0
        self.processes: list[Process] = []

    def empty(self) -> None:
        """Remove what earlier work left behind; no worker may be running."""
        self.database.query(CLEAN)

    def start(self, count: int = 1) -> Process:
        """Start workers; the last one is given back."""
        for _number in range(count):
            self.processes.append(self.farm.worker(self.env))
        return self.processes[-1]

    def fill(
        self,
        count: int,
        *,
        commit_size: int = 1,
        at_most_once: bool = False,
        keyed: bool = True,
        slots: int = 0,
        **data: object,
    ) -> None:
        """Queue messages, half of them in seven ordered series."""
        self.farm.script(
            SETUP.format(
                count=count, commit_size=commit_size, at_most_once=at_most_once, keyed=keyed, slots=slots, data=data
            )
        )

    def work_until_done(self, *, seconds: float = 120, expire_leases: bool = True) -> None:
        """Replace what dies until nothing is open any more."""
        deadline = time.monotonic() + seconds
        while self.open_count():
            assert time.monotonic() < deadline, f"still open: {self.states()}"
            for process in [process for process in self.processes if process.is_dead()]:
                self.processes.remove(process)
                self.deaths += 1
                if expire_leases:
                    self.expire(process.pid)
                self.start()
            time.sleep(0.05)

    def expire(self, pid: int) -> None:
        self.database.query(
            "UPDATE finance_worker SET lease_until = (now() AT TIME ZONE 'UTC') - interval '1 second'"
            " WHERE pid = %s AND ended_at IS NULL",
            pid,
        )

    def wait_for(self, sql: str, *, seconds: float = 120) -> None:
        """Return once the query gives true."""
        deadline = time.monotonic() + seconds
        while not self.database.value(sql):
            assert time.monotonic() < deadline, f"never: {sql}"
            time.sleep(0.02)

    def open_count(self) -> int:
        return int(
            self.database.value("SELECT count(*) FROM finance_message WHERE state IN ('queued', 'retry', 'processing')")
        )

    def states(self) -> dict[str, int]:
        return dict(self.database.query("SELECT state, count(*) FROM finance_message GROUP BY state"))

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
        self.processes.clear()


def assert_exactly_once(database: Database, count: int) -> None:
    """Every effect is there once, in order within its series, and every message is accounted for."""
    doubled = database.query("SELECT key, count(*) FROM test_finance_effect GROUP BY key HAVING count(*) <> 1")
    assert doubled == []
    assert database.query("SELECT state, count(*) FROM finance_message GROUP BY state") == [("done", count)]
    assert database.value("SELECT count(*) FROM test_finance_effect") == count
    disordered = database.query(
        "SELECT m.order_key FROM finance_message m JOIN test_finance_effect e ON e.message_id = m.id"
        " JOIN finance_message n ON n.order_key = m.order_key AND n.id > m.id"
        " JOIN test_finance_effect f ON f.message_id = n.id WHERE f.id < e.id LIMIT 1"
    )
    assert disordered == [], "a series was worked out of order"
    assert_accounted(database)


def assert_accounted(database: Database) -> None:
    """No message without its birth, no birth without its message, no attempt left running, no gap in a timeline."""
    lost = database.value(
        "SELECT count(*) FROM finance_message_transition t WHERE before IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM finance_message m WHERE m.id = t.message_id)"
    )
    unborn = database.value(
        "SELECT count(*) FROM finance_message m WHERE (SELECT count(*) FROM finance_message_transition t"
        " WHERE t.message_id = m.id AND t.before IS NULL) <> 1"
    )
    broken = database.value(
        "SELECT count(*) FROM (SELECT message_id, before, lag(after) OVER (PARTITION BY message_id ORDER BY id) AS last"
        " FROM finance_message_transition) t WHERE before IS DISTINCT FROM last"
    )
    running = database.value(
        "SELECT count(*) FROM finance_message_attempt a JOIN finance_message m ON m.id = a.message_id"
        " WHERE a.outcome = 'running' AND NOT (m.state = 'processing' AND m.attempt_id = a.id)"
    )
    assert (lost, unborn, broken, running) == (0, 0, 0, 0)
