"""Payments are executed once or not at all, and shown as what they are (K-07, K-11, K-12; faults 3 to 6, 33 to 38).

``make payments-sim`` runs the same with thousands of payments and prints the table.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from suite import paths
from tests.process.payment_world import FEW, World, scenarios, table

if TYPE_CHECKING:
    from tests.process.queue_workers import Workers

#: payments of an order, one order for each fault
SIZE, MANY = 4, 60


def test_k07_faults_4_5_and_33_to_38_no_payment_is_doubled_lost_or_shown_as_what_it_is_not(
    workers: Workers, tmp_path: Path
) -> None:
    wanted = int(os.environ.get("FIN_PAYMENTS", "0"))
    ways = scenarios() if wanted else FEW
    size = MANY if wanted else SIZE
    orders = max(1, -(-wanted // (len(ways) * size)))
    world = World(workers, tmp_path)
    try:
        world.start()
        for way, fault in ways:
            world.suffer(way, fault, orders=orders, size=size)
        world.settle(kills=1, drops=orders)
        tallies = world.count()
    finally:
        world.stop()
    told = table(tallies)
    (paths.RUN / "reports").mkdir(exist_ok=True)
    (paths.RUN / "reports" / "payments-sim.txt").write_text(told + "\n")
    print(told)
    assert sum(one.payments for one in tallies.values()) == len(ways) * orders * size
    assert sum(one.wrong for one in tallies.values()) == 0, told
    assert all(one.executed_once + one.rejected == one.payments for one in tallies.values()), told
    # what was killed with the payment in hand was not known, and is by now
    assert tallies["folder: after_call"].was_unknown, told
    assert workers.deaths
