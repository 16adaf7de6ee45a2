import os
import socket
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.tools import SQL


class FinanceWorker(models.Model):
    """One run of a dispatcher, with its lease.

    The heartbeat lives here and not on the message: updating the message from a second
    cursor would make the worker's own completion fail with a serialization error.
    """

    _name = "finance.worker"
    _description = "Queue Worker"
    _order = "id desc"
    _log_access = False

    name = fields.Char(required=True, readonly=True)
    node = fields.Char(readonly=True)
    pid = fields.Integer(aggregator=None, readonly=True)
    started_at = fields.Datetime(readonly=True)
    lease_until = fields.Datetime(readonly=True, index=True)
    ended_at = fields.Datetime(readonly=True)
    processed = fields.Integer(readonly=True)
    clock_ahead = fields.Float(
        string="Clock ahead (s)",
        readonly=True,
        aggregator=None,
        digits=(12, 3),
        help="By how many seconds the clock of the machine was ahead of that of the database when it started.",
    )

    @api.model
    def _start(self, lease_seconds):
        """Register this process; :return: id of the new worker row (the PostgreSQL clock counts)."""
        node = socket.gethostname()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO finance_worker (name, node, pid, started_at, lease_until, processed, clock_ahead)
                VALUES (%(name)s, %(node)s, %(pid)s, clock_timestamp() AT TIME ZONE 'UTC',
                        (clock_timestamp() AT TIME ZONE 'UTC') + %(lease)s * interval '1 second', 0,
                        extract(epoch FROM %(here)s::timestamptz - clock_timestamp()))
                RETURNING id
                """,
                name=f"{node}:{os.getpid()}",
                node=node,
                pid=os.getpid(),
                lease=lease_seconds,
                here=datetime.now(timezone.utc),
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _extend(self, worker_id, lease_seconds, processed=0):
        """Push the lease out; called when claiming and by long handlers between steps."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_worker
                   SET lease_until = (clock_timestamp() AT TIME ZONE 'UTC') + %(lease)s * interval '1 second',
                       processed = processed + %(processed)s
                 WHERE id = %(id)s
                """,
                lease=lease_seconds,
                processed=processed,
                id=worker_id,
            )
        )

    @api.model
    def _end(self, worker_id):
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_worker
                   SET ended_at = clock_timestamp() AT TIME ZONE 'UTC',
                       lease_until = clock_timestamp() AT TIME ZONE 'UTC'
                 WHERE id = %s
                """,
                worker_id,
            )
        )

    @api.autovacuum
    def _gc_ended(self):
        """Attempts keep the worker's name as text, so old rows can go; also of workers that were killed."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM finance_worker w
                 WHERE w.lease_until < (now() AT TIME ZONE 'UTC') - interval '7 days'
                   AND NOT EXISTS (SELECT 1 FROM finance_message m WHERE m.worker_id = w.id)
                """
            )
        )
