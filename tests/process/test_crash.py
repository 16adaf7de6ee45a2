"""Workers that die in the middle (B-09, B-25, B-57; faults 1, 2, 3, 6, 8, 12, 13, 16).

Two hundred messages, two worker processes, and a SIGKILL at a named place, again and again:
every effect exactly once, every series in its order, nothing left behind.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.process.queue_workers import assert_accounted, assert_exactly_once

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

COUNT = 200

#: a message that loses three workers is a person's (fault 8): which messages the kills hit is chance,
#: and one taken up again at once may be hit every time
KILLS = 2

#: where a worker dies -> the faults of the model it stands for
POINTS = {
    "claim_uncommitted": "fault 1: between claim and its commit",
    "claimed": "fault 2: after the claim is committed, before work",
    "before_handler": "fault 2: the message is taken up",
    "mid_handler": "fault 3: after the handler has written",
    "before_commit": "fault 3: effect and completion written, not committed",
    "after_commit": "fault 6: after the commit, before anything follows",
}


def crash_at(workers: Workers, point: str, folder: Path, kills: int) -> None:
    """Have the workers killed there, so many times in all."""
    tickets = folder / "tickets"
    tickets.mkdir()
    for number in range(kills):
        (tickets / str(number)).touch()
    workers.env.update(FINANCE_CRASH_AT=point, FINANCE_CRASH_TICKETS=str(tickets))


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at_a_point_neither_loses_nor_doubles(point: str, workers: Workers, tmp_path: Path) -> None:
    crash_at(workers, point, tmp_path, KILLS)
    workers.fill(COUNT)
    workers.start(2)
    workers.work_until_done()
    assert workers.deaths == KILLS, f"{POINTS[point]} was not reached"
    assert_exactly_once(workers.database, COUNT)
    crashed = workers.database.value("SELECT count(*) FROM finance_message_attempt WHERE outcome = 'crashed'")
    # what was rolled back with the claim was never an attempt; what was committed is done
    assert crashed <= KILLS
    if point == "claim_uncommitted":
        assert crashed == 0


@pytest.mark.parametrize("point", ["claimed", "mid_handler", "before_commit", "after_commit"])
def test_shared_transactions_survive_a_kill(point: str, workers: Workers, tmp_path: Path) -> None:
    """Faults 2, 3 and 6 for flows whose messages share a transaction."""
    crash_at(workers, point, tmp_path, 2)
    workers.fill(COUNT, commit_size=10)
    # one that fails drives its group into transactions of their own, where the points are
    workers.database.query(
        "UPDATE finance_message SET data = data || '{\"do\": \"ignore\"}' WHERE subject IN ('m40', 'm120')"
    )
    workers.database.query(
        'UPDATE finance_message SET data = data || \'{"do": "raise_until", "attempts": 2}\''
        " WHERE subject IN ('m30', 'm90', 'm150')"
    )
    workers.database.query("UPDATE finance_flow SET retry_base = 0.1, retry_cap = 0.2")
    workers.start(2)
    workers.work_until_done()
    assert workers.states() == {"done": COUNT - 2, "ignored": 2}
    assert workers.database.value("SELECT count(DISTINCT key) FROM test_finance_effect") == COUNT - 2
    assert workers.database.value("SELECT count(*) FROM test_finance_effect") == COUNT - 2
    assert_accounted(workers.database)
    assert workers.deaths > 0


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGKILL], ids=["sigterm", "sigkill"])
def test_a_dead_worker_blocks_nothing_longer_than_its_lease(way: signal.Signals, workers: Workers) -> None:
    """Faults 2 and 12, B-57: nobody helps, the clock of the database hands its keys to the other worker."""
    workers.fill(20)
    # a message that sleeps holds its worker while it is killed
    workers.database.query(
        'UPDATE finance_message SET data = data || \'{"do": "sleep", "seconds": 30}\' WHERE subject = \'m0\''
    )
    first = workers.start()
    workers.wait_for("SELECT count(*) > 0 FROM finance_message WHERE subject = 'm0' AND state = 'processing'")
    workers.database.query("UPDATE finance_message SET data = data || '{\"seconds\": 0}' WHERE subject = 'm0'")
    workers.start()
    first.signal(way)
    first.wait()
    workers.processes.remove(first)
    # nobody helps the lease along: without recovery by the clock this never ends
    workers.work_until_done(seconds=120, expire_leases=False)
    assert_exactly_once(workers.database, 20)


def test_a_frozen_worker_that_wakes_up_late_changes_nothing(workers: Workers) -> None:
    """Fault 16: the zombie's completion is fenced by the attempt id."""
    workers.fill(1, do="sleep", seconds=2)
    zombie = workers.start()
    workers.wait_for("SELECT state = 'processing' FROM finance_message")
    zombie.signal(signal.SIGSTOP)
    time.sleep(2.5)
    workers.start()
    workers.work_until_done(expire_leases=False)
    zombie.signal(signal.SIGCONT)
    # the zombie ends its sleep, writes, and finds that it lost the message; then it goes on working
    time.sleep(3)
    workers.farm.script(
        'env["finance.message"]._enqueue(env["finance.flow"].search([]), '
        '[__import__("odoo.addons.finance_connector_base.engine.envelope", fromlist=["x"])'
        '.Envelope(subject="after", data={"do": "effect", "key": "after"})])'
    )
    workers.work_until_done()
    assert not zombie.is_dead()
    assert workers.database.query("SELECT key, count(*) FROM test_finance_effect GROUP BY key ORDER BY key") == [
        ("after", 1),
        ("m0", 1),
    ]
    outcomes = workers.database.query(
        "SELECT outcome FROM finance_message_attempt a JOIN finance_message m ON m.id = a.message_id"
        " WHERE m.subject = 'm0' ORDER BY a.id"
    )
    assert outcomes == [("crashed",), ("done",)]
    assert_accounted(workers.database)


