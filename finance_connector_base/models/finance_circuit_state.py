import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import breaker
from ..engine.breaker import Circuit, Policy

_logger = logging.getLogger(__name__)

#: characters of an error that are kept
ERROR_LENGTH = 200

#: circuits that have something to tell
WARM = "k.state <> 'closed' OR k.failures > 0"
# whether the message on trial is still with its worker: one that was killed loses it with its lease
_ROW = SQL(
    """
    SELECT k.id, k.connection_id, k.endpoint, k.state, COALESCE(k.streak, 0), COALESCE(k.failures, 0),
           COALESCE(k.successes, 0), COALESCE(extract(epoch FROM k.window_at), 0)::float8,
           COALESCE(k.last_message, 0), extract(epoch FROM k.opened_at)::float8, COALESCE(k.openings, 0),
           extract(epoch FROM k.wait_until)::float8, k.probe_attempt,
           k.state = 'half_open' AND NOT EXISTS (
               SELECT 1 FROM finance_message m
                WHERE m.id = k.probe_message_id AND m.attempt_id = k.probe_attempt AND m.state = 'processing'),
           ARRAY(SELECT flow_id FROM finance_circuit_flow r WHERE r.circuit_id = k.id),
           extract(epoch FROM clock_timestamp())::float8
      FROM finance_circuit k
    """
)


