import logging
import time

import psycopg2.errors

from odoo import api, models

from ..engine.claim import Claim, Flow
from ..engine.database import RERUN
from .finance_dispatcher import RERUN_LIMIT, min_lease, pause_before_rerun

_logger = logging.getLogger(__name__)

#: most urgent messages looked at before free order keys are searched one by one
WINDOW = 500

# A flow without due messages costs one look into an index; one that is paused, or whose
# connection is, costs nothing: its messages are not looked at.
READY_FLOWS = """
    SELECT f.id, f.handler, f.commit_size, f.batch_size, f.lease_seconds, COALESCE(f.at_most_once, FALSE),
           c.id, COALESCE(c.max_concurrency, 0), f.retry_base, f.retry_cap, f.retry_max,
           COALESCE(f.held_blocks, FALSE), COALESCE(f.likeness_days, 0), first.priority
      FROM finance_flow f
      JOIN finance_connection c ON c.id = f.connection_id
     CROSS JOIN LATERAL (
           SELECT m.priority FROM finance_message m
            WHERE m.flow_id = f.id AND m.connection_id = c.id AND m.state IN ('queued', 'retry')
              AND m.next_at <= statement_timestamp() AT TIME ZONE 'UTC'
            ORDER BY m.priority, m.next_at, m.id LIMIT 1) first
     WHERE f.active AND f.paused IS NOT TRUE AND c.active AND c.state IN ('active', 'draining')
       AND c.auth_needed IS NOT TRUE
       AND (c.hold_until IS NULL OR c.hold_until <= statement_timestamp() AT TIME ZONE 'UTC')
       AND (%(flows)s::int[] IS NULL OR f.id = ANY(%(flows)s::int[]))
"""

# Same order key, same connection: strictly one after the other, in the order of arrival.
# A fetch run that needs a person does not stop the next one from trying.
HEAD = """
    (m.order_key IS NULL OR (
        NOT EXISTS (SELECT 1 FROM finance_message e
                     WHERE e.connection_id = m.connection_id AND e.order_key = m.order_key AND e.id < m.id
                       AND e.state IN ('queued', 'retry', 'processing', 'unknown', 'held')
                       AND (e.state <> 'held' OR (%(held_blocks)s AND m.kind <> 'fetch')))
        AND NOT EXISTS (SELECT 1 FROM finance_message r
                         WHERE r.connection_id = m.connection_id AND r.order_key = m.order_key
                           AND r.state = 'processing')))
"""

# The window bounds what a claim looks at: a backlog behind one order key would otherwise be
# read as a whole for every message taken from it.
FROM_WINDOW = f"""
    WITH picked AS MATERIALIZED (
        SELECT m.id, m.state, m.crash_count, m.priority, m.next_at
          FROM (SELECT w.id, w.priority, w.next_at FROM finance_message w
                 WHERE w.flow_id = %(flow)s AND w.state IN ('queued', 'retry')
                   AND w.next_at <= statement_timestamp() AT TIME ZONE 'UTC'
                 ORDER BY w.priority, w.next_at, w.id LIMIT %(window)s) w
          JOIN finance_message m ON m.id = w.id
         WHERE {HEAD}
         ORDER BY w.priority, w.next_at, w.id
         LIMIT %(limit)s
           FOR NO KEY UPDATE OF m SKIP LOCKED)
"""

