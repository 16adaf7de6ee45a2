import time
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, models

from ..engine import breaker
from ..engine.database import RERUN, is_infrastructure
from ..engine.errors import FinanceError, NotNowError
from ..engine.limiter import GRACE
from ..engine.run import Brakes
from .finance_limit import PATIENCE

#: a batch is no larger than what may be called within so many seconds, so that what is urgent need not wait long
HORIZON = 0.5
#: seconds between two looks whether the message on trial has decided
PROBE_LOOK = 1.0


class FinanceDispatcher(models.AbstractModel):
    """Our own brakes: circuits and limits, at the claim and right before each call.

    The claim leaves alone what waits for a circuit, and takes no more than the limit lets
    through soon. The gate before each call is what counts: it lets nothing pass that the claim
    did not know of, and gives each call its time.
    """

    _inherit = "finance.dispatcher"

    # -- at the claim ----------------------------------------------------------------------------

    @api.model
    def _ready_lanes(self, run):
        lanes = super()._ready_lanes(run)
        self._read_brakes(run, lanes)
        return [lane for lane in lanes if self._goes_on(run, lane)]

    @api.model
    def _read_brakes(self, run, lanes):
        """One look for all lanes, where there is anything to see."""
        brakes = run.brakes = Brakes(slots=run.brakes.slots, passed=run.brakes.passed)
        if not any(lane.is_braked for lane in lanes):
            return
        looked_at = time.monotonic()
        blocked, due = {}, []
        for circuit_id, connection_id, endpoint, circuit, flow_ids, now in self.env["finance.circuit"]._warm_circuits():
            brakes.circuits[connection_id, endpoint] = (circuit_id, circuit)
            if circuit.state == breaker.CLOSED:
                continue
            if circuit.may_probe(now):
                due.append((circuit_id, set(flow_ids)))
            else:
                wait = PROBE_LOOK if circuit.state == breaker.HALF_OPEN else circuit.wait_until - now
                blocked |= dict.fromkeys(flow_ids, looked_at + wait)
        brakes.blocked = frozenset(blocked)
        waiting = [blocked[lane.id] for lane in lanes if lane.id in blocked]
        brakes.again_at = min(waiting, default=float("inf"))
        self._choose_probes(run, lanes, due)
        brakes.limits, now = self.env["finance.limit"]._of_connections(list({lane.connection_id for lane in lanes}))
        brakes.limits_at = now, looked_at

    @api.model
    def _choose_probes(self, run, lanes, due):
        """One lane for each circuit that may be tried: what costs least if it goes wrong, then the most urgent."""
        brakes = run.brakes
        now = time.monotonic()
        for circuit_id, flow_ids in due:
            candidates = [
                lane
                for lane in lanes
                if lane.id in flow_ids and lane.id not in brakes.blocked and now >= run.resting.get(lane.key, 0.0)
            ]
            # the others of these flows wait for what it says
            brakes.trials |= flow_ids
            if candidates:
                best = min(candidates, key=lambda lane: (lane.at_most_once, lane.urgency, lane.key))
                brakes.probes[best.key] = (*brakes.probes.get(best.key, ()), circuit_id)
                brakes.again_at = min(brakes.again_at, now + PROBE_LOOK)

    @api.model
    def _goes_on(self, run, lane):
        brakes = run.brakes
        if lane.id in brakes.blocked or (lane.id in brakes.trials and lane.key not in brakes.probes):
            return False
        return self._within_limits(run, lane, 1) > 0

    @api.model
    def _within_limits(self, run, lane, wanted):
        """:return: how many messages may be taken, at most what is wanted

        Only of flows that are known to call out: what is worked in here does not wait for calls of others. The
        gate is there for all.
        """
        brakes = run.brakes
        handler = self.env.get(lane.handler)
        if handler is None or not (handler._calls_out or lane.at_most_once):
            return wanted
        for _limit_id, path, limit in brakes.limits.get(lane.connection_id, ()):
            if path:
                # which of its calls go there is not known before they are made
                continue
            now, looked_at = brakes.limits_at
            allowed = limit.available(now, HORIZON)
            if allowed is not None:
                wanted = min(wanted, allowed)
            if not wanted:
                brakes.again_at = min(brakes.again_at, looked_at + limit.first_slot(now) - now - HORIZON)
        return wanted

    @api.model
    def _claim_lane(self, run, lane, limit):
        circuit_ids = run.brakes.probes.get(lane.key, ())
        if not circuit_ids:
            return super()._claim_lane(run, lane, self._within_limits(run, lane, limit))
        circuits = self.env["finance.circuit"]
        if not circuits._lock_for_probe(circuit_ids):
            return []
        claims = super()._claim_lane(run, lane, 1)
        if claims:
            circuits._begin_probe(circuit_ids, claims[0])
            run.brakes.probing = circuit_ids
        return claims

    # -- before each call ------------------------------------------------------------------------

    @api.model
    def _pass_gate(self, run, claim, endpoint, resource):
        """Called by the client before each call outside.

        :raise NotNowError: nothing passes now
        """
        connection_id = claim.flow.connection_id
        circuit_id, circuit = run.brakes.circuits.get((connection_id, endpoint), (0, None))
        if circuit and circuit.state != breaker.CLOSED and circuit_id not in run.brakes.probing:
            raise NotNowError(
                self.env._("%s does not work at present. What waits for it goes on by itself.", endpoint),
                reason="circuit_open",
                endpoint=endpoint,
            )
        for limit_id, path, limit in run.brakes.limits.get(connection_id, ()):
            if resource.startswith(path):
                self._take_turn(run, limit_id, limit)

    @api.model
    def _take_turn(self, run, limit_id, limit):
        """Wait for the next slot; some are taken at once where this worker uses them up in time."""
        brakes = run.brakes
        slots = brakes.slots.setdefault(limit_id, [])
        entered = time.monotonic()
        while True:
            now = time.monotonic()
            while slots and slots[0] + GRACE < now:
                # to use it now would be to call faster than allowed
                slots.pop(0)
            if slots:
                if slots[0] > now:
                    time.sleep(slots[0] - now)
                    continue
                slots.pop(0)
                break
            rate = limit.effective(brakes.limits_at[0])
            is_quick = rate is None or (entered - brakes.passed.get(limit_id, 0.0)) * rate < 1.0
            slots += self._take_slots(
                run, limit_id, max(1, min(brakes.left, int((rate or 1.0) * HORIZON))) if is_quick else 1
            )
        brakes.passed[limit_id] = time.monotonic()

    @api.model
    def _take_slots(self, run, limit_id, count):
        """:return: monotonic times, soonest first"""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                with self._aside(run) as env:
                    taken = env["finance.limit"]._take(limit_id, count)
            except RERUN:
                taken = None
            # after the statement: our idea of a slot must not be earlier than the database's
            now = time.monotonic()
            if taken is None:
                # another worker is taking some: it holds the row for a moment only
                time.sleep(0.003)
                continue
            slots, first = taken
            if not slots:
                raise NotNowError(
                    self.env._("The limit of calls is used up for %s seconds.", round(first)),
                    reason="rate_limited",
                    retry_after=first,
                )
            return [now + slot for slot in slots]
        raise NotNowError(self.env._("The limit of calls is busy."), reason="rate_limited", retry_after=1.0)

    @contextmanager
    def _aside(self, run):
        """Give an environment whose changes are durable at once, whatever becomes of the work in hand."""
        if not run.steps.is_committed:
            yield self.env
            return
        with self.env.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    # -- after it --------------------------------------------------------------------------------

    @api.model
    def _note_failure(self, run, claim, error):
        """Tell the circuit, in the transaction that writes what came of the message.

        :return: (the place is down, seconds that this message waits then)
        """
        if isinstance(error, NotNowError):
            known = run.brakes.circuits.get((claim.flow.connection_id, error.endpoint))
            if known:
                # a flow of which nobody knew that it calls this place: it waits, too
                self.env["finance.circuit"]._link(known[0], claim.flow.id)
            # where nothing is known that holds it back, it must not come back at once
            return True, min(error.retry_after or (0.0 if known else PATIENCE), 60.0)
        if not isinstance(error, FinanceError) or not error.endpoint:
            return False, 0.0
        circuit_id, circuit, now = self.env["finance.circuit"]._failed(claim, error)
        run.brakes.circuits[claim.flow.connection_id, error.endpoint] = (circuit_id, circuit)
        run.brakes.reached.pop((claim.flow.connection_id, error.endpoint), None)
        if circuit.state != breaker.OPEN:
            return circuit.state == breaker.HALF_OPEN, 0.0
        # the message on trial goes behind the others: should it be the cause itself, the next try is another one
        return True, max(circuit.wait_until - now, 0.0) if circuit_id in run.brakes.probing else 0.0

    @api.model
    def _brake(self, run, claim, error, decision, *, is_down):
        """Take up nothing more of a batch that would meet the same."""
        brakes = run.brakes
        if isinstance(error, NotNowError) and error.reason == "rate_limited":
            brakes.closing = "rate_limited"
            run.resting[claim.flow.key] = time.monotonic() + min(error.retry_after or 1.0, 60.0)
        elif is_down:
            # the outcome of a payment may be unknown now, that of those behind it need not become so
            brakes.closing = "circuit_open"
        elif decision.pause_connection is not None:
            brakes.closing = "throttled"

    @api.model
    def _note_answers(self, run, attempt_id):
        """Tell circuits with failures what has answered meanwhile, once a batch; others need not know."""
        brakes = run.brakes
        reached = {
            brakes.circuits[place][0]: attempts
            for place, attempts in brakes.reached.items()
            if place in brakes.circuits and brakes.circuits[place][1].is_warm
        }
        brakes.reached = {}
        if not reached and not brakes.probing:
            return
        probing, brakes.probing = brakes.probing, ()
        for _round in range(5):
            try:
                with run.steps.step():
                    if reached:
                        self.env["finance.circuit"]._succeeded(reached)
                    if probing:
                        self.env["finance.circuit"]._end_probe(probing, attempt_id)
                return
            except Exception as error:
                if not isinstance(error, RERUN) and not is_infrastructure(error, connection_closed=self.env.cr.closed):
                    raise
                # what is lost here is learned from the next call
