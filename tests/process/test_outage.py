"""An outage from beginning to end (B-23, B-24; faults 47 and 48), with real workers and a real system over HTTP.

The hour is compressed by short waits; how often something is tried, what is sent when the system
is back, and in which order, does not depend on the clock of the machine that runs it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.process import StandIn
from tests.process.queue_workers import assert_accounted

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

BULK = 2_500
#: calls a second that the other system allows
RATE = 200.0
#: and with how many of them it begins again; the rate doubles each second
SHARE = 10
WORKERS = 3
#: a few hundredths for what lies between a call and the sandbox's note of it
SLACK = 0.25

SETUP = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
connection = env["finance.connection"].create(
    {{"name": "Outage", "adapter": "finance.adapter.test.http", "environment": "test", "check_ok": True,
     "max_concurrency": 0, "state": "active",
     "http_base_url": "http://localhost:{port}", "http_networks": "127.0.0.0/8, ::1",
     "http_allow_plain": True, "circuit_threshold": 5, "circuit_wait": 1, "circuit_longest_wait": 2,
     "ramp_share": {share}, "ramp_seconds": 1}})
connection._allow_hosts()
env["finance.limit"].create({{"connection_id": connection.id, "rate": {rate}}})
bulk = env["finance.flow"].create(
    {{"name": "Bulk", "connection_id": connection.id, "handler": "finance.handler.test.http", "priority": 50,
     "retry_base": 0.2, "retry_cap": 0.5}})
env["finance.flow"].create(
    {{"name": "Payment status", "connection_id": connection.id, "handler": "finance.handler.test.http", "priority": 5}})
env["finance.message"]._enqueue(bulk, [
    Envelope(subject=f"m{{n}}", data={{"sequence": n}}, order_key=f"k{{n % 250}}" if n % 2 else None)
    for n in range({bulk})])
"""
STATUS = """
from odoo.addons.finance_connector_base.engine.envelope import Envelope
flow = env["finance.flow"].search([("name", "=", "Payment status")])
env["finance.message"]._enqueue(
    flow, [Envelope(subject="status", correlation_id="payment-status", priority=5, data={})])
"""


@pytest.fixture
def system() -> Iterator[StandIn]:
    with StandIn("sandbox.http") as running:
        yield running


def calls(system: StandIn) -> list[Any]:
    """:return: time, path, status and correlation id of each request"""
    return list(system.control("GET", "/calls"))


def wait_for_openings(workers: Workers, count: int) -> None:
    workers.wait_for(f"SELECT COALESCE(max(openings), 0) >= {count} FROM finance_circuit", seconds=120)


def most_in_a_second(times: list[float]) -> int:
    most, first = 0, 0
    for last, at in enumerate(times):
        while times[first] < at - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_fault_48_an_hour_without_the_other_system(workers: Workers, system: StandIn) -> None:
    """Down, then overloaded, then back: order kept, no attempts used up, no flood, the urgent ahead of the bulk."""
    database = workers.database
    workers.farm.script(SETUP.format(port=system.ready["ports"]["plain"], share=SHARE, rate=RATE, bulk=BULK))
    system.control("POST", "/refuse")
    for _worker in range(WORKERS):
        workers.start()

    # down: the circuit opens, and from then on one message is tried at a time
    wait_for_openings(workers, 4)
    assert database.value("SELECT count(*) FROM finance_message WHERE state = 'done'") == 0
    before = database.value("SELECT count(*) FROM finance_message_attempt WHERE outcome = 'retry'")
    openings = database.value("SELECT openings FROM finance_circuit")
    wait_for_openings(workers, openings + 2)
    tries = database.value("SELECT count(*) FROM finance_message_attempt WHERE outcome = 'retry'") - before
    assert tries <= database.value("SELECT openings FROM finance_circuit") - openings + 1, "one try at a time"

    # it listens again, and says that it is too much: an answer, so the circuit closes; everything waits
    system.control("PUT", "/chaos", [{"mode": "status", "status": 429, "headers": {"Retry-After": "2"}}])
    system.control("POST", "/accept")
    workers.wait_for("SELECT count(*) > 0 FROM finance_connection WHERE hold_until IS NOT NULL", seconds=120)
    workers.wait_for("SELECT bool_and(state = 'closed') FROM finance_circuit", seconds=120)
    began = database.value("SELECT extract(epoch FROM ramp_at)::float8 FROM finance_limit")
    system.control("DELETE", "/chaos")

    # back: in the middle of the bulk a payment status comes
    workers.wait_for(f"SELECT count(*) > {BULK // 10} FROM finance_message WHERE state = 'done'", seconds=120)
    workers.farm.script(STATUS)
    sent_before = len(calls(system))
    workers.work_until_done(seconds=240)
    answered = calls(system)

    # nothing lost, nothing doubled, nobody was asked
    assert workers.states() == {"done": BULK + 1}
    assert_accounted(database)
    doubled = database.query("SELECT key FROM test_finance_effect GROUP BY key HAVING count(*) <> 1")
    assert doubled == []
    good = [call for call in answered if call[2] == 200]
    assert len(good) == BULK + 1
    assert not database.value("SELECT count(*) FROM finance_exception")

    # no attempt used up but those that failed before anybody knew
    spent = database.value("SELECT COALESCE(sum(attempt_count - 1), 0) FROM finance_message")
    assert spent <= 2 * (5 + WORKERS), f"{spent} attempts were used up"

    # order per key, as the other side has seen it
    order = {
        correlation: (key, number)
        for correlation, key, number in database.query(
            "SELECT correlation_id, order_key, id FROM finance_message WHERE order_key IS NOT NULL"
        )
    }
    last: dict[str, int] = {}
    for _at, _path, status, correlation in answered:
        if status == 200 and correlation in order:
            key, number = order[correlation]
            assert last.get(key, 0) < number, f"{key} was sent out of order"
            last[key] = number

    # no flood: never more than the limit in any second, and slowly at first
    times = [call[0] for call in answered]
    assert most_in_a_second(times) <= RATE * (1 + SLACK), "faster than allowed"
    began = began or good[0][0]
    seconds = Counter(int(at - began) for at, *_rest in good)
    for number in range(3):
        assert seconds[number] <= RATE * SHARE / 100 * 2**number * (1 + 2 * SLACK), dict(seconds)
    throttled = [call[0] for call in answered if call[2] == 429]
    assert len(throttled) <= 2 * WORKERS, "one answer is enough for everybody"

    # the urgent one went ahead of thousands that had waited longer: at most what was in hand came first
    place = next(number for number, call in enumerate(answered) if call[3] == "payment-status")
    assert place - sent_before <= RATE, f"{place - sent_before} requests came first"
    assert len(answered) - place > BULK / 5, "the bulk was through already"
    print(
        f"{len(answered)} calls, {time.time() - times[0]:.0f} s, ramp {[seconds[n] for n in range(8)]},"
        f" {place - sent_before} before the status, {spent} attempts"
    )
