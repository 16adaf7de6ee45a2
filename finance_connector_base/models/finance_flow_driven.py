from dataclasses import replace

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..canonical import CanonicalError, parse_document
from ..declarative.feed import Made
from ..engine.claim import Claim, Flow
from ..engine.envelope import Envelope
from ..engine.errors import FinanceError, MalformedError, RejectedError
from ..engine.outcome import Ignored
from ..engine.stop import COVERING
from ..engine.transaction import NestedSteps
from .finance_dispatcher_claim import CONTENT, DUE

#: messages that may end within one request because they are not to be sent any more
MOST_REFUSED = 100

# The lanes of one flow as the dispatcher sees them, the most urgent first. That the adapter cannot reach the other
# side, and how many calls it may make at once, is nothing to a program.
LANES = f"""
    SELECT f.id, f.handler, f.commit_size, f.batch_size, f.lease_seconds, COALESCE(f.at_most_once, FALSE),
           c.id, 0, f.retry_base, f.retry_cap, f.retry_max, COALESCE(f.held_blocks, FALSE), lane.is_keyed, lane.priority
      FROM finance_flow f
      JOIN finance_connection c ON c.id = f.connection_id
     CROSS JOIN LATERAL (
           (SELECT FALSE AS is_keyed, m.priority, m.next_at FROM finance_message m
             WHERE m.flow_id = f.id AND m.order_key IS NULL AND m.{DUE.format("m.")}
             ORDER BY m.priority, m.next_at, m.id LIMIT 1)
            UNION ALL
           (SELECT TRUE, m.priority, m.next_at FROM finance_message m
             WHERE m.flow_id = f.id AND m.order_key IS NOT NULL AND m.{DUE.format("m.")}
             ORDER BY m.priority, m.next_at, m.id LIMIT 1)) lane
     WHERE f.id = %(flow)s AND f.active AND f.direction = 'out' AND f.driven_by IN ('middleware', 'both')
       AND f.paused IS NOT TRUE AND c.active AND c.state IN ('active', 'draining')
       AND NOT EXISTS ({COVERING.format(flow="f.id", connection="c.id", company="c.company_id")})
     ORDER BY lane.priority, lane.next_at, lane.is_keyed
"""


class FinanceFlow(models.Model):
    """Flows that a program (middleware, iPaaS) drives in the place of the adapter, or beside it (S-27, S-33).

    What comes in takes the way of the adapter, under the same identity. What goes out is claimed by the program as a
    worker would, with attempt, lease and order; what it says becomes of it is what the adapter's answer would have.
    """

    _inherit = "finance.flow"

    driven_by = fields.Selection(
        [("adapter", "The connection"), ("middleware", "A program"), ("both", "Both")],
        string="Driven by",
        default="adapter",
        required=True,
        tracking=True,
        help="Who fetches and sends: the connection itself, a program with access by the interface, or both: what one "
        "has done the other does not do again.",
    )

    @api.constrains("driven_by", "handler", "direction", "at_most_once")
    def _check_driven(self):
        for flow in self:
            if flow.driven_by == "adapter" or flow.handler not in self.env:
                continue
            handler = self.env[flow.handler]
            if not handler._is_drivable(flow.direction):
                raise ValidationError(
                    self.env._("No program can do the work of %s. Let the connection drive it.", flow.display_name)
                )
            if flow.direction == "out" and handler._carries_money and not flow.at_most_once:
                raise ValidationError(
                    self.env._("%s moves money: a program may drive it where nothing is sent twice.", flow.display_name)
                )

    def action_fetch_now(self):
        # EXTENDS
        for flow in self.filtered(lambda flow: flow.driven_by == "middleware"):
            raise UserError(self.env._("A program brings what comes in by %s; nothing is fetched.", flow.display_name))
        return super().action_fetch_now()

    def _enqueue_fetch(self, at):
        # EXTENDS: what a program brings is not fetched
        if self.driven_by == "middleware":
            return None
        return super()._enqueue_fetch(at)

    def _driven_flows(self):
        """:return: the flows that hold the messages of this one: those it reads and those it makes of them"""
        self.ensure_one()
        return self | self.env[self.handler]._driven_target(self, make=False)

    def _bring(self, *, file=None, document=None, revision=None, correlation_id=None):
        """Queue what a program brings as if the adapter had; the caller has checked that it may.

        :param file: (name, bytes)
        :param document: a canonical document as on the wire
        :param revision: state of the document over there
        :return: the message; one that was brought before comes back as ``ignored``
        :raise FinanceError: it is nothing for this flow
        """
        self.ensure_one()
        flow = self.sudo()  # sudo: the caller has checked program and flow
        handler = self.env[flow.handler].sudo()  # sudo: as above
        target = handler._driven_target(flow)
        if file:
            envelope = handler._driven_file(flow, *file)
        else:
            envelope = handler._driven_document(flow, document, revision)
        messages = self.env["finance.message"].sudo()  # sudo: as above
        if envelope.business_key and envelope.payload_id and flow.driven_by == "both":
            if not flow.by_hand_at:
                flow.by_hand_at = self.env.cr.now()
            # sudo: internal rows; what the adapter brought before is compared, too
            self.env["finance.duplicate.key"].sudo()._note_business(flow, [envelope.business_key])
        # by the other way than the channel: worked while that is down, and known again when it brings the same
        return messages._enqueue(target, [replace(envelope, by_hand=True, correlation_id=correlation_id)])


