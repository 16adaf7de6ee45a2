"""The emergency stop under load (G-10), and a pause (B-48): real workers, real transactions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.process.queue_workers import assert_exactly_once

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

COUNT = 300
STOP = 'env["finance.stop"]._stop("everything", "test")'
RELEASE = 'env["finance.stop"].search([])._release("over")'


@pytest.mark.parametrize("at_most_once", [False, True])
def test_g10_a_stop_halts_busy_workers_within_seconds(workers: Workers, at_most_once: bool) -> None:
    """Nothing begins after the stop has been seen, what had begun is finished, the rest waits and goes on in order."""
    workers.fill(COUNT, at_most_once=at_most_once, do="sleep", seconds=0.03)
    workers.start(4)
    workers.wait_for("SELECT count(*) > 20 FROM finance_message WHERE state = 'done'")
    workers.farm.script(STOP)
    workers.wait_for("SELECT count(*) = 0 FROM finance_message WHERE state = 'processing'")
    at_rest = workers.states()
    assert at_rest["queued"] > 0, "the stop came too late to show anything"
    # idle workers ask twenty times a second
    time.sleep(1.5)
    assert workers.states() == at_rest
    late = workers.database.value(
        "SELECT count(*) FROM finance_message_attempt a, finance_stop s"
        " WHERE a.outcome <> 'released' AND a.started_at > s.stopped_at + interval '5 seconds'"
    )
    assert late == 0
    workers.farm.script(RELEASE)
    workers.work_until_done()
    assert_exactly_once(workers.database, COUNT)


def test_b48_a_paused_flow_accepts_and_resumes_in_order(workers: Workers) -> None:
    # more than three workers get done while a busy machine comes to the pause
    workers.fill(300, do="sleep", seconds=0.05)
    workers.start(3)
    workers.wait_for("SELECT count(*) > 5 FROM finance_message WHERE state = 'done'")
    workers.farm.script('env["finance.flow"].search([]).action_pause()')
    workers.wait_for("SELECT count(*) = 0 FROM finance_message WHERE state = 'processing'")
    at_rest = workers.states()["queued"]
    workers.farm.script(
        "from odoo.addons.finance_connector_base.engine.envelope import Envelope\n"
        'env["finance.message"]._enqueue(env["finance.flow"].search([]), ['
        'Envelope(subject=f"late{n}", data={"do": "effect", "key": f"late{n}"}, order_key=f"k{n % 7}")'
        " for n in range(20)])"
    )
    time.sleep(0.5)
    assert workers.states()["queued"] == at_rest + 20
    workers.farm.script('env["finance.flow"].search([]).action_resume()')
    workers.work_until_done()
    assert_exactly_once(workers.database, 320)
