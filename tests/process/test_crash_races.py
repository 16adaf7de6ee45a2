"""Transactions that meet (B-13, B-25; faults 13, 14, 15, 25): real ones, on connections of their own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.process.queue_workers import assert_accounted, assert_exactly_once

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers


def test_fault_13_many_workers_claim_together(workers: Workers) -> None:
    """Each message once, each series in its order, every worker has something to do."""
    workers.fill(600)
    workers.start(5)
    workers.work_until_done()
    assert_exactly_once(workers.database, 600)
    busy = workers.database.value("SELECT count(DISTINCT worker_name) FROM finance_message_attempt")
    assert busy >= 3


@pytest.mark.parametrize("slots", [1, 2])
def test_only_so_many_workers_on_a_connection(workers: Workers, slots: int) -> None:
    """Counted while it happens, not afterwards: never more at the same time than allowed."""
    workers.fill(40, slots=slots, keyed=False, do="sleep", seconds=0.05)
    workers.start(4)
    most = 0
    while workers.open_count():
        [(busy,)] = workers.database.query(
            "SELECT count(DISTINCT worker_id) FROM finance_message WHERE state = 'processing'"
        )
        most = max(most, busy)
        time.sleep(0.01)
    assert most == slots
    assert_exactly_once(workers.database, 40)


def test_fault_14_a_claim_on_a_stale_snapshot_is_made_again(workers: Workers) -> None:
    """40001 at the claim: no error in the log, no attempt counted, nothing worked twice."""
    workers.fill(20, keyed=False)
    seen = workers.farm.folder / "seen"
    # a transaction that has seen the queue before another worker took everything
    stale = f"""
import time
from pathlib import Path
from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps
dispatcher = env["finance.dispatcher"]
run = dispatcher._begin(CommittedSteps(env.cr), None)
env.cr.execute("SELECT count(*) FROM finance_message")
Path({str(seen)!r}).touch()
with env.registry.cursor() as now:
    left = True
    while left:
        time.sleep(0.05)
        now.rollback()
        now.execute("SELECT 1 FROM finance_message WHERE state = 'queued' LIMIT 1")
        left = now.fetchone()
claims = dispatcher._claim(run)
print(len(claims))
dispatcher._finish_run(run)
"""
    process, output = workers.farm.start_script(stale)
    while not seen.exists():
        time.sleep(0.01)
    workers.start()
    workers.work_until_done()
    process.wait()
    assert output.read_text().strip() == "0"
    assert_exactly_once(workers.database, 20)
    assert workers.database.value("SELECT count(*) FROM finance_message_attempt") == 20
    assert "could not serialize" not in workers.farm.log.read_text()


def test_fault_15_handlers_that_write_the_same_row(workers: Workers) -> None:
    """Every increment counts, however often a handler had to run again for it.

    A handler that meets others runs again at once, some times; whoever never gets through is put back.
    """
    workers.farm.script('env["test.finance.effect"].create({"key": "shared", "sequence": 0})')
    workers.fill(60, keyed=False, do="increment", key="shared")
    workers.start(3)
    workers.work_until_done(seconds=120)
    states = workers.states()
    assert states == {"done": 60}
    assert workers.database.value("SELECT sequence FROM test_finance_effect") == 60
    put_back = workers.database.query(
        "SELECT DISTINCT outcome, reason_code, error_class FROM finance_message_attempt WHERE outcome <> 'done'"
    )
    assert set(put_back) <= {("retry", "conflict", "technical")}
    assert_accounted(workers.database)


SAME_IDENTITY = """
import time
from odoo.addons.finance_connector_base.engine.envelope import Envelope
from odoo.service.model import retrying
flow = env["finance.flow"].search([])
def post():
    # the snapshot is taken before the others commit
    env.cr.execute("SELECT 1")
    time.sleep(max(0, {start} - time.time()))
    env["finance.message"]._enqueue(flow, [Envelope(
        subject="same", data={{"do": "effect", "key": "same"}}, dedupe_key="same", content_hash="h")])
    env.flush_all()
    time.sleep(0.05)
