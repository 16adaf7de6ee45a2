"""A database in trouble (faults 19 to 23): the queue pauses, nothing is lost, nothing counts against a message."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.process.queue_workers import Workers, assert_accounted, assert_exactly_once
from tests.process.worker_farm import Farm

if TYPE_CHECKING:
    from tests.conftest import Database

COUNT = 200


@pytest.fixture
def restartable(restartable_database: Database, tmp_path: Path) -> Iterator[Workers]:
    farm = Farm(restartable_database, tmp_path)
    workers = Workers(farm)
    yield workers
    workers.stop()
    farm.stop()


def test_fault_19_postgres_restarted_in_the_middle(restartable: Workers) -> None:
    """An immediate restart is a crash with recovery: what was committed stays, what was not runs again."""
    restartable.fill(COUNT)
    restartable.start(2)
    restartable.wait_for("SELECT count(*) > 20 FROM test_finance_effect")
    restartable.database.ready.server.restart(mode="immediate")
    restartable.work_until_done(expire_leases=False)
    assert restartable.deaths == 0, "workers go on by themselves"
    assert_exactly_once(restartable.database, COUNT)
    assert restartable.database.value("SELECT max(crash_count) FROM finance_message") <= 1


def test_fault_20_backends_terminated_in_a_loop(workers: Workers) -> None:
    """Every connection of the workers is cut again and again, wherever they are."""
    workers.fill(COUNT)
    workers.start(2)
    for _cut in range(8):
        time.sleep(0.15)
        workers.database.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    workers.work_until_done(expire_leases=False)
    assert workers.deaths == 0
    assert_exactly_once(workers.database, COUNT)


def test_fault_20_money_is_not_sent_again_when_the_line_to_the_database_is_cut(workers: Workers) -> None:
    workers.fill(30, at_most_once=True, keyed=False, do="sleep", seconds=0.1)
    workers.start()
    for _cut in range(3):
        time.sleep(0.5)
        workers.database.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query NOT LIKE '%%pg_stat%%'"
        )
    workers.work_until_done(expire_leases=False)
    states = workers.states()
    assert states["done"] + states.get("unknown", 0) == 30
    assert 1 <= states.get("unknown", 0) <= 3
    assert workers.database.value("SELECT count(*) FROM test_finance_effect") == states["done"]
    assert_accounted(workers.database)


DISK_FULL = """
CREATE OR REPLACE FUNCTION injected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER injected BEFORE INSERT ON test_finance_effect FOR EACH ROW EXECUTE FUNCTION injected();
"""


@pytest.mark.parametrize("commit_size", [1, 10])
def test_fault_21_disk_full_pauses_and_counts_no_attempt(workers: Workers, commit_size: int) -> None:
    workers.fill(30, commit_size=commit_size)
    workers.database.query(DISK_FULL)
    workers.start(2)
    workers.wait_for("SELECT count(*) > 2 FROM finance_message_attempt WHERE outcome = 'released'")
    time.sleep(1)
    assert workers.states() == {"queued": 30}, "nothing is held, dead or stuck"
    assert workers.database.value("SELECT max(attempt_count) FROM finance_message") == 0
    assert workers.database.value("SELECT count(*) FROM finance_exception") == 0
    assert workers.database.value("SELECT count(*) FROM finance_message_attempt") < 200, "it pauses, it does not spin"
    workers.database.query("DROP TRIGGER injected ON test_finance_effect")
    workers.database.query("UPDATE finance_message SET next_at = now() AT TIME ZONE 'UTC'")
    workers.work_until_done()
    assert_exactly_once(workers.database, 30)


def test_fault_22_no_connection_to_be_had(workers: Workers) -> None:
    """Workers that get no connection wait for one, and lose nothing meanwhile."""
    workers.fill(60)
    name = workers.database.name
    # whoever comes is turned away, as when all places are taken; a limit would not stop the superuser of the tests
    elsewhere = replace(workers.database, name="postgres")
    elsewhere.query(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    try:
        workers.start(2)
        time.sleep(1.5)
        assert not any(process.is_dead() for process in workers.processes)
    finally:
        elsewhere.query(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert workers.database.value("SELECT count(*) FROM finance_message_attempt") == 0
    workers.work_until_done(expire_leases=False)
    assert workers.deaths == 0
    assert_exactly_once(workers.database, 60)


def test_fault_23_a_long_transaction_elsewhere_changes_no_result(workers: Workers) -> None:
    """A snapshot that pins every dead row makes the queue slower, never wrong."""
    workers.fill(COUNT)
    with workers.database.connect() as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM finance_message")
        workers.start(2)
        workers.work_until_done()
        workers.fill(COUNT)
        workers.work_until_done()
        cursor.execute("SELECT count(*), count(*) FILTER (WHERE state = 'queued') FROM finance_message")
        assert cursor.fetchone() == (COUNT, COUNT), "the old snapshot is still the old one"
        connection.rollback()
    assert workers.states() == {"done": 2 * COUNT}
    assert workers.database.value("SELECT count(*) FROM test_finance_effect") == 2 * COUNT
    assert workers.database.value("SELECT count(DISTINCT message_id) FROM test_finance_effect") == 2 * COUNT
    assert_accounted(workers.database)


def test_fault_18_sessions_that_idle_too_long_are_cut_and_go_on(workers: Workers) -> None:
    """Safety rests on claim and fence, not on a session: a timeout that cuts it costs nothing."""
    name = workers.database.name
    # before the timeout: a busy machine would cut the session that fills the queue as well
    workers.fill(20, do="sleep", seconds=0.5)
    workers.database.query(f"ALTER DATABASE \"{name}\" SET idle_in_transaction_session_timeout = '300ms'")
    try:
        workers.database.query("UPDATE finance_message SET data = data || '{\"seconds\": 0}' WHERE id % 5 <> 0")
        workers.start(2)
        time.sleep(3)
    finally:
        workers.database.query(f'ALTER DATABASE "{name}" RESET idle_in_transaction_session_timeout')
    workers.database.query(
        "UPDATE finance_message SET data = data || '{\"seconds\": 0}', next_at = now() AT TIME ZONE 'UTC'"
    )
    workers.work_until_done(expire_leases=False)
    assert_exactly_once(workers.database, 20)
