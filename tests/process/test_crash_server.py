"""The queue on a real Odoo server: scheduled actions woken at once, killed by limits and by deploys."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.process.queue_workers import Workers, assert_accounted, assert_exactly_once
from tests.process.worker_farm import Farm

if TYPE_CHECKING:
    from suite.server import Server
    from tests.conftest import Database

DISPATCHERS = "code = 'model._cron_drain()'"


def wake(database: Database) -> None:
    """Let the minute pass: the scheduled actions are due, and the server looks."""
    database.query(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE ir_actions_server_id IN"
        f" (SELECT id FROM ir_act_server WHERE {DISPATCHERS})"
    )
    replace(database, name="postgres").query("SELECT pg_notify('cron_trigger', %s)", database.name)


@pytest.fixture
def queue(database: Database, tmp_path: Path) -> Iterator[Workers]:
    """The queue of this test's own database; a server works it, no forked workers."""
    farm = Farm(database, tmp_path)
    # only the dispatchers: nothing else shall keep the scheduled actions busy
    database.query(
        "UPDATE ir_cron SET active = FALSE WHERE ir_actions_server_id NOT IN"
        f" (SELECT id FROM ir_act_server WHERE {DISPATCHERS})"
    )
    database.query("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 hour'")
    yield Workers(farm)
    farm.stop()


def cron_workers(server: Server) -> list[int]:
    """Processes of a prefork server that have a connection of their own and are no HTTP workers."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if entry.name.isdigit() and int(fields[1]) == server.process.pid:
                found.append(int(entry.name))
        except (OSError, IndexError):
            continue
    return found


def test_work_begins_at_once_and_a_lost_wake_up_is_made_good(
    queue: Workers, odoo_server: Callable[..., Server]
) -> None:
    """Fault 6: the wake-up is an accelerator, the minute the guarantee."""
    odoo_server(workers=2, cron_threads=2, env={"FINANCE_MIN_LEASE": "2"})
    time.sleep(1)
    started = time.monotonic()
    queue.fill(50)
    queue.work_until_done(seconds=120)
    assert time.monotonic() - started < 50, "nobody waited for the minute"
    assert_exactly_once(queue.database, 50)

    # the same without any trigger and any notification: only the due time of the actions is left
    queue.database.query("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 hour'")
    queue.database.query("UPDATE finance_flow SET paused = TRUE")
    queue.farm.script(
        "from odoo.addons.finance_connector_base.engine.envelope import Envelope\n"
        'env["finance.message"]._enqueue(env["finance.flow"].search([]), '
        '[Envelope(subject="quiet", data={"do": "effect", "key": "quiet"})])\n'
    )
    time.sleep(1)
    queue.database.query("DELETE FROM ir_cron_trigger")
    queue.database.query("UPDATE finance_flow SET paused = FALSE")
    time.sleep(1)
    assert queue.open_count() == 1
    wake(queue.database)
    queue.work_until_done(seconds=120)
    assert_exactly_once(queue.database, 51)


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL], ids=["sigterm", "sigkill"])
def test_fault_12_a_deploy_in_the_middle(
    way: signal.Signals, queue: Workers, odoo_server: Callable[..., Server]
) -> None:
    """Processes of a prefork server are ended while they work; the next ones go on."""
    server = odoo_server(workers=2, cron_threads=2, env={"FINANCE_MIN_LEASE": "2"})
    queue.fill(120, do="sleep", seconds=0.05)
    queue.wait_for("SELECT count(*) > 3 FROM test_finance_effect")
    for pid in cron_workers(server):
        try:
            os.kill(pid, way)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + 180
    while queue.open_count():
        assert time.monotonic() < deadline, queue.states()
        wake(queue.database)
        time.sleep(1)
    assert server.is_running()
    assert_exactly_once(queue.database, 120)


def test_fault_11_the_watchdog_kills_a_worker_that_takes_too_long(
    queue: Workers, odoo_server: Callable[..., Server]
) -> None:
    """A message that never ends within the limit is put aside after three workers; the others flow."""
    odoo_server(workers=2, cron_threads=2, env={"FINANCE_MIN_LEASE": "2"}, options=("--limit-time-real-cron", "4"))
    queue.fill(20, keyed=False)
    queue.database.query(
        'UPDATE finance_message SET data = data || \'{"do": "sleep", "seconds": 600}\' WHERE subject = \'m3\''
    )
    deadline = time.monotonic() + 120
    while queue.open_count():
        assert time.monotonic() < deadline, queue.states()
        wake(queue.database)
        time.sleep(1)
    assert queue.states() == {"done": 19, "held": 1}
    assert queue.database.query("SELECT subject, reason_code FROM finance_message WHERE state = 'held'") == [
        ("m3", "worker_killed")
    ]
    assert queue.database.value("SELECT count(*) FROM test_finance_effect") == 19
    assert_accounted(queue.database)


def test_fault_13_two_servers_on_one_database(queue: Workers, odoo_server: Callable[..., Server]) -> None:
    """Two nodes drain the same queue; one of them disappears (B-57)."""
    first = odoo_server(cron_threads=2, env={"FINANCE_MIN_LEASE": "2"})
    odoo_server(cron_threads=2, env={"FINANCE_MIN_LEASE": "2"})
    queue.fill(200, do="sleep", seconds=0.02)
    both = "SELECT count(DISTINCT w.pid) FROM finance_worker w WHERE w.processed > 0"
    queue.wait_for(f"SELECT count(*) > 20 AND ({both}) = 2 FROM test_finance_effect")
    in_hand = (
        "SELECT count(*) FROM finance_message m JOIN finance_worker w ON w.id = m.worker_id"
        f" WHERE m.state = 'processing' AND w.pid = {first.process.pid}"
    )
    queue.wait_for(f"SELECT ({in_hand}) > 0")
    first.kill()
    left = queue.database.value(in_hand)
    deadline = time.monotonic() + 180
    while queue.open_count():
        assert time.monotonic() < deadline, queue.states()
        wake(queue.database)
        time.sleep(1)
    assert_exactly_once(queue.database, 200)
    # taken over when the lease was over, not before: until then the node might only have been slow
    taken_back = queue.database.query(
        "SELECT t.at >= (SELECT min(lease_until) FROM finance_worker WHERE pid = %s AND ended_at IS NULL)"
        " FROM finance_message_transition t WHERE t.note LIKE 'worker_killed%%'",
        first.process.pid,
    )
    assert len(taken_back) >= left
    assert all(in_time for (in_time,) in taken_back)