class FinanceCircuit(models.Model):
    """How circuits are read and changed by workers: plain SQL, one row, short transactions."""

    _inherit = "finance.circuit"

    @api.model
    def _warm_circuits(self):
        """:return: list of (id, connection id, endpoint, circuit, ids of its flows, now)"""
        self.flush_model()
        self.env.cr.execute(SQL("%s WHERE %s", _ROW, SQL(WARM)))
        return [_read(row) for row in self.env.cr.fetchall()]

    @api.model
    def _locked(self, condition, *, skip=False, is_ours=False):
        """Lock circuits and read them.

        :param skip: leave alone what another worker has locked
        :param is_ours: the message on trial may be the caller's own, and finished by now
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "%s WHERE %s ORDER BY k.id FOR NO KEY UPDATE OF k %s",
                _ROW,
                condition,
                SQL("SKIP LOCKED") if skip else SQL(),
            ),
            log_exceptions=False,
        )
        return [_read(row, is_ours=is_ours) for row in self.env.cr.fetchall()]

    @api.model
    def _policy(self, connection_id):
        connection = self.env["finance.connection"].sudo().browse(connection_id)  # sudo: called by the dispatcher
        return Policy(
            threshold=connection.circuit_threshold,
            wait=float(connection.circuit_wait),
            cap=float(max(connection.circuit_longest_wait, connection.circuit_wait)),
        )

    # -- failures -----------------------------------------------------------------------------

    @api.model
    def _failed(self, claim, error):
        """Note that a place has failed.

        :param claim: the message that was worked
        :param error: a :class:`~..engine.errors.FinanceError` with its ``endpoint``
        :return: (id, circuit, now) afterwards
        """
        connection_id = claim.flow.connection_id
        place = SQL("k.connection_id = %s AND k.endpoint = %s", connection_id, error.endpoint)
        found = self._locked(place)
        if not found:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO finance_circuit (connection_id, company_id, endpoint, state, failures)"
                    " SELECT id, company_id, %s, 'closed', 0 FROM finance_connection WHERE id = %s",
                    error.endpoint,
                    connection_id,
                ),
                log_exceptions=False,
            )
            found = self._locked(place)
        [(circuit_id, _connection, _endpoint, before, flow_ids, now)] = found
        policy = self._policy(connection_id)
        after = before.failed(policy, now, message=claim.id, attempt=claim.attempt_id)
        if claim.flow.id not in flow_ids:
            self._link(circuit_id, claim.flow.id)
        if after != before:
            self._keep(circuit_id, after, error=error.detail)
        if after.state == breaker.OPEN and before.state != breaker.OPEN:
            _logger.warning(
                "connection %s: circuit of %s opens for %.0f s", connection_id, error.endpoint, after.wait_until - now
            )
            self.env["finance.dispatcher"]._wake_at(after.wait_until)
        return circuit_id, after, now

    @api.model
    def _link(self, circuit_id, flow_id):
        """A flow that calls a place waits when it is down."""
        self.env.cr.execute(
            SQL(
                "INSERT INTO finance_circuit_flow (circuit_id, flow_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                circuit_id,
                flow_id,
            ),
            log_exceptions=False,
        )
        self.browse(circuit_id).invalidate_recordset(flush=False)

    # -- successes -----------------------------------------------------------------------------

    @api.model
    def _succeeded(self, reached):
        """Note that places have answered.

        :param reached: dict id of a warm circuit -> attempts in which it has
        """
        for circuit_id, connection_id, endpoint, before, _flows, now in self._locked(
            SQL("k.id = ANY(%s)", sorted(reached)), is_ours=True
        ):
            attempts = frozenset(reached[circuit_id])
            after = before.succeeded(self._policy(connection_id), now, count=len(attempts), attempts=attempts)
            if before.state != breaker.CLOSED and after.state == breaker.CLOSED:
                _logger.info("connection %s: circuit of %s closes", connection_id, endpoint)
                self.browse(circuit_id)._close_now()
            elif after != before:
                self._keep(circuit_id, after)

    # -- the probe -------------------------------------------------------------------------------

    @api.model
    def _lock_for_probe(self, circuit_ids):
        """:return: True when the caller, and nobody else, may send the probe of all these circuits"""
        locked = self._locked(SQL("k.id = ANY(%s)", list(circuit_ids)), skip=True)
        return len(locked) == len(circuit_ids) and all(
            circuit.may_probe(now) for _id, _connection, _place, circuit, _flows, now in locked
        )

    @api.model
    def _begin_probe(self, circuit_ids, claim):
        for circuit_id, _connection, _place, circuit, _flows, now in self._locked(
            SQL("k.id = ANY(%s)", list(circuit_ids))
        ):
            self._keep(circuit_id, circuit.probing(now, attempt=claim.attempt_id), message_id=claim.id)

    @api.model
    def _end_probe(self, circuit_ids, attempt_id):
        """Whatever the probe has not decided is tried with the next message."""
        for circuit_id, _connection, _place, circuit, _flows, now in self._locked(
            SQL("k.id = ANY(%s)", list(circuit_ids)), is_ours=True
        ):
            if circuit.state == breaker.HALF_OPEN and circuit.probe == attempt_id:
                self._keep(circuit_id, circuit.undecided(now))

    def _probe_now(self):
        for circuit_id, _connection, _place, circuit, _flows, now in self._locked(SQL("k.id = ANY(%s)", self.ids)):
            if circuit.state == breaker.OPEN:
                self.env.cr.execute(
                    SQL(
                        "UPDATE finance_circuit SET wait_until = to_timestamp(%s) AT TIME ZONE 'UTC' WHERE id = %s",
                        now,
                        circuit_id,
                    )
                )
        self.invalidate_recordset(flush=False)
        self._release_last_probe()
        self.env["finance.dispatcher"]._wake()

    def _close_now(self):
        """Everything goes on, slowly at first."""
        for circuit in self:
            circuit._release_last_probe()
            self._keep(circuit.id, Circuit())
            self.env["finance.limit"]._ramp(circuit.connection_id.id)
        self._end_alert()

    def _release_last_probe(self):
        """The message that failed last was put behind the others; it need not wait any longer."""
        self.env.cr.execute(
            SQL(
                "UPDATE finance_message m SET next_at = clock_timestamp() AT TIME ZONE 'UTC' FROM finance_circuit k"
                " WHERE k.id = ANY(%s) AND m.id = k.probe_message_id AND m.state = 'retry'"
                " AND m.next_at > clock_timestamp() AT TIME ZONE 'UTC'",
                self.ids,
            ),
            log_exceptions=False,
        )

    @api.model
    def _keep(self, circuit_id, circuit, *, error=None, message_id=None):
        self.env.cr.execute(
            SQL(
                """
                UPDATE finance_circuit
                   SET state = %(state)s, streak = %(streak)s, failures = %(failures)s, successes = %(successes)s,
                       window_at = to_timestamp(NULLIF(%(window_at)s, 0)) AT TIME ZONE 'UTC',
                       last_message = %(last_message)s, opened_at = to_timestamp(%(opened_at)s) AT TIME ZONE 'UTC',
                       openings = %(openings)s, wait_until = to_timestamp(%(wait_until)s) AT TIME ZONE 'UTC',
                       probe_attempt = %(probe)s,
                       probe_message_id = CASE WHEN %(state)s = 'closed' THEN NULL
                                               ELSE COALESCE(%(message_id)s::int, probe_message_id) END,
                       last_error = COALESCE(%(error)s, last_error),
                       last_failed_at = CASE WHEN %(error)s IS NULL THEN last_failed_at
                                             ELSE clock_timestamp() AT TIME ZONE 'UTC' END
                 WHERE id = %(id)s
                """,
                id=circuit_id,
                state=circuit.state,
                streak=circuit.streak,
                failures=circuit.failures,
                successes=circuit.successes,
                window_at=circuit.window_at,
                last_message=circuit.last_message,
                opened_at=circuit.opened_at,
                openings=circuit.openings,
                wait_until=circuit.wait_until,
                probe=circuit.probe,
                message_id=message_id,
                error=error and error[:ERROR_LENGTH],
            ),
            log_exceptions=False,
        )
        self.browse(circuit_id).invalidate_recordset(flush=False)

    @api.autovacuum
    def _gc_cold(self):
        """A place that has worked for a month is forgotten."""
        before = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        self.search([("state", "=", breaker.CLOSED), ("last_failed_at", "<", before)]).unlink()


def _read(row, *, is_ours=False):
    (circuit_id, connection_id, endpoint, state, streak, failures, successes, window_at, last, opened_at) = row[:10]
    (openings, wait_until, probe, is_orphan, flow_ids, now) = row[10:]
    circuit = Circuit(
        state=state,
        streak=streak,
        failures=failures,
        successes=successes,
        window_at=window_at,
        last_message=last,
        opened_at=opened_at,
        openings=openings,
        wait_until=wait_until,
        probe=probe,
    )
    return (
        circuit_id,
        connection_id,
        endpoint,
        circuit.undecided(now) if is_orphan and not is_ours else circuit,
        flow_ids,
        now,
    )
