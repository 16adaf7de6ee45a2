import json
import logging
import random
import time
import traceback
from collections import namedtuple

import psycopg2
import psycopg2.errors
import psycopg2.pool

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import states
from ..engine.errors import (
    AmbiguousError,
    DuplicateError,
    FinanceError,
    MalformedError,
    RejectedError,
    ThrottledError,
    TransientError,
)
from ..engine.outcome import Done, Held, Ignored
from ..engine.retry import RetryPolicy
from ..engine.transaction import CommittedSteps, NestedSteps
from ..engine.work import CorrelationFilter, Work, current_work

_logger = logging.getLogger(__name__)
_logger.addFilter(CorrelationFilter())

#: the database asks for the transaction to be run again on a new snapshot
RERUN = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)
#: the database itself is in trouble: not the message's fault, its attempt is not counted
INFRASTRUCTURE = (
    psycopg2.errors.InsufficientResources,  # class 53: disk full, out of memory, too many connections
    psycopg2.errors.AdminShutdown,
    psycopg2.errors.CrashShutdown,
    psycopg2.errors.CannotConnectNow,
    psycopg2.errors.ReadOnlySqlTransaction,
    psycopg2.pool.PoolError,
    psycopg2.InterfaceError,
)
RERUN_LIMIT = 6
#: a message that took this many workers down is put aside
CRASH_LIMIT = 3
#: never hold a worker row's lease shorter than this
MIN_LEASE = 30

Claim = namedtuple("Claim", "id attempt_id company_id correlation_id kind attempt_count flow")
Flow = namedtuple(
    "Flow",
    "id handler commit_size batch_size lease_seconds at_most_once connection_id max_concurrency"
    " retry_base retry_cap retry_max held_blocks",
)


class LeaseLost(Exception):
    """Another worker owns the message now; whatever was done here must be rolled back."""


