import uuid

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from ..const import OPERATOR
from ..engine import states
from ..engine.envelope import Envelope

#: states in which nothing can have been sent: a person may take the message
BEFORE_SENDING = (states.QUEUED, states.RETRY, states.HELD, states.DEAD)


class FinanceFlow(models.Model):
    """Files that people bring while a channel is down: the same way in, known again when the channel brings them."""

    _inherit = "finance.flow"

    by_hand_at = fields.Datetime(string="Last file by hand", readonly=True, copy=False)
    takes_files = fields.Boolean(compute="_compute_takes_files", search="_search_takes_files")

    @api.depends("handler", "direction")
    def _compute_takes_files(self):
        handlers = self._handlers_of_files()
        for flow in self:
            flow.takes_files = flow.direction == "in" and flow.handler in handlers

    def _search_takes_files(self, operator, value):
        if operator != "in":
            return NotImplemented
        if set(value) != {True}:
            return NotImplemented
        return [("direction", "=", "in"), ("handler", "in", self._handlers_of_files())]

    @api.model
    def _handlers_of_files(self):
        names = self.env.registry.descendants(["finance.handler"], "_inherit")
        return [name for name in names if name in self.env and self.env[name]._takes_files]

    def action_bring_by_hand(self):
        """Open the dialog that takes files in place of the channel."""
        self.ensure_one()
        self.env["finance.message"]._check_role(OPERATOR)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bring files by hand"),
            "res_model": "finance.by.hand.in",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_flow_id": self.id},
        }

    def _receive_by_hand(self, files, reason, business_key=None):
        """Queue files as if the channel had brought them.

        :param files: list of (name, bytes)
        :param business_key: what people call the transaction, for a single file that does not say it
        :return: the messages; one the channel has brought already comes back as ``ignored``
        """
        self.ensure_one()
        flow = self.sudo()  # sudo: operators bring files without the right to edit flows; the caller checked the role
        handler = self.env[flow.handler]
        envelopes = []
        for name, content in files:
            payload = self.env["finance.payload"]._store(
                content, company=flow.company_id, name=name, max_bytes=flow.connection_id.max_file_mb << 20
            )
            envelopes.append(
                Envelope(
                    subject=name,
                    payload_id=payload.id,
                    dedupe_key=f"sha256:{payload.sha256}",
                    content_hash=payload.sha256,
                    business_key=business_key or handler._file_business_key(flow, name, payload),
                    correlation_id=uuid.uuid4().hex,
                    by_hand=True,
                )
            )
        flow.by_hand_at = self.env.cr.now()
        # sudo: internal rows; what the channel brought before is compared, too
        self.env["finance.duplicate.key"].sudo()._note_business(
            flow, [envelope.business_key for envelope in envelopes if envelope.business_key]
        )
        messages = self.env["finance.message"].sudo()._enqueue(flow, envelopes).sudo(False)  # sudo: as above
        for message in messages:
            self.env["finance.audit"]._record(
                "message.brought_by_hand",
                message,
                reason=reason,
                after={"sha256": message.sudo().content_hash, "state": message.state},  # sudo: its fingerprint
                correlation_id=message.correlation_id,
            )
        flow._message_log(
            body=self.env._(
                "%(user)s brought by hand: %(files)s. %(reason)s",
                user=self.env.user.name,
                files=", ".join(name for name, _content in files),
                reason=reason,
            ),
            author_id=self.env.user.partner_id.id,
        )
        return messages