# Jumps from order key to order key in the index, whatever lies behind each of them.
FROM_KEYS = f"""
    WITH RECURSIVE keys AS (
        (SELECT k.order_key FROM finance_message k
          WHERE k.connection_id = %(connection)s AND k.order_key > %(after)s
            AND k.state IN ('queued', 'retry', 'processing', 'unknown', 'held')
          ORDER BY k.connection_id, k.order_key LIMIT 1)
        UNION ALL
        SELECT (SELECT k.order_key FROM finance_message k
                 WHERE k.connection_id = %(connection)s AND k.order_key > keys.order_key
                   AND k.state IN ('queued', 'retry', 'processing', 'unknown', 'held')
                 ORDER BY k.connection_id, k.order_key LIMIT 1)
          FROM keys WHERE keys.order_key IS NOT NULL
    ), picked AS MATERIALIZED (
        SELECT m.id, m.state, m.crash_count, m.priority, m.next_at
          FROM keys
         CROSS JOIN LATERAL (
               SELECT h.id FROM finance_message h
                WHERE h.connection_id = %(connection)s AND h.order_key = keys.order_key
                  AND h.state IN ('queued', 'retry', 'processing', 'unknown', 'held')
                  AND (h.state <> 'held' OR %(held_blocks)s)
                ORDER BY h.connection_id, h.order_key, h.id LIMIT 1) h
          JOIN finance_message m ON m.id = h.id
         WHERE m.flow_id = %(flow)s AND m.state IN ('queued', 'retry')
           AND m.next_at <= statement_timestamp() AT TIME ZONE 'UTC'
           AND NOT (%(clean_only)s AND m.crash_count > 0)
           AND {HEAD}
         LIMIT %(limit)s
           FOR NO KEY UPDATE OF m SKIP LOCKED)
"""

# A message that may have taken a worker down runs alone: should it do so again, nobody else
# is suspected. Attempts are inserted in working order, so that their ids tell what a dead
# worker had in hand (see _recover).
TAKE = """
    , numbered AS (
        SELECT p.*, row_number() OVER (ORDER BY p.priority, p.next_at, p.id) AS place FROM picked p
    ), taken AS (
        SELECT n.id, n.state, n.place FROM numbered n
         WHERE n.place = 1
            OR n.place < COALESCE((SELECT min(s.place) FROM numbered s WHERE s.crash_count > 0), 2147483647)
    ), attempt AS (
        INSERT INTO finance_message_attempt (message_id, number, worker_name, started_at, outcome)
        SELECT t.id, m.attempt_count + 1, w.name, clock_timestamp() AT TIME ZONE 'UTC', 'running'
          FROM taken t
          JOIN finance_message m ON m.id = t.id
          JOIN finance_worker w ON w.id = %(worker)s
         ORDER BY t.place
        RETURNING id, message_id
    ), moved AS (
        UPDATE finance_message m
           SET state = 'processing', attempt_id = attempt.id, attempt_count = m.attempt_count + 1,
               worker_id = %(worker)s, slot = NULL, claimed_at = clock_timestamp() AT TIME ZONE 'UTC'
          FROM attempt
         WHERE m.id = attempt.message_id
        RETURNING m.id, m.attempt_id, m.company_id, m.correlation_id, m.kind, m.attempt_count, m.crash_count,
                  m.order_key
    ), timeline AS (
        INSERT INTO finance_message_transition (message_id, flow_id, before, after, at)
        SELECT t.id, %(flow)s, t.state, 'processing', clock_timestamp() AT TIME ZONE 'UTC' FROM taken t
    )
    SELECT id, attempt_id, company_id, correlation_id, kind, attempt_count, crash_count, order_key
      FROM moved ORDER BY attempt_id
"""

# Only now the keys are searched: the window was full, and not everything in it could be taken.
IS_WINDOW_FULL = """
    SELECT 1 FROM finance_message w
     WHERE w.flow_id = %(flow)s AND w.state IN ('queued', 'retry')
       AND w.next_at <= statement_timestamp() AT TIME ZONE 'UTC'
     ORDER BY w.priority, w.next_at, w.id LIMIT 1 OFFSET %(window)s
"""

FREE_SLOT = """
    SELECT min(s) FROM generate_series(1, %(slots)s) s
     WHERE NOT EXISTS (SELECT 1 FROM finance_message m
                        WHERE m.connection_id = %(connection)s AND m.slot = s AND m.state = 'processing')
"""