retrying(post, env)
"""


def test_fault_25_one_identity_from_many_transactions(workers: Workers) -> None:
    """Twenty at once: one effect, nineteen known duplicates, no error for anybody."""
    workers.fill(0)
    start = time.time() + 2.5
    processes = [workers.farm.start_script(SAME_IDENTITY.format(start=start)) for _post in range(20)]
    for process, output in processes:
        process.wait(60)
        assert output.exists(), "the post failed instead of being run again"
    workers.start()
    workers.work_until_done()
    assert workers.states() == {"done": 1, "ignored": 19}
    assert workers.database.value("SELECT count(*) FROM test_finance_effect") == 1
    first = workers.database.value("SELECT id FROM finance_message WHERE state = 'done'")
    assert workers.database.value("SELECT count(*) FROM finance_message WHERE duplicate_of_id = %s", first) == 19
    assert_accounted(workers.database)


FIX = """
import time
# the fixing transaction has its snapshot before the message is held, and commits after it
env.cr.execute("SELECT count(*) FROM finance_message")
{before}
env["test.finance.effect"].create({{"key": "fixed"}})
env["finance.message"]._resume_waiting("cause")
env.flush_all()
{after}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [("time.sleep(1.5)", ""), ("", "time.sleep(1.5)"), ("", "")],
    ids=["held before the fix is written", "held while the fix is written", "held after the fix"],
)
def test_a_message_held_while_its_cause_is_fixed_goes_on(workers: Workers, before: str, after: str) -> None:
    """Neither transaction sees the other; without meeting at a row the message would wait for ever."""
    for _round in range(3):
        workers.stop()
        workers.empty()
        workers.fill(6, keyed=False, do="wait_for_fix", seconds=0.4)
        process, output = workers.farm.start_script(FIX.format(before=before, after=after))
        time.sleep(0.2)
        workers.start(2)
        process.wait(60)
        # as a user's request would be, the fix is run again if the database asks for it
        if not output.exists():
            workers.farm.script(FIX.format(before="", after=""))
        deadline = time.monotonic() + 60
        while workers.states() != {"done": 6}:
            assert time.monotonic() < deadline, workers.states()
            time.sleep(0.1)
    assert_accounted(workers.database)


def test_holders_of_one_cause_do_not_hinder_each_other(workers: Workers) -> None:
    workers.fill(120, keyed=False, do="hold", waiting_key="cause")
    workers.start(4)
    workers.work_until_done(seconds=120)
    assert workers.states() == {"held": 120}
    assert workers.database.value("SELECT count(*) FROM finance_exception WHERE state = 'open'") == 120
    assert_accounted(workers.database)


def test_a_person_and_a_worker_at_the_same_message(workers: Workers) -> None:
    """Retry, discard and work cross each other: every message ends once, in a state that says how."""
    workers.fill(30, keyed=False, do="raise", error="RejectedError")
    workers.start(2)
    workers.work_until_done()
    person = """
from odoo.service.model import retrying
messages = env["finance.message"].search([("state", "=", "held")], order="id")
for message in messages[{start}:{end}]:
    def press():
        if message.state == "held":
            message.{press}
    retrying(press, env)
    env.cr.commit()
"""
    workers.database.query('UPDATE finance_message SET data = data || \'{"do": "effect"}\'')
    processes = [
        workers.farm.start_script(person.format(start=start, end=end, press=press))
        for start, end, press in ((0, 20, "action_retry()"), (10, 30, "_discard('no')"), (0, 30, "action_retry()"))
    ]
    for process, _output in processes:
        process.wait(60)
    workers.work_until_done()
    states = workers.states()
    assert states.get("done", 0) + states.get("ignored", 0) == 30
    assert workers.database.value("SELECT count(*) FROM test_finance_effect") == states["done"]
    assert workers.database.value("SELECT count(*) FROM finance_exception WHERE state = 'open'") == 0
    assert_accounted(workers.database)