def test_a_message_that_kills_its_worker_every_time_is_put_aside(workers: Workers) -> None:
    """Fault 8: three workers lost, then it is a person's; the others flow, and none of them is suspected."""
    workers.fill(40)
    workers.database.query("UPDATE finance_message SET data = data || '{\"do\": \"kill\"}' WHERE subject = 'm10'")
    workers.start(2)
    workers.work_until_done()
    assert workers.deaths == 3
    assert workers.states() == {"done": 39, "held": 1}
    [(state, reason)] = workers.database.query("SELECT state, reason_code FROM finance_exception")
    assert (state, reason) == ("open", "worker_killed")
    assert workers.database.value("SELECT count(*) FROM finance_message WHERE crash_count > 0") == 1
    assert_accounted(workers.database)


def test_money_in_hand_of_a_killed_worker_is_unknown_and_nothing_else_is(workers: Workers) -> None:
    """Fault 4: what a dead worker may have sent is not sent again; what it had only claimed is."""
    workers.fill(40, at_most_once=True, keyed=False)
    workers.database.query(
        "UPDATE finance_message SET data = data || '{\"do\": \"kill\"}' WHERE subject IN ('m7', 'm23')"
    )
    workers.start(2)
    workers.work_until_done()
    assert workers.states() == {"done": 38, "unknown": 2}
    assert workers.database.value("SELECT count(*) FROM test_finance_effect") == 38
    unknown = workers.database.query("SELECT subject FROM finance_message WHERE state = 'unknown' ORDER BY subject")
    assert unknown == [("m23",), ("m7",)]
    assert_accounted(workers.database)


def test_killing_at_random(workers: Workers) -> None:
    """Wherever it happens to hit: many kills without any named place."""
    workers.fill(400, do="effect")
    workers.start(3)
    for _kill in range(12):
        time.sleep(0.15)
        # on a busy machine nothing would be worked between the kills, and three deaths put a message aside
        done = workers.database.value("SELECT count(*) FROM test_finance_effect")
        workers.wait_for(f"SELECT count(*) >= least({done} + 4, 400) FROM test_finance_effect")
        victim = workers.processes[0]
        victim.signal(signal.SIGKILL)
        victim.wait()
        workers.processes.remove(victim)
        workers.expire(victim.pid)
        workers.start()
    workers.work_until_done()
    held = workers.states().get("held", 0)
    assert held == 0
    assert_exactly_once(workers.database, 400)