class FinanceMessage(models.Model):
    """What cannot be sent because the channel is down, delivered by a person: at most once, with evidence (B-49).

    Where money leaves, it takes two people: see ``finance_message_four_eyes.py``.
    """

    _inherit = "finance.message"

    def action_deliver_by_hand(self):
        """Open the dialog that leads through a delivery by hand."""
        self.ensure_one()
        self._check_role(OPERATOR)
        self._check_deliverable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliver by hand"),
            "res_model": "finance.by.hand.out",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_message_id": self.id},
        }

    def _check_deliverable(self):
        self.ensure_one()
        if self.direction != "out" or self.kind != "exchange":
            raise UserError(self.env._("Only what is sent can be delivered by hand."))
        if self.state in (states.UNKNOWN, states.PROCESSING):
            raise UserError(
                self.env._("It may have been sent already. Ask the other side first; never deliver it a second time.")
            )
        if self.state not in BEFORE_SENDING:
            raise UserError(self.env._("%s is finished.", self.subject))

    def _lock_by_hand(self):
        """Nobody claims it from here on; whoever has claimed it is seen."""
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(self.env._("It is being worked at this moment. Look again.")) from error
        self.invalidate_recordset()

    def _take_by_hand(self, reason):
        """Take a message away from its channel and make its file ready to be downloaded.

        The channel does not send it from the moment this is committed, and the file is handed
        out only after that.
        """
        self.ensure_one()
        self._check_role(OPERATOR)
        self._check_reason(reason)
        self._lock_by_hand()
        self._check_deliverable()
        if self.reason_code == "by_hand" and self.state == states.HELD:
            return
        message = self.sudo()  # sudo: the role was checked; payloads and states are written by nobody
        if not message.payload_id:
            name, content = self.env[message.flow_id.handler]._outbound_file(message)
            message.payload_id = self.env["finance.payload"]._store(content, company=message.company_id, name=name)
        before = self.state
        detail = self.env._("%(user)s delivers it by hand: %(reason)s", user=self.env.user.name, reason=reason)
        if before == states.HELD:
            # it stays held, for another cause
            message.exception_ids._close("fixed")
            message.write(
                {"reason_code": "by_hand", "detail": detail, "waiting_key": False, "error_class": "technical"}
            )
            self._note_step(before, reason)
        else:
            self._set_state(
                states.HELD,
                note=reason,
                reason_code="by_hand",
                detail=detail,
                error_class="technical",
                waiting_key=False,
            )
        exception = self.env["finance.exception"]._raise_for(
            message, reason="by_hand", error_class="technical", detail=detail
        )
        exception.owner_id = self.env.user
        message.taken_by_id = self.env.user
        self.env["finance.audit"]._record(
            "message.taken_by_hand",
            self,
            reason=reason,
            before={"state": before},
            after={"sha256": message.payload_sha256},
            correlation_id=self.correlation_id,
        )

    def _note_step(self, state, note):
        self.env.cr.execute_values(
            "INSERT INTO finance_message_transition (message_id, flow_id, before, after, at, user_id, note) VALUES %s",
            [(message.id, message.flow_id.id, state, state, self.env.uid, note) for message in self],
            template="(%s, %s, %s, %s, clock_timestamp() AT TIME ZONE 'UTC', %s, %s)",
        )
        self.invalidate_recordset(["transition_ids"])

    def _check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason, so that an auditor understands it in a year."))

    def _check_taken(self):
        if self.state != states.HELD or self.reason_code != "by_hand":
            raise UserError(self.env._("%s is not being delivered by hand.", self.subject))

    def _delivered_by_hand(self, reason, *, reference=None, evidence=None):
        """A person has delivered it: it is done, as if the channel had sent it.

        :param reference: what the other side calls it; a later confirmation finds it by that
        :param evidence: (name, bytes) of what proves the delivery
        """
        self.ensure_one()
        self._check_role(OPERATOR)
        self._check_reason(reason)
        self._lock_by_hand()
        self._check_taken()
        message = self.sudo()  # sudo: the role was checked; the effect is the engine's
        proof = None
        if evidence:
            proof = self.env["finance.payload"]._store(evidence[1], company=message.company_id, name=evidence[0])
        self._settle_delivery(reason, reference or None, proof)

    def _settle_delivery(self, reason, reference, proof):
        """It is done; the caller has checked who says so.

        :param proof: ``finance.payload``, or None
        """
        message = self.sudo()  # sudo: the role was checked; the effect is the engine's
        outcome = self.env[message.flow_id.handler].sudo()._settle_by_hand(message, reference)
        exceptions = message.exception_ids.filtered(lambda e: e.state == "open")
        self._set_state(
            states.DONE,
            note=reason,
            by_hand=True,
            evidence_id=proof.id if proof else False,
            reason_code=False,
            error_class=False,
            detail=self.env._("Delivered by hand: %s", reason),
            result=outcome.result,
        )
        self.env["finance.dispatcher"]._link_documents(self.id, outcome.documents)
        exceptions._message_log_batch(bodies={e.id: self.env._("Delivered by hand: %s", reason) for e in exceptions})
        exceptions._close("fixed")
        self.env["finance.audit"]._record(
            "message.delivered_by_hand",
            self,
            reason=reason,
            after={"reference": reference, "evidence": proof.sha256 if proof else None},
            correlation_id=self.correlation_id,
        )
        self.env["finance.dispatcher"]._wake()

    def _give_back(self, reason):
        """It was not delivered after all: the channel sends it when it can."""
        self.ensure_one()
        self._check_role(OPERATOR)
        self._check_reason(reason)
        self._lock_by_hand()
        self._check_taken()
        self.env["finance.audit"]._record("message.given_back", self, reason=reason, correlation_id=self.correlation_id)
        self._set_state(
            states.QUEUED,
            note=reason,
            next_at=self.env.cr.now(),
            reason_code=False,
            detail=False,
            error_class=False,
            attempt_count=0,
        )
        self.exception_ids._close("retried")
        self.env["finance.dispatcher"]._wake()
