from contextlib import closing, contextmanager

from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine import states
from ..engine.envelope import Envelope
from ..engine.errors import FinanceError
from ..engine.outcome import Done, Held
from ..engine.work import Work, current_work
from ..safe.masking import mask_text

#: added to the priority of the flow: a replay runs behind the live messages
BEHIND = 40


class FinanceMessage(models.Model):
    """Working a processed message again: by a copy, with a reason, and first as a trial if wanted."""

    _inherit = "finance.message"

    def _replay(self, reason, mappings=None):
        """Queue a copy of processed messages; the original keeps its history.

        Effects have unique keys, so what is already on the ledger is recognised and not made
        again. A replay runs behind the live messages of its flow.

        :param mappings: ``before`` translates by the mapping versions that were used, ``today`` (or None: nobody was
            asked) by those in use
        :return: the new messages
        """
        self._check_replay()
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason of the replay."))
        replays = self.browse()
        for message in self:
            replay = message._enqueue_replay(mappings)
            self.env["finance.audit"]._record(
                "message.replayed",
                message,
                reason=reason,
                after={"replay": replay.id, **({"mappings": mappings} if mappings else {})},
                correlation_id=message.correlation_id,
            )
            replays |= replay
        return replays

    def _check_replay(self):
        self._check_role(ADMIN)
        for message in self:
            if message.state not in states.FINAL:
                raise UserError(self.env._("%s is not processed yet; retry it instead.", message.subject))
            if message.by_hand and message.direction == "out":
                raise UserError(
                    self.env._("%s was delivered by hand. A replay would send it a second time.", message.subject)
                )
            if message.kind == "fetch":
                raise UserError(self.env._("A fetch run is not replayed; fetch again from the connection."))

    def _enqueue_replay(self, mappings=None):
        self.ensure_one()
        message = self.sudo()  # sudo: the content is copied without being shown, the role was checked
        replay = self._enqueue(
            message.flow_id,
            [
                Envelope(
                    subject=message.subject,
                    data=message.data or {},
                    payload_id=message.payload_id.id or None,
                    content_hash=message.content_hash or None,
                    order_key=message.order_key or None,
                    business_key=message.business_key or None,
                    correlation_id=message.correlation_id,
                    replay_of_id=message.id,
                    priority=message.flow_id.priority + BEHIND,
                    res_model=message.res_model or None,
                    res_id=message.res_id or None,
                )
            ],
        )
        if mappings:
            replay.sudo().mapping_choice = mappings  # sudo: nobody writes messages, the role was checked
        return replay

    def _dry_run(self, mappings=None):
        """Try a replay and undo it.

        :param mappings: as for ``_replay``
        :return: dict with the ``state`` it would end in, ``detail``, ``result``, and the
            ``documents`` it would make beyond those of the original, by their names
        """
        self.ensure_one()
        self._check_replay()
        dispatcher = self.env["finance.dispatcher"].with_user(SUPERUSER_ID)  # the engine's environment
        handler = self.env[self.sudo().flow_id.handler]  # sudo: which code works it, nothing else
        if handler._calls_out:
            raise UserError(self.env._("This flow talks to another system. A trial run could not be undone there."))
        with closing(self.env.cr.savepoint()):
            replay = self._enqueue_replay(mappings).with_env(dispatcher.env)
            try:
                with _trial(replay):
                    outcome = handler.with_env(
                        dispatcher.env(context={"allowed_company_ids": replay.company_id.ids})
                    )._handle(replay)
            except (FinanceError, UserError) as error:
                return {"state": "refused", "detail": mask_text(str(error)), "result": {}, "documents": []}
            dispatcher.env.flush_all()
            known = {(link.res_model, link.res_id) for link in self.sudo().document_ids}
            made = [pair for pair in outcome.documents if pair not in known]
            return {
                "state": _state_of(outcome),
                "detail": mask_text(getattr(outcome, "detail", "") or ""),
                "result": getattr(outcome, "result", {}),
                "documents": [dispatcher.env[model].browse(record_id).display_name for model, record_id in made],
            }


def _state_of(outcome):
    if isinstance(outcome, Held):
        return states.HELD
    return states.DONE if isinstance(outcome, Done) else states.IGNORED


@contextmanager
def _trial(message):
    """Let mappings and correlation be those of the message; there is no claim whose lease could end."""
    token = current_work.set(
        Work(
            message_id=message.id,
            attempt_id=0,
            worker_id=0,
            lease_seconds=10**9,
            correlation_id=message.correlation_id,
            pins=message._mapping_pins(),
        )
    )
    try:
        yield
    finally:
        current_work.reset(token)