class FinanceHandler(models.AbstractModel):
    """What a handler lets a program do in the place of the adapter."""

    _inherit = "finance.handler"

    @api.model
    def _is_drivable(self, direction):
        """:return: whether a program can bring (``in``) or deliver (``out``) what is worked here; OVERRIDE"""
        return direction == "in" and self._takes_files

    @api.model
    def _driven_target(self, flow, *, make=True):
        """:param make: make it where it is missing
        :return: the flow that gets what a program brings; OVERRIDE where it is another one
        """
        return flow

    @api.model
    def _driven_file(self, flow, name, content):
        """:return: the envelope of a file, with the identity that a fetch run gives it"""
        if not self._takes_files:
            raise RejectedError(self.env._("This flow takes documents, and no files."), reason="rejected")
        payload = self.env["finance.payload"]._store(
            content, company=flow.company_id, name=name, max_bytes=flow.connection_id.max_file_mb << 20
        )
        digest = payload.sha256
        key = f"sha256:{digest}"
        business_key = self._file_business_key(flow, name, payload)
        first = self.env["finance.message"]._known_identities(flow, {key}).get(key)
        if first:
            # the same bytes are not kept twice
            payload.unlink()
            payload = self.env["finance.message"].browse(first[0]).payload_id
        return Envelope(
            subject=name, payload_id=payload.id, dedupe_key=key, content_hash=digest, business_key=business_key
        )

    @api.model
    def _driven_document(self, flow, document, revision):
        """:return: the envelope of a canonical document; OVERRIDE where documents are worked"""
        raise RejectedError(self.env._("This flow takes files, and no documents."), reason="rejected")

    @api.model
    def _settle_driven(self, message, reference):
        """Keep that a program has delivered a message; OVERRIDE where a good answer of the adapter means more.

        :param reference: what the other side calls it, or None
        :return: an :data:`~..engine.outcome.Outcome`
        """
        return self._settle_by_hand(message, reference)


class FinanceHandlerFetch(models.AbstractModel):
    _inherit = "finance.handler.fetch"

    @api.model
    def _admit(self, message):
        # EXTENDS: a run that was queued before a program took over
        if message.flow_id.driven_by == "middleware":
            return Ignored(reason="driven_by_program", detail=self.env._("A program brings what comes in here."))
        return super()._admit(message)


class FinanceHandlerReceived(models.AbstractModel):
    _inherit = "finance.handler.received"

    @api.model
    def _is_drivable(self, direction):
        return direction == "in"

    @api.model
    def _driven_document(self, flow, document, revision):
        return self.env["finance.handler.definition.feed"]._driven_envelope(flow, "", document, revision)


class FinanceHandlerDefinitionFeed(models.AbstractModel):
    _inherit = "finance.handler.definition.feed"

    @api.model
    def _is_drivable(self, direction):
        return direction == "in"

    @api.model
    def _driven_target(self, flow, *, make=True):
        return flow._document_flow() if make else flow._known_document_flow()

    @api.model
    def _driven_document(self, flow, document, revision):
        return self._driven_envelope(flow, flow.definition_feed, document, revision)

    @api.model
    def _driven_envelope(self, flow, feed, document, revision):
        try:
            read = parse_document(document)
        except CanonicalError as error:
            raise MalformedError(str(error), reason="booking_malformed") from None
        made = Made(object=read.kind, data=document)
        return self._booking_envelope(flow.connection_id, feed, read.external_id, revision, made)


class FinanceWorker(models.Model):
    _inherit = "finance.worker"

    client_id = fields.Many2one(
        "finance.api.client",
        string="Program",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        # workers are seen in all companies, programs are not
        groups=fields.NO_ACCESS,
        help="Has taken the message to deliver it.",
    )


