import logging

from odoo import SUPERUSER_ID, api, models

from ..engine import states
from ..engine.database import RERUN
from ..engine.work import current_work

_logger = logging.getLogger(__name__)

#: a message that took this many workers down is put aside
CRASH_LIMIT = 3

# Workers take messages up in the order of their attempt ids. What a dead worker had in hand
# is therefore the first of what it left, or the first few where they share a transaction.
LEFT_BEHIND = """
    SELECT m.id, row_number() OVER (PARTITION BY m.worker_id ORDER BY m.attempt_id) <=
                 CASE WHEN f.at_most_once THEN 1 ELSE GREATEST(f.commit_size, 1) END AS in_hand
      FROM finance_message m
      JOIN finance_flow f ON f.id = m.flow_id
      LEFT JOIN finance_worker w ON w.id = m.worker_id
     WHERE m.worker_id IS NOT NULL AND m.state = 'processing'
       AND (w.id IS NULL OR w.lease_until < clock_timestamp() AT TIME ZONE 'UTC')
     ORDER BY m.attempt_id LIMIT 2000
"""
LOCK = """
    SELECT id FROM finance_message WHERE id = ANY(%s) AND state = 'processing'
       FOR NO KEY UPDATE SKIP LOCKED
"""
END_ATTEMPTS = """
    UPDATE finance_message_attempt
       SET outcome = %(outcome)s, ended_at = clock_timestamp() AT TIME ZONE 'UTC', error_class = 'technical',
           reason_code = %(reason)s
     WHERE id = ANY(%(ids)s) AND outcome = 'running'
"""


class FinanceDispatcher(models.AbstractModel):
    """What killed workers leave behind, once their lease is over."""

    _inherit = "finance.dispatcher"

    @api.model
    def _recover(self, run):
        """Take back the messages of dead workers.

        What a worker had in hand goes back to the queue, its attempt counted; after
        :data:`CRASH_LIMIT` lost workers it is put aside for a person. In a flow that must not
        send twice it becomes ``unknown``: nobody can say whether the other side acted, unless its
        handler keeps the intent before it calls, and there is none. What was only claimed goes back as
        if nothing had happened.
        """
        try:
            with run.steps.step():
                self._take_back()
                self.env["finance.waiting.key"]._resume_pending()
        except RERUN:
            _logger.debug("another worker recovers")

    @api.model
    def _take_back(self):
        self.env.cr.execute(LEFT_BEHIND, log_exceptions=False)
        in_hand = dict(self.env.cr.fetchall())
        if not in_hand:
            return
        self.env.cr.execute(LOCK, (list(in_hand),), log_exceptions=False)
        messages = self.env["finance.message"].browse(sorted(row[0] for row in self.env.cr.fetchall()))
        messages.invalidate_recordset()
        crashed = messages.filtered(lambda message: in_hand[message.id])
        self._take_back_untouched(messages - crashed)
        self._take_back_crashed(crashed)

    @api.model
    def _take_back_untouched(self, messages):
        if not messages:
            return
        self._end_attempts(messages, "released", "worker_killed_before")
        for message in messages:
            # one by one: the count differs
            message._set_state(states.QUEUED, note="worker_killed_before", attempt_count=message.attempt_count - 1)

    @api.model
    def _take_back_crashed(self, messages):
        if not messages:
            return
        _logger.warning("workers were lost in the middle of messages %s", messages.ids)
        self._end_attempts(messages, "crashed", "worker_killed")
        for message in messages:
            crashes = message.crash_count + 1
            state, reason = states.QUEUED, None
            if message.flow_id.at_most_once and message.kind == "exchange" and not self._sent_nothing(message):
                state, reason = states.UNKNOWN, "worker_killed_sending"
            elif crashes >= CRASH_LIMIT:
                state, reason = states.HELD, "worker_killed"
            detail = self.env._("Workers lost in the middle of this message: %s.", crashes) if reason else False
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
        self._tell_handlers(self.env, messages.ids)

    @api.model
    def _sent_nothing(self, message):
        handler = message.flow_id.handler
        return handler in self.env and self.env[handler]._sent_nothing(message)

    @api.model
    def _end_attempts(self, messages, outcome, reason):
        self.env.cr.execute(
            END_ATTEMPTS, {"outcome": outcome, "reason": reason, "ids": messages.attempt_id.ids}, log_exceptions=False
        )

    @api.model
    def _heartbeat(self):
        """Extend the lease of the message under way; long handlers call it between steps, as often as they like.

        Uses a cursor of its own: the handler's transaction stays open and unseen.
        """
        work = current_work.get()
        if work is None or not work.beat_is_due():
            return
        try:
            with self.env.registry.cursor() as cr:
                api.Environment(cr, SUPERUSER_ID, {})["finance.worker"]._extend(work.worker_id, work.lease_seconds)
        except Exception as error:  # a missed beat costs at worst a repetition, a failed handler always does
            _logger.warning("heartbeat failed: %s", type(error).__name__)
