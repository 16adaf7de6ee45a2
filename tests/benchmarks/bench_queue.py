"""Messages put into the queue, and worked: the queue's own cost, with a handler that does nothing.

"enqueue" is a thousand messages a transaction. "work" is one worker that works them off, with one
commit a message ("each") or for each ten ("shared"), every message with its attempt, its timeline and
its claim committed before it is worked. The peer runs the job methods of its own runner in this
process, without the HTTP request that its real runner makes for each job, and keeps no timeline.
The floor is one table in SQL: INSERT of a thousand rows; claim a hundred with SKIP LOCKED, mark them done.

What dominates: four fifths of enqueueing are PostgreSQL's one INSERT a page (indexes, the row of the timeline).
Of working a message with a commit of its own seven tenths are its completion statement and the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

#: fetched with all it depends on
PEERS = ("queue_job",)
#: the peer works about 80 a second
PEER_LIMIT = 1_000
PAGE = 1_000
CLAIM = 100
TITLES = {"enqueue": "queue: enqueue", "each": "queue: work, commit each", "shared": "queue: work, shared"}
#: what of the peer and of the floor stands beside ours
COMPARED = {"enqueue": "enqueue", "each": "work", "shared": "work"}


def run(context: Any) -> Iterator[dict[str, Any]]:
    sizes = context.sizes(1_000, 10_000)
    ours: dict[tuple[str, int], Any] = {}
    with context.odoo() as env:
        queue = Queue(env)
        queue.enqueue(50)
        queue.work(50)
        for size in sizes:
            ours["enqueue", size] = context.measure(queue.enqueue, size)
            queue.analyse()
            ours["each", size] = context.measure(queue.work, size)
            queue.share(10)
            queue.enqueue(size)
            queue.analyse()
            ours["shared", size] = context.measure(queue.work, size)
            queue.share(1)
    floor = dict(_measure_floor(context, sizes))
    peer = dict(_measure_peer(context, [size for size in sizes if size <= PEER_LIMIT]))
    for kind, beside in COMPARED.items():
        for size in sizes:
            compared = min(size, PEER_LIMIT)
            yield context.row(
                TITLES[kind],
                size,
                ours[kind, size],
                peer="OCA queue_job",
                peer_measure=peer[beside, compared],
                peer_size=compared,
                floor="SQL alone",
                floor_measure=floor[beside, size],
            )


class Queue:
    """A flow whose handler does nothing."""

    def __init__(self, env: Any) -> None:
        self.env = env
        connection = env["finance.connection"].create(
            {
                "name": "Bench",
                "adapter": "finance.adapter.test",
                "environment": "test",
                "check_ok": True,
                "max_concurrency": 0,
            }
        )
        connection.state = "active"
        self.flow = env["finance.flow"].create(
            {"name": "Bench", "connection_id": connection.id, "handler": "finance.handler.test", "commit_size": 1}
        )
        env.cr.commit()

    def share(self, messages: int) -> None:
        self.flow.commit_size = messages
        self.env.cr.commit()

    def analyse(self) -> None:
        self.env.cr.execute("ANALYZE")
        self.env.cr.commit()

    def enqueue(self, size: int) -> None:
        from odoo.addons.finance_connector_base.engine.envelope import Envelope

        for start in range(0, size, PAGE):
            self.env["finance.message"]._enqueue(
                self.flow,
                [
                    Envelope(subject=f"message {number}", data={"do": "nothing", "number": number})
                    for number in range(start, min(start + PAGE, size))
                ],
            )
            self.env.cr.commit()

    def work(self, size: int) -> None:
        from odoo.addons.finance_connector_base.engine.transaction import CommittedSteps

        worked = self.env["finance.dispatcher"]._drain(CommittedSteps(self.env.cr))
        assert worked == size, worked


def _measure_floor(context: Any, sizes: tuple[int, ...]) -> Iterator[tuple[tuple[str, int], Any]]:
    with context.odoo() as env:
        cr = env.cr
        cr.execute("CREATE TABLE bench_floor (id serial PRIMARY KEY, subject text, state text, data jsonb)")
        cr.execute("CREATE INDEX ON bench_floor (id) WHERE state = 'queued'")
        cr.commit()

        def enqueue(size: int) -> None:
            for start in range(0, size, PAGE):
                cr.execute(
                    "INSERT INTO bench_floor (subject, state, data) SELECT 'message ' || n, 'queued',"
                    " jsonb_build_object('number', n) FROM generate_series(%s::int, %s::int) n",
                    [start, min(start + PAGE, size) - 1],
                )
                cr.commit()

        def work(size: int) -> None:
            done = 0
            while done < size:
                cr.execute(
                    "UPDATE bench_floor SET state = 'processing' WHERE id IN (SELECT id FROM bench_floor"
                    " WHERE state = 'queued' ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED) RETURNING id",
                    [CLAIM],
                )
                claimed = [number for (number,) in cr.fetchall()]
                cr.commit()
                cr.execute("UPDATE bench_floor SET state = 'done' WHERE id = ANY(%s)", [claimed])
                cr.commit()
                done += len(claimed)

        for size in sizes:
            yield ("enqueue", size), context.measure(enqueue, size)
            cr.execute("ANALYZE bench_floor")
            cr.commit()
            yield ("work", size), context.measure(work, size)


def _measure_peer(context: Any, sizes: list[int]) -> Iterator[tuple[tuple[str, int], Any]]:
    with context.odoo(*PEERS) as env:
        from odoo.addons.queue_job.controllers.main import RunJobController

        def enqueue(size: int) -> None:
            for _number in range(size):
                env["queue.job"].with_delay()._test_job()
            env.cr.commit()

        def work(size: int) -> None:
            jobs = env["queue.job"].search([("state", "=", "pending")])
            assert len(jobs) == size
            jobs.state = "enqueued"
            uuids = jobs.mapped("uuid")
            env.cr.commit()
            for uuid in uuids:
                # a cursor of its own for each job, as its runner's request has
                with env.registry.cursor() as cr:
                    own = env(cr=cr)
                    RunJobController._runjob(own, RunJobController._acquire_job(own, uuid))

        for size in sizes:
            yield ("enqueue", size), context.measure(enqueue, size)
            yield ("work", size), context.measure(work, size)
