import logging
import time

import psycopg2.errors

from odoo import api, models

from ..engine.claim import Claim, Flow
from ..engine.database import RERUN
from ..engine.stop import ANY, COVERING
from .finance_circuit_state import WARM
from .finance_dispatcher import RERUN_LIMIT, min_lease, pause_before_rerun

_logger = logging.getLogger(__name__)

#: columns handlers read, handed over with the claim; the rest is read when a handler asks for it
CONTENT = (
    "subject",
    "kind",
    "flow_id",
    "connection_id",
    "company_id",
    "state",
    "priority",
    "order_key",
    "sequence",
    "is_compared",
    "by_hand",
    "correlation_id",
    "schema_version",
    "data",
    "payload_id",
    "parent_id",
    "replay_of_id",
    "res_model",
    "res_id",
    "attempt_id",
    "attempt_count",
    "content_hash",
    "dedupe_key",
)

#: most urgent messages with an order key that a claim looks at, before it goes through the keys
WINDOW = 50
#: a lane in which everything waits for something else is left alone for so many times the search
REST = 20

# Right after a bulk arrival the statistics are of an empty queue: the planner would fetch the
# whole backlog and sort it, where the index has the order.
IN_ORDER_OF_INDEX = "SET LOCAL enable_sort = off;"
DUE = "state IN ('queued', 'retry') AND {0}next_at <= statement_timestamp() AT TIME ZONE 'UTC'"

#: the other side wants other credentials, or is left alone for a while
IS_DOWN = """(c.auth_needed IS TRUE
               OR (c.hold_until IS NOT NULL AND c.hold_until > statement_timestamp() AT TIME ZONE 'UTC'))"""

# What people brought by hand does not wait for a channel that is down: it is a lane of its own then.
# Messages with an order key and without are two lanes of a flow, each with its index. A flow
# without due messages costs two looks into them; one that is paused, or whose connection is,
# costs nothing: its messages are not looked at.
# Whether any circuit or limit has to be looked at is asked once a statement.
BRAKED = f"SELECT EXISTS (SELECT 1 FROM finance_circuit k WHERE {WARM}) OR EXISTS (SELECT 1 FROM finance_limit)"
READY_LANES = f"""
    SELECT f.id, f.handler, f.commit_size, f.batch_size, f.lease_seconds, COALESCE(f.at_most_once, FALSE),
           c.id, COALESCE(c.max_concurrency, 0), f.retry_base, f.retry_cap, f.retry_max,
           COALESCE(f.held_blocks, FALSE), lane.is_keyed, lane.priority, ({BRAKED}), lane.is_by_hand,
           f.dual_run_id IS NOT NULL
      FROM finance_flow f
      JOIN finance_connection c ON c.id = f.connection_id
     CROSS JOIN LATERAL (
           (SELECT FALSE AS is_keyed, m.priority, FALSE AS is_by_hand FROM finance_message m
             WHERE NOT {IS_DOWN}
               AND m.flow_id = f.id AND m.connection_id = c.id AND m.order_key IS NULL AND m.{DUE.format("m.")}
             ORDER BY m.priority, m.next_at, m.id LIMIT 1)
            UNION ALL
           (SELECT TRUE, m.priority, FALSE FROM finance_message m
             WHERE NOT {IS_DOWN}
               AND m.flow_id = f.id AND m.connection_id = c.id AND m.order_key IS NOT NULL AND m.{DUE.format("m.")}
             ORDER BY m.priority, m.next_at, m.id LIMIT 1)
            UNION ALL
           (SELECT m.order_key IS NOT NULL, min(m.priority), TRUE FROM finance_message m
             WHERE {IS_DOWN} AND f.direction = 'in' AND m.flow_id = f.id AND m.by_hand AND m.{DUE.format("m.")}
             GROUP BY m.order_key IS NOT NULL)) lane
     WHERE f.active AND f.paused IS NOT TRUE AND c.active AND c.state IN ('active', 'draining')
       AND (f.direction <> 'out' OR f.driven_by IS DISTINCT FROM 'middleware')
       AND (%(flows)s::int[] IS NULL OR f.id = ANY(%(flows)s::int[]))
       AND (NOT EXISTS ({ANY})
            OR NOT EXISTS ({COVERING.format(flow="f.id", connection="c.id", company="c.company_id")}))
"""

