"""Workers that die in the middle (B-09, B-25, B-57; faults 1, 2, 3, 6, 8, 12, 13, 16, 19, 20).

Two hundred messages, two worker processes, and a SIGKILL at a named place, again and again:
every effect exactly once, every series in its order, nothing left behind.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.process.queue_workers import Workers, assert_exactly_once, fill

if TYPE_CHECKING:
    from tests.conftest import Database

COUNT = 200
KILLS = 3

#: where a worker dies -> the faults of the model it stands for
POINTS = {
    "claim_uncommitted": "fault 1: between claim and its commit",
    "claimed": "fault 2: after the claim is committed, before work",
    "mid_handler": "fault 3: after the handler has written",
    "before_commit": "fault 3: effect and completion written, not committed",
    "after_commit": "fault 6: after the commit, before anything follows",
}


#: a machine that does other things besides is no reason to fail
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def workers(database: Database, tmp_path: Path) -> Iterator[Workers]:
    pool = Workers(database, tmp_path)
    yield pool
    pool.stop()


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at_a_point_neither_loses_nor_doubles(
    point: str, database: Database, workers: Workers, tmp_path: Path
) -> None:
    tickets = tmp_path / "tickets"
    tickets.mkdir()
    for number in range(KILLS):
        (tickets / str(number)).touch()
    workers.env.update(FINANCE_CRASH_AT=point, FINANCE_CRASH_TICKETS=str(tickets))
    fill(database, COUNT)
    workers.start()
    workers.start()
    workers.work_until_done()
    assert workers.deaths == KILLS, f"{POINTS[point]} was not reached"
    assert_exactly_once(database, COUNT)


def test_shared_transactions_survive_a_kill_before_their_commit(
    database: Database, workers: Workers, tmp_path: Path
) -> None:
    """Fault 3 for flows whose messages share a transaction."""
    tickets = tmp_path / "tickets"
    tickets.mkdir()
    (tickets / "1").touch()
    workers.env.update(FINANCE_CRASH_AT="before_commit", FINANCE_CRASH_TICKETS=str(tickets))
    fill(database, COUNT, commit_size=10)
    workers.start()
    workers.start()
    workers.work_until_done()
    assert workers.deaths == 1
    assert_exactly_once(database, COUNT)


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL], ids=["sigterm", "sigkill"])
def test_a_dead_worker_blocks_nothing_longer_than_its_lease(
    way: signal.Signals, database: Database, workers: Workers, tmp_path: Path
) -> None:
    """Faults 2 and 12, with the real lease: nobody helps, the clock of the database does."""
    tickets = tmp_path / "tickets"
    tickets.mkdir()
    workers.env.update(FINANCE_MIN_LEASE="5")
    fill(database, 20)
    # a message that sleeps holds its worker while it is killed
    database.query("UPDATE finance_flow SET lease_seconds = 30")
    database.query(
        "UPDATE finance_message SET data = jsonb_set(jsonb_set(data, '{do}', '\"sleep\"'), '{seconds}', '2')"
        " WHERE subject = 'm0'"
    )
    first = workers.start()
    time.sleep(1)
    os.killpg(first.pid, way)
    first.wait()
    workers.processes.remove(first)
    workers.start()
    # nobody helps the lease along: without recovery by the clock this never ends
    workers.work_until_done(seconds=200, expire_leases=False)
    assert_exactly_once(database, 20)


def test_a_frozen_worker_that_wakes_up_late_changes_nothing(database: Database, workers: Workers) -> None:
    """Fault 16: the zombie's completion is fenced by the attempt id."""
    fill(database, 1)
    database.query("UPDATE finance_message SET data = jsonb_set(data, '{do}', '\"sleep\"')")
    database.query("UPDATE finance_message SET data = jsonb_set(data, '{seconds}', '3')")
    zombie = workers.start()
    deadline = time.monotonic() + 30
    while database.value("SELECT state FROM finance_message") != "processing" and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(zombie.pid, signal.SIGSTOP)
    workers.expire(zombie.pid)
    workers.start()
    workers.work_until_done()
    os.kill(zombie.pid, signal.SIGCONT)
    time.sleep(5)
    assert_exactly_once(database, 1)
    assert database.value("SELECT count(*) FROM finance_message_attempt") == 2


def test_a_message_that_kills_its_worker_every_time_is_put_aside(database: Database, workers: Workers) -> None:
    """Fault 8: three workers lost, then it is a person's; the others flow."""
    fill(database, 40)
    database.query("UPDATE finance_message SET data = jsonb_set(data, '{do}', '\"kill\"') WHERE subject = 'm10'")
    workers.start()
    workers.start()
    workers.work_until_done()
    assert workers.deaths == 3
    assert workers.states() == {"done": 39, "held": 1}
    [(state, reason)] = database.query("SELECT state, reason_code FROM finance_exception")
    assert (state, reason) == ("open", "worker_killed")


def test_backends_terminated_in_a_loop_cost_attempts_but_no_message(database: Database, workers: Workers) -> None:
    """Fault 20: every connection of the workers is cut several times."""
    fill(database, COUNT)
    workers.start()
    workers.start()
    for _cut in range(5):
        database.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        time.sleep(0.3)
    workers.work_until_done()
    assert_exactly_once(database, COUNT)


def test_postgres_restarted_in_the_middle(restartable_database: Database, tmp_path: Path) -> None:
    """Fault 19: an immediate restart is a crash with recovery; what was committed stays, once."""
    workers = Workers(restartable_database, tmp_path)
    try:
        fill(restartable_database, COUNT)
        workers.start()
        workers.start()
        time.sleep(0.3)
        restartable_database.ready.server.restart(mode="immediate")
        workers.work_until_done()
        assert_exactly_once(restartable_database, COUNT)
    finally:
        workers.stop()