class FinanceDispatcher(models.AbstractModel):
    """Claims: short transactions of their own that end before work starts."""

    _inherit = "finance.dispatcher"

    @api.model
    def _claim(self, run, at_most=None):
        """Claim the next batch and commit the claim.

        :param at_most: no more messages than this
        :return: list of claims in the order they are to be worked; empty when nothing is ready
        """
        worker_id = run.worker_id
        for round_number in range(RERUN_LIMIT):
            try:
                with run.steps.step():
                    claims = self._claim_urgent(run, at_most)
                    if claims:
                        self._at("claim_uncommitted")
                if claims:
                    self._at("claimed")
                return claims
            except (*RERUN, psycopg2.errors.UniqueViolation):
                run.worker_id = worker_id
                # another worker was faster: row changed after our snapshot, same order key, same slot
                pause_before_rerun(round_number)
        _logger.info("claiming was overtaken %s times by other workers, they go on with it", RERUN_LIMIT)
        return []

    @api.model
    def _claim_urgent(self, run, at_most):
        """The most urgent flow that gives something; flows of the same urgency take turns."""
        flows = sorted(self._ready_flows(run), key=lambda flow: (flow.urgency, run.served[flow.id], flow.id))
        if flows and run.worker_id is None:
            # a run that finds nothing leaves no trace
            run.worker_id = self.env["finance.worker"]._start(min_lease())
        for flow in flows:
            limit = run.pace.size(flow)
            claims = self._claim_flow(run, flow, min(limit, at_most) if at_most else limit)
            if claims:
                run.served[flow.id] += len(claims)
                # before the statement: our own idea of the lease must not be longer than the database's
                run.lease_end = time.monotonic() + self._lease(flow)
                self.env["finance.worker"]._extend(run.worker_id, self._lease(flow), len(claims))
                return claims
        return []

    @api.model
    def _ready_flows(self, run):
        self.env.cr.execute(READY_FLOWS, {"flows": run.flow_ids})
        return [Flow(*row) for row in self.env.cr.fetchall()]

    @api.model
    def _claim_flow(self, run, flow, limit):
        slot = None
        if flow.max_concurrency:
            slot = self._free_slot(flow)
            if slot is None:
                return []
        values = {
            "flow": flow.id,
            "connection": flow.connection_id,
            "held_blocks": flow.held_blocks,
            "window": max(WINDOW, 10 * limit),
            "limit": limit,
            "worker": run.worker_id,
        }
        claims = self._take(flow, FROM_WINDOW, values)
        runs_alone = any(claim.crash_count for claim in claims)
        if len(claims) < limit and not runs_alone and self._is_window_full(values):
            values = {**values, "limit": limit - len(claims), "clean_only": bool(claims)}
            claims += self._take_from_keys(run, flow, values)
        if slot is not None and claims:
            # held until the last of the batch is done; the unique index decides between two workers
            self.env.cr.execute(
                "UPDATE finance_message SET slot = %s WHERE id = %s", (slot, claims[-1].id), log_exceptions=False
            )
        return claims

    @api.model
    def _take(self, flow, source, values):
        self.env.cr.execute(source + TAKE, values, log_exceptions=False)
        return [Claim(*row, flow) for row in self.env.cr.fetchall()]

    @api.model
    def _is_window_full(self, values):
        self.env.cr.execute(IS_WINDOW_FULL, values)
        return bool(self.env.cr.fetchall())

    @api.model
    def _take_from_keys(self, run, flow, values):
        """Look for free order keys behind the window, each time from where the last look ended."""
        after = run.scanned_to.get(flow.id, "")
        claims = self._take(flow, FROM_KEYS, {**values, "after": after})
        if not claims and after:
            claims = self._take(flow, FROM_KEYS, {**values, "after": ""})
        run.scanned_to[flow.id] = max((claim.order_key for claim in claims), default="")
        return claims

    @api.model
    def _free_slot(self, flow):
        """:return: number of a free place among those the connection allows at the same time, or None

        One worker takes one place however many messages it claims, since it works them one
        after the other.
        """
        self.env.cr.execute(FREE_SLOT, {"slots": flow.max_concurrency, "connection": flow.connection_id})
        return self.env.cr.fetchone()[0]