_PLAIN = f"""
    WITH picked AS MATERIALIZED (
        SELECT m.id, m.state, m.crash_count, m.priority, m.next_at
          FROM finance_message m
         WHERE m.flow_id = %(flow)s AND m.order_key IS NULL AND m.{DUE.format("m.")} {{only}}
         ORDER BY m.priority, m.next_at, m.id
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED)
"""
PLAIN = _PLAIN.format(only="")
BY_HAND = _PLAIN.format(only="AND m.by_hand")

# Same order key, same connection: strictly one after the other, in the order of arrival. The
# first of a key that is not finished is the only one that may run, and only while none runs.
# A fetch run that needs a person does not stop the next one from trying.
_FIRST_OF_KEY = """
    SELECT e.id, e.flow_id, e.state, e.next_at, e.crash_count
      FROM finance_message e
     WHERE e.connection_id = %(connection)s AND e.order_key = {key}
       AND e.state IN ('queued', 'retry', 'processing', 'unknown', 'held')
       AND (e.state <> 'held' OR (%(held_blocks)s AND e.kind <> 'fetch'))
     ORDER BY e.connection_id, e.order_key, e.id LIMIT 1
"""
_NONE_RUNS = """
    NOT EXISTS (SELECT 1 FROM finance_message r
                 WHERE r.connection_id = %(connection)s AND r.order_key = {key} AND r.state = 'processing')
"""
_LOCKED = """
    , picked AS MATERIALIZED (
        SELECT m.id, m.state, m.crash_count, m.priority, m.next_at
          FROM finance_message m
         WHERE m.id = ANY(ARRAY(SELECT id FROM candidates))
         ORDER BY m.priority, m.next_at, m.id
         LIMIT %(limit)s
           FOR NO KEY UPDATE SKIP LOCKED)
"""

# The window bounds what a claim looks at: a backlog behind one order key would otherwise be
# read as a whole for every message taken from it.
_KEYED = f"""
    WITH candidates AS MATERIALIZED (
        SELECT w.id
          FROM (SELECT m.id, m.order_key FROM finance_message m
                 WHERE m.flow_id = %(flow)s AND m.order_key IS NOT NULL AND m.{DUE.format("m.")} {{only}}
                 ORDER BY m.priority, m.next_at, m.id LIMIT %(window)s) w
         CROSS JOIN LATERAL ({_FIRST_OF_KEY.format(key="w.order_key")}) first
         WHERE first.id = w.id AND {_NONE_RUNS.format(key="w.order_key")})
    {_LOCKED}
"""

KEYED = _KEYED.format(only="")
KEYED_BY_HAND = _KEYED.format(only="AND m.by_hand")

# Jumps in the index from order key to order key, whatever lies behind each of them.
KEY_BY_KEY = f"""
    WITH RECURSIVE keys AS (
        (SELECT k.order_key FROM finance_message k
          WHERE k.flow_id = %(flow)s AND k.order_key > %(after)s AND k.state IN ('queued', 'retry')
          ORDER BY k.flow_id, k.order_key LIMIT 1)
        UNION ALL
        SELECT (SELECT k.order_key FROM finance_message k
                 WHERE k.flow_id = %(flow)s AND k.order_key > keys.order_key AND k.state IN ('queued', 'retry')
                 ORDER BY k.flow_id, k.order_key LIMIT 1)
          FROM keys WHERE keys.order_key IS NOT NULL
    ), candidates AS MATERIALIZED (
        SELECT first.id
          FROM keys
         CROSS JOIN LATERAL ({_FIRST_OF_KEY.format(key="keys.order_key")}) first
         WHERE keys.order_key IS NOT NULL AND first.flow_id = %(flow)s AND first.{DUE.format("first.")}
           AND NOT (%(clean_only)s AND first.crash_count > 0)
           AND {_NONE_RUNS.format(key="keys.order_key")}
         LIMIT %(window)s)
    {_LOCKED}
"""

IS_WINDOW_FULL = f"""
    SELECT 1 FROM finance_message m
     WHERE m.flow_id = %(flow)s AND m.order_key IS NOT NULL AND m.{DUE.format("m.")}
     ORDER BY m.priority, m.next_at, m.id LIMIT 1 OFFSET %(window)s
"""