class FinanceDispatcher(models.AbstractModel):
    """A program in the place of a worker: claims, leases, order and outcomes are those of any other."""

    _inherit = "finance.dispatcher"

    @api.model
    def _as_engine(self):
        return self.with_env(self.env(user=SUPERUSER_ID, su=True, context={}))

    @api.model
    def _claim_for(self, client, flow, most):
        """Claim what is ready for a program; what is not to be sent any more ends here.

        Each message has a worker row of its own: whatever the program leaves behind was in its hands.

        :return: list of (message, until when it has to be answered)
        """
        engine = self._as_engine()
        run = engine._begin(NestedSteps(self.env.cr), flow)
        taken = []
        self.env.flush_all()
        for _ in range(most + MOST_REFUSED):
            claim = engine._claim_one_for(run, client, flow) if len(taken) < most else None
            if claim is None:
                break
            message = engine._environment(run, claim.company_id)["finance.message"].browse(claim.id)
            message.invalidate_recordset()
            if engine._hand_over(run, claim, message):
                taken.append((message, message.worker_id.lease_until))
            else:
                engine.env["finance.worker"]._end(run.worker_id)
        return taken

    @api.model
    def _claim_one_for(self, run, client, flow):
        """:return: a claim, or None when nothing is ready"""
        if self._defer(flow.id):
            # closed at this hour
            return None
        # sql: constants of this file
        self.env.cr.execute(LANES, {"flow": flow.id})
        for lane in [Flow(*row) for row in self.env.cr.fetchall()]:
            run.worker_id = self.env["finance.worker"]._start(self._lease(lane))
            worker = self.env["finance.worker"].browse(run.worker_id)
            worker.write({"client_id": client.id, "name": f"program:{client.id}", "node": False, "pid": False})
            worker.flush_recordset()
            try:
                with self.env.cr.savepoint():
                    claims = self._claim_lane(run, lane, 1)
            except psycopg2.errors.UniqueViolation:
                # a worker was faster with this order key
                claims = []
            if claims:
                return claims[0]
            worker.unlink()
        return None

    @api.model
    def _hand_over(self, run, claim, message):
        """:return: whether the program gets it; else its outcome is written"""
        handler = self._handler(run, claim, message)
        try:
            with run.steps.step():
                with self._working(run, claim) as work:
                    refusal = handler._admit(message)
                    if not refusal and not message.payload_id:
                        name, content = handler._outbound_file(message)
                        message.payload_id = self.env["finance.payload"]._store(
                            content, company=message.company_id, name=name
                        )
                message.flush_recordset()
                if refusal:
                    self._finish(run, [(claim, refusal, work)])
        except FinanceError as error:
            self._record_failure(run, claim, error)
            return False
        if refusal:
            return False
        self.env["finance.audit"]._record(
            "message.taken_by_program",
            message,
            after={"program": message.worker_id.client_id.name, "sha256": message.payload_sha256},
            correlation_id=message.correlation_id,
        )
        return True

    @api.model
    def _settle_for(self, message, *, reference=None, error=None):
        """Write what a program says became of a message in its hands.

        :param message: in processing, locked by the caller
        :param error: what it failed by, as an adapter would have raised it; None: it was delivered
        """
        engine = self._as_engine()
        flow, worker = message.flow_id, message.worker_id
        run = engine._begin(NestedSteps(self.env.cr), flow)
        run.worker_id = worker.id
        claim = _claim_of(message)
        message = engine._environment(run, claim.company_id)["finance.message"].browse(claim.id)
        is_delivered = error is None
        if is_delivered:
            error = engine._delivered_for(run, claim, message, reference)
        if error is not None:
            engine._record_failure(run, claim, error, was_answered=is_delivered)
        engine.env["finance.worker"]._end(worker.id)
        engine.env.invalidate_all()
        engine._wake()

    @api.model
    def _delivered_for(self, run, claim, message, reference):
        """:return: the error that keeping the answer has ended with, or None"""
        try:
            with run.steps.step():
                with self._working(run, claim) as work:
                    outcome = self._handler(run, claim, message)._settle_driven(message, reference)
                self.env.flush_all()
                self._finish(run, [(claim, outcome, work)])
        except (UserError, FinanceError) as error:
            return error
        return None


def _claim_of(message):
    """:return: the claim by which a message in processing is held"""
    flow = message.flow_id
    known = {"by_hand": message.by_hand, "replay_of_id": message.replay_of_id.id}
    lane = Flow(
        flow.id,
        flow.handler,
        flow.commit_size,
        flow.batch_size,
        flow.lease_seconds,
        flow.at_most_once,
        flow.connection_id.id,
        0,
        flow.retry_base,
        flow.retry_cap,
        flow.retry_max,
        flow.held_blocks,
        bool(message.order_key),
        message.priority,
    )
    return Claim(
        message.id,
        message.attempt_id.id,
        message.company_id.id,
        message.correlation_id,
        message.kind,
        message.attempt_count,
        message.crash_count,
        message.order_key or None,
        tuple(known.get(name) for name in CONTENT),
        lane,
    )
