"""Payments are executed once or not at all, and shown as what they are (K-07, K-11, K-12; faults 3 to 6, 33 to 38).

``make payments-sim`` runs the same with thousands of payments and prints the table.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from suite import paths
from tests.process.payment_world import FEW, World, scenarios, table

if TYPE_CHECKING:
    from tests.conftest import Database
    from tests.process.queue_workers import Workers

#: payments of an order, one order for each fault
SIZE, MANY = 4, 60


# one second a payment on a slow machine, where somebody asks for thousands
@pytest.mark.timeout(300 + int(os.environ.get("FIN_PAYMENTS", "0")))
def test_k07_faults_4_5_and_33_to_38_no_payment_is_doubled_lost_or_shown_as_what_it_is_not(
    workers: Workers, tmp_path: Path
) -> None:
    wanted = int(os.environ.get("FIN_PAYMENTS", "0"))
    ways = scenarios() if wanted else FEW
    # few that are asked for are spread over all ways, many come in larger orders
    size = min(MANY, max(SIZE, -(-wanted // len(ways))))
    orders = max(1, -(-wanted // (len(ways) * size)))
    world = World(workers, tmp_path)
    try:
        world.start()
        for way, fault in ways:
            world.suffer(way, fault, orders=orders, size=size)
        # three statuses are told of a file: of the first ones nothing is
        world.settle(kills=1, drops=3 * orders)
        tallies = world.count()
        _two_at_once(world, workers.database)
    finally:
        world.stop()
    told = table(tallies)
    (paths.RUN / "reports").mkdir(exist_ok=True)
    (paths.RUN / "reports" / "payments-sim.txt").write_text(told + "\n")
    print(told)
    assert sum(one.payments for one in tallies.values()) == len(ways) * orders * size
    assert sum(one.wrong for one in tallies.values()) == 0, told
    assert all(one.executed_once + one.rejected == one.payments for one in tallies.values()), told
    # the statement settles what was executed of files that the bank never answered; of what it refused people are told
    assert sum(one.without_last_word for one in tallies.values()), told
    # what was killed with the payment in hand was not known, and is by now
    assert tallies["folder: after_call"].was_unknown, told
    assert workers.deaths
    # without an intent nobody has called: it is sent by the next worker, and the late one is fenced
    for label in ("folder: claimed", "folder: frozen"):
        assert not tallies[label].was_unknown, told
        assert not tallies[label].decided_by_people, told
    crashed = workers.database.value(
        "SELECT count(*) FROM finance_message_attempt a JOIN finance_message m ON m.id = a.message_id"
        " JOIN finance_payment_order o ON o.message_id = m.id AND o.note LIKE '%%folder: frozen%%'"
        " WHERE a.outcome = 'crashed' AND EXISTS (SELECT 1 FROM finance_message_attempt b"
        " WHERE b.message_id = m.id AND b.id > a.id AND b.outcome = 'done')"
    )
    assert crashed, "the attempt of the frozen worker is on record, and another one after it"


def _two_at_once(world: World, database: Database) -> None:
    """Fault 39 and K-10 over real transactions: whoever is second finds it done, or finds that it is a duplicate."""
    order, item = world.contest()
    release = (
        'order = by(("releaser", "releaser2")[WHO], "finance.payment.order").browse(ORDER)\n'
        "assert order.state == 'approved'\ntogether()\nassert order._release()"
    )
    told = world.together(release, ORDER=order)
    assert told.count("done") == 1, told
    released = "SELECT count(*) FROM finance_payment_approval WHERE order_id = %s AND decision = 'release'"
    assert database.value(released, order) == 1
    # the same open item in two orders
    pay = 'together()\ndraft(55.0, f"bill {WHO}", item_ids=[Command.create({"move_line_id": ITEM, "amount": 55.0})])'
    told = world.together(pay, ITEM=item)
    assert told.count("done") == 1, told
    assert database.value("SELECT count(*) FROM finance_payment_item WHERE move_line_id = %s AND claims", item) == 1
    # the same payee, amount and text, proposed at the same moment: neither could see the other, nobody releases it
    told = world.together('together()\ndraft(33.0, "the same")._propose()')
    assert told == ["done", "done"], told
    doubles = "SELECT id FROM finance_payment_order WHERE amount = 33 ORDER BY id"
    ids = [row[0] for row in database.query(doubles)]
    decide = (
        'order = by("approver", "finance.payment.order").browse(IDS[WHO])\nassert order._approve()\nenv.cr.commit()\n'
        'order = by("releaser", "finance.payment.order").browse(IDS[WHO])\nassert order.state == "approved"\n'
        "together()\nassert order._release()"
    )
    told = world.together(decide, IDS=ids)
    assert told == ["UserError", "UserError"], told
