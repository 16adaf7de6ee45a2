"""Near duplicates that arrive at once (B-14; faults 13 and 25): whoever works them, one is held."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.process.queue_workers import assert_accounted

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

OFFICE = """
env["finance.duplicate.rule"].create({
    "name": "race", "company_id": False, "reference_path": "number", "amount_path": "total", "amount_tolerance": 1})
connection = env["finance.connection"].create(
    {"name": "Race", "adapter": "finance.adapter.test", "environment": "test", "check_ok": True, "state": "active"})
for name in ("one", "two"):
    env["finance.flow"].create({"name": name, "connection_id": connection.id, "handler": "finance.handler.test",
        "batch_size": 1, "lease_seconds": 60, "at_most_once": AT_MOST_ONCE})
"""
QUEUE = """
import time
from odoo.addons.finance_connector_base.engine.envelope import Envelope
def queue(name, numbers, total, seconds):
    env["finance.message"]._enqueue(env["finance.flow"].search([("name", "=", name)]), [
        Envelope(subject=f"{name} {n}", data={"do": "sleep", "key": f"{n}", "seconds": seconds,
                                             "number": f"RE-{n:05}", "total": total})
        for n in numbers])
"""
PAIRS = 40


def both(workers: Workers, at_most_once: bool) -> None:
    workers.farm.script(OFFICE.replace("AT_MOST_ONCE", str(at_most_once)))
    workers.farm.script(
        f"{QUEUE}\nqueue('one', range({PAIRS}), '10.00', 0.02)\nqueue('two', range({PAIRS}), '10.50', 0.02)"
    )
    workers.start(4)
    workers.work_until_done()
    assert workers.states() == {"done": PAIRS, "held": PAIRS}
    held = workers.database.query(
        "SELECT f.name->>'en_US', m.reason_code, count(*)"
        " FROM finance_message m JOIN finance_flow f ON f.id = m.flow_id"
        " WHERE m.state = 'held' GROUP BY 1, 2"
    )
    assert held == [("two", "near_duplicate", PAIRS)], "the later one is held"
    assert workers.database.value("SELECT count(DISTINCT key) FROM test_finance_effect") == PAIRS
    assert workers.database.value("SELECT count(*) FROM test_finance_effect") == PAIRS
    assert_accounted(workers.database)


def test_b14_two_that_arrive_at_once_in_several_workers(workers: Workers) -> None:
    both(workers, at_most_once=False)


def test_b14_two_that_arrive_at_once_and_may_be_sent_only_once(workers: Workers) -> None:
    """A conflict while they are compared is no unclear outcome: nothing was sent yet."""
    both(workers, at_most_once=True)


def test_b14_the_earlier_one_becomes_visible_while_the_later_one_is_worked(workers: Workers, tmp_path: Path) -> None:
    """Its transaction took longer: it was numbered first, and gives way to what is being worked."""
    flag = tmp_path / "commit"
    workers.farm.script(OFFICE.replace("AT_MOST_ONCE", "False"))
    workers.start(6)
    before = workers.database.value("SELECT last_value FROM finance_message_id_seq")
    late, _output = workers.farm.start_script(
        f"{QUEUE}\nimport os\nqueue('one', range(3), '10.00', 0)\nenv.flush_all()\n"
        f"while not os.path.exists({str(flag)!r}): time.sleep(0.05)"
    )
    workers.wait_for(f"SELECT last_value >= {before + 3} FROM finance_message_id_seq")
    workers.farm.script(f"{QUEUE}\nqueue('two', range(3), '10.00', 6)")
    workers.wait_for("SELECT count(*) = 3 FROM finance_message WHERE state = 'processing'", seconds=60)
    flag.touch()
    late.wait(60)
    workers.work_until_done()
    assert workers.states() == {"done": 3, "held": 3}
    assert workers.database.query("SELECT key, count(*) FROM test_finance_effect GROUP BY key ORDER BY key") == [
        ("0", 1),
        ("1", 1),
        ("2", 1),
    ]
    assert_accounted(workers.database)