class FinanceDispatcher(models.AbstractModel):
    """Claims messages and carries them to their outcome.

    Safety rests on three things in the database and on nothing else: the claim is committed
    before work starts (``FOR NO KEY UPDATE SKIP LOCKED``, lease on the worker row), the
    attempt id fences the completion, and effect and completion share one transaction.
    Which process runs it (scheduled action, any node, a job runner) does not matter.
    """

    _name = "finance.dispatcher"
    _description = "Queue Dispatcher"

    # -- entry points --------------------------------------------------------------------

    @api.model
    def _cron_drain(self):
        """Entry of the dispatcher scheduled actions; several may run at the same time."""
        self._drain(CommittedSteps(self.env.cr))

    @api.model
    def _drain(self, steps=None, *, flows=None, max_messages=None):
        """Work what is ready until nothing is left or the time is up.

        :param steps: how units of work are separated; default are savepoints of the current transaction
        :param flows: only these flows
        :param int max_messages: stop after so many
        :return: number of messages worked
        """
        steps = steps or NestedSteps(self.env.cr)
        worked = 0
        with steps.step():
            worker_id = self.env["finance.worker"]._start(MIN_LEASE)
        self._recover(steps)
        lease_end = 0.0
        while True:
            claims = self._claim(steps, worker_id, flows)
            if not claims:
                break
            lease_end = time.monotonic() + self._lease(claims)
            # progress is reported when claiming: a worker killed now has shown that it was alive
            seconds_left = self._report_progress(len(claims))
            finished = self._work_claims(steps, worker_id, claims, lease_end)
            worked += finished
            if finished < len(claims) or seconds_left <= 0 or (max_messages and worked >= max_messages):
                break
        with steps.step():
            self.env["finance.worker"]._end(worker_id)
        return worked

    @api.model
    def _report_progress(self, processed):
        if not self.env.context.get("ir_cron_progress_id"):
            return float("inf")
        # remaining=1: there may be more; the run that claims nothing reports nothing and ends the action
        return self.env["ir.cron"]._commit_progress(processed, remaining=1)

    @api.model
    def _wake(self):
        """Have the dispatchers run right after this transaction commits; once per transaction.

        Only an accelerator: if the wake-up is lost, the one-minute poll finds the work.
        """
        data = self.env.cr.precommit.data
        if data.get("finance_dispatcher_wake"):
            return
        data["finance_dispatcher_wake"] = True
        self.env.cr.precommit.add(self._trigger_dispatchers)

    @api.model
    def _trigger_dispatchers(self):
        env = self.env(user=SUPERUSER_ID)  # triggers belong to the system, any role may cause work
        crons = self._dispatcher_crons(env)
        pending = env["ir.cron.trigger"].search([("cron_id", "in", crons.ids), ("call_at", "<=", "now")]).cron_id
        idle = crons - pending
        if not idle:
            return
        env["ir.cron.trigger"].create([{"cron_id": cron.id, "call_at": env.cr.now()} for cron in idle])
        env.flush_all()

        def notify():
            try:
                crons[0]._notifydb()
            except Exception:  # the data is committed: a failing hint must not look like a failed transaction
                _logger.warning("wake-up of the dispatchers failed, they will poll", exc_info=True)

        env.cr.postcommit.add(notify)

    @api.model
    def _dispatcher_crons(self, env):
        return env["ir.cron"].search([("model_id.model", "=", self._name), ("code", "=", "model._cron_drain()")])

    @api.model
    def _at(self, point):
        """Named place in the life of a claim; does nothing.

        Exists for the crash tests, which kill the process here.
        """

    # -- claim ---------------------------------------------------------------------------

    @api.model
    def _claim(self, steps, worker_id, flows=None):
        """Claim the next batch and commit the claim.

        :return: list of :data:`Claim`, most urgent flow first; empty when nothing is ready
        """
        for round_number in range(RERUN_LIMIT):
            try:
                with steps.step():
                    for flow in self._ready_flows(flows):
                        claims = self._claim_flow(worker_id, flow)
                        if claims:
                            self.env["finance.worker"]._extend(
                                worker_id, max(MIN_LEASE, flow.lease_seconds), len(claims)
                            )
                            self._at("claim_uncommitted")
                            break
                    else:
                        return []
                self._at("claimed")
                return claims
            except (*RERUN, psycopg2.errors.UniqueViolation):
                # another worker was faster (row changed after our snapshot, or same order key)
                _pause(round_number)
        return []

    @api.model
    def _ready_flows(self, flows=None):
        self.env.cr.execute(
            SQL(
                """
                SELECT f.id, f.handler, f.commit_size, f.batch_size, f.lease_seconds, f.at_most_once,
                       c.id, c.max_concurrency, f.retry_base, f.retry_cap, f.retry_max, f.held_blocks
                  FROM finance_flow f
                  JOIN finance_connection c ON c.id = f.connection_id
                 WHERE f.active AND f.paused IS NOT TRUE AND c.active AND c.state IN ('active', 'draining')
                   AND (c.hold_until IS NULL OR c.hold_until <= now() AT TIME ZONE 'UTC')
                   AND %(only)s
                   AND EXISTS (SELECT 1 FROM finance_message m
                                WHERE m.flow_id = f.id AND m.state IN ('queued', 'retry')
                                  AND m.next_at <= now() AT TIME ZONE 'UTC')
                 ORDER BY f.priority, f.id
                """,
                only=SQL("f.id = ANY(%s)", flows.ids) if flows is not None else SQL("TRUE"),
            )
        )
        return [Flow(*row) for row in self.env.cr.fetchall()]

    @api.model
    def _claim_flow(self, worker_id, flow):
        limit = max(flow.batch_size or 1, 1)
        if flow.max_concurrency:
            limit = min(limit, self._free_slots(flow))
            if limit <= 0:
                return []
        blocking = ["queued", "retry", "processing", "unknown"] + (["held"] if flow.held_blocks else [])
        self.env.cr.execute(
            SQL(
                """
                WITH picked AS MATERIALIZED (
                    SELECT m.id, m.state
                      FROM finance_message m
                     WHERE m.flow_id = %(flow)s AND m.state IN ('queued', 'retry')
                       AND m.next_at <= now() AT TIME ZONE 'UTC'
                       AND (m.order_key IS NULL OR NOT EXISTS (
                            SELECT 1 FROM finance_message e
                             WHERE e.connection_id = m.connection_id AND e.order_key = m.order_key
                               AND e.state = ANY(%(blocking)s)
                               AND (e.id < m.id OR e.state = 'processing')))
                     ORDER BY m.priority, m.next_at, m.id
                     LIMIT %(limit)s
                       FOR NO KEY UPDATE SKIP LOCKED
                ), attempt AS (
                    INSERT INTO finance_message_attempt
                           (message_id, number, worker_id, worker_name, started_at, outcome)
                    SELECT p.id, m.attempt_count + 1, w.id, w.name, clock_timestamp() AT TIME ZONE 'UTC', 'running'
                      FROM picked p
                      JOIN finance_message m ON m.id = p.id
                      JOIN finance_worker w ON w.id = %(worker)s
                    RETURNING id, message_id
                ), moved AS (
                    UPDATE finance_message m
                       SET state = 'processing', attempt_id = attempt.id, attempt_count = m.attempt_count + 1,
                           worker_id = %(worker)s, claimed_at = clock_timestamp() AT TIME ZONE 'UTC'
                      FROM attempt
                     WHERE m.id = attempt.message_id
                    RETURNING m.id, m.attempt_id, m.company_id, m.correlation_id, m.kind, m.attempt_count,
                              m.priority, m.next_at
                ), timeline AS (
                    INSERT INTO finance_message_transition (message_id, flow_id, before, after, at)
                    SELECT p.id, %(flow)s, p.state, 'processing', clock_timestamp() AT TIME ZONE 'UTC' FROM picked p
                )
                SELECT id, attempt_id, company_id, correlation_id, kind, attempt_count
                  FROM moved ORDER BY priority, next_at, id
                """,
                flow=flow.id,
                blocking=blocking,
                limit=limit,
                worker=worker_id,
            ),
            log_exceptions=False,
        )
        return [Claim(*row, flow) for row in self.env.cr.fetchall()]

    @api.model
    def _free_slots(self, flow):
        """How many more messages of the connection may run.

        Claimers of one connection touch its ticket row first, so that of two that counted at
        the same time one gets a serialization error instead of both taking the last slot.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE finance_connection SET claim_ticket = COALESCE(claim_ticket, 0) + 1 WHERE id = %s",
                flow.connection_id,
            ),
            log_exceptions=False,
        )
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM finance_message WHERE connection_id = %s AND state = 'processing'",
                flow.connection_id,
            )
        )
        return flow.max_concurrency - self.env.cr.fetchone()[0]

    @api.model
    def _lease(self, claims):
        return max(MIN_LEASE, claims[0].flow.lease_seconds)

    # -- work ----------------------------------------------------------------------------

    @api.model
    def _work_claims(self, steps, worker_id, claims, lease_end):
        """Work the claimed messages one after the other.

        :return: how many were finished; fewer than claimed when the database is in trouble
        """
        group = max(claims[0].flow.commit_size or 1, 1)
        if group > 1:
            try:
                return self._work_together(steps, worker_id, claims)
            except RERUN:
                _logger.info("a shared transaction conflicted, its messages run one by one")
        for number, claim in enumerate(claims):
            if time.monotonic() > lease_end - self._lease(claims) / 2:
                with steps.step():
                    self.env["finance.worker"]._extend(worker_id, self._lease(claims))
                lease_end = time.monotonic() + self._lease(claims)
            try:
                self._work_one(steps, worker_id, claim)
            except INFRASTRUCTURE as error:
                _logger.error("the database is in trouble (%s), the queue pauses", error.__class__.__name__)
                self._release(steps, claims[number:], error)
                return number
        return len(claims)

    @api.model
    def _work_together(self, steps, worker_id, claims):
        """Flows that allow it share one transaction; each message keeps a savepoint of its own."""
        failed = []
        hooks = []
        with steps.step():
            for claim in claims:
                token = self._enter(worker_id, claim)
                try:
                    with self.env.cr.savepoint():
                        hooks.append(self._run_handler(claim))
                except (*RERUN, *INFRASTRUCTURE):
                    raise
                except Exception as error:  # decided one by one below, in a transaction of its own
                    failed.append((claim, error))
                finally:
                    current_work.reset(token)
        for hook in hooks:
            self._run_hook(steps, hook)
        for claim, error in failed:
            self._record_failure(steps, claim, error)
        return len(claims)

    @api.model
    def _work_one(self, steps, worker_id, claim):
        token = self._enter(worker_id, claim)
        try:
            for round_number in range(RERUN_LIMIT):
                try:
                    with steps.step():
                        hook = self._run_handler(claim)
                        self._at("before_commit")
                    self._at("after_commit")
                    self._run_hook(steps, hook)
                    return
                except LeaseLost:
                    _logger.warning("message %s was taken over by another worker, nothing kept here", claim.id)
                    return
                except RERUN as error:
                    if round_number == RERUN_LIMIT - 1:
                        self._record_failure(steps, claim, TransientError(str(error).strip(), reason="conflict"))
                        return
                    _pause(round_number)
                except psycopg2.IntegrityError as error:
                    # a concurrent insert of the same key shows itself on the next snapshot
                    if round_number:
                        self._record_failure(steps, claim, error)
                        return
                except INFRASTRUCTURE:
                    raise
                except Exception as error:  # every error has a decided outcome, see _decide
                    if isinstance(error, psycopg2.OperationalError) and self.env.cr._cnx.closed:
                        raise
                    self._record_failure(steps, claim, error)
                    return
        finally:
            current_work.reset(token)

    @api.model
    def _enter(self, worker_id, claim):
        return current_work.set(
            Work(
                message_id=claim.id,
                attempt_id=claim.attempt_id,
                worker_id=worker_id,
                lease_seconds=self._lease([claim]),
                correlation_id=claim.correlation_id,
            )
        )

    @api.model
    def _run_handler(self, claim):
        """Handler and completion; both stand or fall with the surrounding step."""
        env = self.env(context={"allowed_company_ids": [claim.company_id]})
        message = env["finance.message"].browse(claim.id)
        handler = "finance.handler.fetch" if claim.kind == "fetch" else claim.flow.handler
        if handler not in env.registry.descendants(["finance.handler"], "_inherit"):
            raise RejectedError(
                env._("The flow has no handler (%s): the module that brought it may be uninstalled.", handler),
                reason="handler_missing",
            )
        self._at("before_handler")
        outcome = env[handler]._handle(message)
        self._at("mid_handler")
        env.flush_all()
        self._finish(env, message, claim, outcome)
        return outcome.after_commit if isinstance(outcome, Done) else None

    @api.model
    def _finish(self, env, message, claim, outcome):
        if isinstance(outcome, Done):
            state, columns = states.DONE, {"result": outcome.result}
        elif isinstance(outcome, Ignored):
            state, columns = states.IGNORED, {"reason_code": outcome.reason, "detail": outcome.detail}
        elif isinstance(outcome, Held):
            state = states.HELD
            columns = {
                "reason_code": outcome.reason,
                "detail": outcome.detail,
                "error_class": outcome.error_class,
                "waiting_key": outcome.waiting_key,
            }
        else:
            raise TypeError(f"{claim.flow.handler} answered {outcome!r}, expected Done, Held or Ignored")
        self._complete(claim, state, **columns)
        self._link_documents(claim.id, outcome.documents)
        if isinstance(outcome, Held):
            message.invalidate_recordset()
            env["finance.exception"]._raise_for(
                message,
                reason=outcome.reason,
                error_class=outcome.error_class,
                detail=outcome.detail,
                params=outcome.params,
            )
            env.flush_all()

    @api.model
    def _complete(self, claim, state, *, next_in=None, **columns):
        """Write the outcome, fenced by the attempt id.

        :raise LeaseLost: when another worker has claimed the message since
        """
        states.check(states.PROCESSING, state)
        result = columns.get("result")
        self.env.cr.execute(
            SQL(
                """
                WITH closed AS (
                    UPDATE finance_message
                       SET state = %(state)s, worker_id = NULL, result = COALESCE(%(result)s, result),
                           reason_code = %(reason)s, detail = %(detail)s, error_class = %(error_class)s,
                           waiting_key = %(waiting_key)s,
                           next_at = COALESCE((clock_timestamp() AT TIME ZONE 'UTC')
                                              + %(next_in)s * interval '1 second', next_at),
                           attempt_count = attempt_count - %(uncount)s,
                           closed_at = CASE WHEN %(state)s IN ('done', 'ignored')
                                            THEN clock_timestamp() AT TIME ZONE 'UTC' END,
                           write_date = clock_timestamp() AT TIME ZONE 'UTC'
                     WHERE id = %(id)s AND attempt_id = %(attempt)s AND state = 'processing'
                    RETURNING id, flow_id
                ), attempt AS (
                    UPDATE finance_message_attempt a
                       SET ended_at = clock_timestamp() AT TIME ZONE 'UTC', outcome = %(outcome)s,
                           duration_ms = extract(epoch FROM (clock_timestamp() AT TIME ZONE 'UTC') - started_at) * 1000,
                           error_class = %(error_class)s, reason_code = %(reason)s, detail = %(attempt_detail)s
                      FROM closed WHERE a.id = %(attempt)s
                )
                INSERT INTO finance_message_transition (message_id, flow_id, before, after, at, note)
                SELECT id, flow_id, 'processing', %(state)s, clock_timestamp() AT TIME ZONE 'UTC', %(reason)s
                  FROM closed
                RETURNING message_id
                """,
                state=state,
                outcome=columns.get("outcome", state),
                result=_json(result) if result else None,
                reason=columns.get("reason_code"),
                detail=columns.get("detail"),
                attempt_detail=columns.get("attempt_detail") or columns.get("detail"),
                error_class=columns.get("error_class"),
                waiting_key=columns.get("waiting_key"),
                uncount=1 if columns.get("uncount") else 0,
                next_in=next_in,
                id=claim.id,
                attempt=claim.attempt_id,
            ),
            log_exceptions=False,
        )
        if not self.env.cr.fetchone():
            raise LeaseLost

    @api.model
    def _link_documents(self, message_id, documents):
        if documents:
            self.env.cr.execute_values(
                "INSERT INTO finance_message_document (message_id, res_model, res_id) VALUES %s ON CONFLICT DO NOTHING",
                [(message_id, model, res_id) for model, res_id in documents],
            )

    @api.model
    def _run_hook(self, steps, hook):
        """What follows a durable success; losing it loses nothing, so it never fails a message."""
        if hook is None:
            return
        try:
            with steps.step():
                hook()
        except Exception:
            _logger.warning("follow-up after commit failed, the next run repeats it", exc_info=True)

    # -- failure -------------------------------------------------------------------------

    @api.model
    def _record_failure(self, steps, claim, error):
        """Write what a failed attempt means, in a transaction of its own."""
        state, next_in, columns = self._decide(claim, error)
        _logger.info("message %s: %s (%s)", claim.id, state, columns.get("reason_code"))
        for round_number in range(RERUN_LIMIT):
            try:
                with steps.step():
                    self._complete(claim, state, next_in=next_in, **columns)
                    if isinstance(error, ThrottledError):
                        self.env["finance.connection"]._hold(claim.flow.connection_id, next_in)
                    if state in (states.HELD, states.DEAD, states.UNKNOWN):
                        env = self.env(context={"allowed_company_ids": [claim.company_id]})
                        env["finance.exception"]._raise_for(
                            env["finance.message"].browse(claim.id),
                            reason=columns["reason_code"],
                            error_class=columns["error_class"],
                            detail=columns["detail"],
                            params=error.params if isinstance(error, FinanceError) else {},
                        )
                return
            except LeaseLost:
                _logger.warning("message %s was taken over by another worker", claim.id)
                return
            except RERUN:
                _pause(round_number)

    @api.model
    def _decide(self, claim, error):
        """:return: (state, seconds until the next attempt or None, columns)"""
        if not isinstance(error, FinanceError):
            error = self._translate(error)
        columns = {
            "reason_code": error.reason,
            "detail": error.detail,
            "error_class": error.error_class,
            "waiting_key": error.waiting_key,
            "attempt_detail": getattr(error, "trace", None),
        }
        if isinstance(error, AmbiguousError):
            return states.UNKNOWN, None, columns
        if isinstance(error, DuplicateError):
            return states.IGNORED, None, columns
        if isinstance(error, TransientError):
            flow = claim.flow
            policy = RetryPolicy(base=flow.retry_base, cap=flow.retry_cap, max_attempts=flow.retry_max)
            wait = policy.decide(error, claim.attempt_count)
            if wait is None:
                return states.DEAD, None, columns
            if isinstance(error, ThrottledError):
                columns["uncount"] = True
            return states.RETRY, wait, columns
        return states.HELD, None, columns

    @api.model
    def _translate(self, error):
        """Give an error that is not ours its place in the tree."""
        if isinstance(error, UserError):
            return RejectedError(str(error.args[0] if error.args else error), reason="odoo_refused")
        if isinstance(error, psycopg2.DataError | psycopg2.IntegrityError):
            return MalformedError(
                self.env._("The database refused the data: %s", (error.diag.message_primary or "").strip()),
                reason="database_refused",
            )
        unexpected = TransientError(f"{error.__class__.__name__}: {error}", reason="unexpected")
        # frames without values: a traceback may be read by operators, local values may be secret
        unexpected.trace = "".join(traceback.format_tb(error.__traceback__)[-6:])
        _logger.warning("unexpected %s in a handler", error.__class__.__name__, exc_info=error)
        return unexpected

    @api.model
    def _release(self, steps, claims, error):
        """Put claims back uncounted; if even that fails their lease expires."""
        try:
            with steps.step():
                for claim in claims:
                    self._complete(
                        claim,
                        states.QUEUED,
                        next_in=30,
                        outcome="released",
                        uncount=True,
                        reason_code="infrastructure",
                        error_class="technical",
                        detail=error.__class__.__name__,
                    )
        except Exception:
            _logger.warning("claims could not be put back, their lease will expire", exc_info=True)

    # -- recovery ------------------------------------------------------------------------

    @api.model
    def _recover(self, steps):
        """Take back what killed workers left behind, once their lease is over.

        A message of an at-most-once flow becomes ``unknown``: nobody can say whether the
        other side acted. Any other goes back to the queue, its attempt counted; after
        :data:`CRASH_LIMIT` lost workers it is put aside for a person.
        """
        try:
            with steps.step():
                for message in self._expired():
                    self._recover_one(message)
        except RERUN:
            _logger.debug("another worker recovers")

    @api.model
    def _expired(self):
        self.env.cr.execute(
            SQL(
                """
                SELECT m.id
                  FROM finance_message m
                  LEFT JOIN finance_worker w ON w.id = m.worker_id
                 WHERE m.state = 'processing'
                   AND (w.id IS NULL OR w.lease_until < clock_timestamp() AT TIME ZONE 'UTC')
                 ORDER BY m.id LIMIT 500
                   FOR NO KEY UPDATE OF m SKIP LOCKED
                """
            ),
            log_exceptions=False,
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env["finance.message"].invalidate_model()
        return self.env["finance.message"].browse(ids)

    @api.model
    def _recover_one(self, message):
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_message_attempt
                   SET outcome = 'crashed', ended_at = clock_timestamp() AT TIME ZONE 'UTC', error_class = 'technical',
                       reason_code = 'worker_killed'
                 WHERE id = %s AND outcome = 'running'
                """,
                message.attempt_id.id,
            )
        )
        crashes = message.crash_count + 1
        if message.flow_id.at_most_once and message.kind == "exchange":
            state, reason = states.UNKNOWN, "worker_killed_sending"
        elif crashes >= CRASH_LIMIT:
            state, reason = states.HELD, "worker_killed"
        else:
            state, reason = states.QUEUED, None
        detail = self.env._("The worker stopped %s times in the middle of this message.", crashes) if reason else False
        message._set_state(
            state,
            note="worker_killed",
            crash_count=crashes,
            reason_code=reason,
            error_class="technical" if reason else False,
            detail=detail,
        )
        if reason:
            self.env["finance.exception"]._raise_for(message, reason=reason, error_class="technical", detail=detail)

    @api.model
    def _heartbeat(self):
        """Extend the lease of the message under way; long handlers call it between steps.

        Uses a cursor of its own: the handler's transaction stays open and unseen.
        """
        work = current_work.get()
        if work is None:
            return
        with self.env.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["finance.worker"]._extend(work.worker_id, work.lease_seconds)


def _json(value):
    return json.dumps(value, default=str)


def _pause(round_number):
    time.sleep(random.uniform(0.0, 0.02 * 2**round_number))  # noqa: S311 - spreads load, hides nothing