# A message that may have taken a worker down runs alone: should it do so again, nobody else
# is suspected. Attempts are inserted in working order, so that their ids tell what a dead
# worker had in hand (see _recover).
TAKE = f"""
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
        RETURNING m.*
    ), timeline AS (
        INSERT INTO finance_message_transition (message_id, flow_id, before, after, at)
        SELECT t.id, %(flow)s, t.state, 'processing', clock_timestamp() AT TIME ZONE 'UTC' FROM taken t
    )
    SELECT id, attempt_id, company_id, correlation_id, kind, attempt_count, crash_count, order_key, {", ".join(CONTENT)}
      FROM moved ORDER BY attempt_id
"""

#: by (is keyed, is by hand)
SOURCES = {
    (False, False): PLAIN,
    (True, False): KEYED,
    (False, True): BY_HAND,
    (True, True): KEYED_BY_HAND,
}

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
        """The most urgent lane that gives something; lanes of the same urgency take turns."""
        lanes = sorted(self._ready_lanes(run), key=lambda lane: (lane.urgency, run.served[lane.key], lane.key))
        if lanes and run.worker_id is None:
            # a run that finds nothing leaves no trace
            run.worker_id = self.env["finance.worker"]._start(min_lease())
        for lane in lanes:
            started = time.monotonic()
            if started < run.resting.get(lane.key, 0.0):
                continue
            limit = run.pace.size(lane)
            claims = self._claim_lane(run, lane, min(limit, at_most) if at_most else limit)
            if claims:
                run.served[lane.key] += len(claims)
                run.stops_read_at = started
                # from before the statement: our own idea of the lease must not be longer than the database's
                run.lease_end = started + self._lease(lane)
                self.env["finance.worker"]._extend(run.worker_id, self._lease(lane), len(claims))
                return claims
            now = time.monotonic()
            run.resting[lane.key] = now + REST * (now - started)
        return []

    @api.model
    def _ready_lanes(self, run):
        # not for the rest of a user's transaction
        hint = IN_ORDER_OF_INDEX if run.steps.is_committed else ""
        # sql: constants of this file
        self.env.cr.execute(hint + READY_LANES, {"flows": run.flow_ids})
        return [Flow(*row) for row in self.env.cr.fetchall()]

    @api.model
    def _claim_lane(self, run, lane, limit):
        slot = None
        if lane.max_concurrency:
            slot = self._free_slot(lane)
            if slot is None:
                return []
        values = {
            "flow": lane.id,
            "connection": lane.connection_id,
            "held_blocks": lane.held_blocks,
            "window": max(WINDOW, 4 * limit),
            "limit": limit,
            "worker": run.worker_id,
        }
        claims = self._take(lane, SOURCES[lane.is_keyed, lane.is_by_hand], values)
        runs_alone = any(claim.crash_count for claim in claims)
        if lane.is_keyed and not lane.is_by_hand and len(claims) < limit and not runs_alone:
            values = {**values, "limit": limit - len(claims), "clean_only": bool(claims)}
            claims += self._take_key_by_key(run, lane, values)
        if slot is not None and claims:
            # held until the last of the batch is done; the unique index decides between two workers
            self.env.cr.execute(
                "UPDATE finance_message SET slot = %s WHERE id = %s", (slot, claims[-1].id), log_exceptions=False
            )
        return claims

    @api.model
    def _take(self, lane, source, values):
        # sql: constants of this file
        self.env.cr.execute(source + TAKE, values, log_exceptions=False)
        return [Claim(*row[:8], row[8:], lane) for row in self.env.cr.fetchall()]

    @api.model
    def _take_key_by_key(self, run, lane, values):
        """Look for free order keys behind the window, each time from where the last look ended."""
        started = time.monotonic()
        if started < run.resting.get(("keys", lane.id), 0.0):
            return []
        claims = []
        self.env.cr.execute(IS_WINDOW_FULL, values)
        if self.env.cr.fetchall():
            after = run.scanned_to.get(lane.id, "")
            claims = self._take(lane, KEY_BY_KEY, {**values, "after": after})
            if not claims and after:
                claims = self._take(lane, KEY_BY_KEY, {**values, "after": ""})
            run.scanned_to[lane.id] = max((claim.order_key for claim in claims), default="")
        if not claims:
            now = time.monotonic()
            run.resting["keys", lane.id] = now + REST * (now - started)
        return claims

    @api.model
    def _free_slot(self, lane):
        """:return: number of a free place among those the connection allows at the same time, or None

        One worker takes one place however many messages it claims, since it works them one
        after the other.
        """
        self.env.cr.execute(FREE_SLOT, {"slots": lane.max_concurrency, "connection": lane.connection_id})
        return self.env.cr.fetchone()[0]
