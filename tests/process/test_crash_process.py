"""Workers that die between and inside the steps of processes (B-36, B-37, B-57).

Twenty transactions of five steps; half of them fail at the fourth and are undone. Whatever moment
the worker is killed in: every step once, every compensation once, in reverse order.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.process.queue_workers import assert_accounted
from tests.process.test_crash import crash_at

if TYPE_CHECKING:
    from tests.conftest import Database
    from tests.process.queue_workers import Workers

RUNS = 20
KILLS = 3

SETUP = """
from odoo.fields import Command
steps = lambda bad: [
    Command.create({{"name": name, "sequence": 10 * n, "kind": "validate", "work": work, "on_failure": "undo"}})
    for n, (name, work) in enumerate([
        ("one", "finance.step.test.undo"), ("two", "finance.step.test"), ("three", "finance.step.test.undo"),
        ("fail" if bad else "four", "finance.step.test.undo"), ("five", "finance.step.test.undo")], start=1)]
good, bad = (env["finance.process"].create({{"name": code, "code": code, "step_ids": steps(code == "bad")}})
             for code in ("good", "bad"))
for number in range({runs}):
    partner = env["res.partner"].create({{"name": f"Subject {{number}}"}})
    env["finance.process.run"]._start(bad if number % 2 else good, partner)
"""

CLEAN = """
DELETE FROM finance_process_run;
DELETE FROM finance_process;
"""


@pytest.fixture
def processes(workers: Workers) -> Workers:
    """Workers, and transactions for them to make."""
    workers.database.query(CLEAN)
    workers.farm.script(SETUP.format(runs=RUNS))
    return workers


@pytest.mark.parametrize("point", ["claimed", "mid_handler", "before_commit", "after_commit"])
def test_b37_killed_between_steps_neither_loses_nor_doubles(point: str, processes: Workers, tmp_path: Path) -> None:
    crash_at(processes, point, tmp_path, KILLS)
    processes.start(2)
    processes.work_until_done()
    assert processes.deaths == KILLS
    assert_processes_are_whole(processes.database)


def test_b37_killed_at_any_moment(processes: Workers) -> None:
    """Nobody chooses the moment."""
    processes.start(2)
    for count in (30, 60, 90):
        processes.wait_for(
            f"SELECT (SELECT count(*) FROM finance_message WHERE state = 'done') >= {count}"
            " OR NOT EXISTS (SELECT 1 FROM finance_message WHERE state IN ('queued', 'retry', 'processing'))"
        )
        victim = processes.processes.pop(0)
        victim.kill()
        processes.expire(victim.pid)
        processes.start()
    processes.work_until_done()
    assert_processes_are_whole(processes.database)


def assert_processes_are_whole(database: Database) -> None:
    states = dict(database.query("SELECT state, count(*) FROM finance_process_run GROUP BY state"))
    assert states == {"done": RUNS // 2, "undone": RUNS // 2}
    effects = defaultdict(list)
    for key, sequence in database.query("SELECT key, sequence FROM test_finance_effect ORDER BY id"):
        undone = key.startswith("undo:")
        effects[int(key.split(":")[1 if undone else 0])].append(-sequence if undone else sequence)
    for run, state in database.query("SELECT id, state FROM finance_process_run"):
        expected = [10, 20, 30, 40, 50] if state == "done" else [10, 20, 30, -30, -10]
        assert effects[run] == expected, f"run {run} ({state})"
    steps = database.query(
        "SELECT DISTINCT r.state, s.sequence, s.state FROM finance_process_run_step s"
        " JOIN finance_process_run r ON r.id = s.run_id ORDER BY 1, 2"
    )
    assert [state for run, _sequence, state in steps if run == "done"] == ["done"] * 5
    assert [state for run, _sequence, state in steps if run == "undone"] == [
        "undone",
        "done",
        "undone",
        "failed",
        "dropped",
    ]
    assert_accounted(database)
