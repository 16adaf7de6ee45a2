import logging
import time
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import psycopg2

from odoo import api, models

from ..engine.claim import BATCH_SECONDS, TOGETHER_SECONDS
from ..engine.completion import of_outcome
from ..engine.database import RERUN, is_infrastructure
from ..engine.errors import AuthNeededError, RejectedError, TransientError, UnavailableError
from ..engine.once import remembering
from ..engine.outcome import Done, Held, Outcome
from ..engine.work import Work, current_work
from ..transports.vault_secrets import VAULT
from .finance_dispatcher import RERUN_LIMIT, pause_before_rerun
from .finance_dispatcher_claim import CONTENT
from .finance_dispatcher_complete import LeaseLost
from .finance_dispatcher_stop import Stopped

_logger = logging.getLogger(__name__)

STILL_OURS = """
    SELECT count(*) FROM finance_message
     WHERE id = ANY(%(ids)s) AND attempt_id = ANY(%(attempts)s) AND state = 'processing'
"""


class FinanceDispatcher(models.AbstractModel):
    """Works claimed messages: handler and completion stand or fall together."""

    _inherit = "finance.dispatcher"

    @api.model
    def _work_claims(self, run, claims):
        """Work the claimed messages one after the other, or some at a time where the flow allows it.

        :return: how many were finished; fewer than claimed when the database is in trouble
        """
        flow = claims[0].flow
        try:
            return self._work_in_groups(run, claims, flow)
        finally:
            if not self.env.cr.closed:
                self._note_answers(run, claims[0].attempt_id)

    @api.model
    def _work_in_groups(self, run, claims, flow):
        size = 1 if flow.at_most_once else max(flow.commit_size, 1)
        for start in range(0, len(claims), size):
            group = claims[start : start + size]
            run.brakes.left = len(claims) - start
            try:
                if run.brakes.closing:
                    self._put_back(run, claims[start:], run.brakes.closing)
                    return start
                if not self._still_ours(run, flow):
                    self._put_back(run, claims[start:], "lease_over")
                    return start
                if self._is_stopped(run, group[0]):
                    raise Stopped
                if len(group) > 1:
                    self._work_group(run, group)
                else:
                    self._work_one(run, group[0])
            except Stopped:
                self._put_back(run, claims[start:], "stopped")
                with run.steps.step():
                    # what the stop does not cover goes on at once
                    self._wake()
                return start
            except Exception as error:
                if not is_infrastructure(error, connection_closed=self.env.cr.closed):
                    raise
                _logger.error("the database is in trouble (%s), the queue pauses", error.__class__.__name__)
                self._put_back(run, claims[start:], "infrastructure", started=len(group))
                if self.env.cr.closed:
                    raise
                return start
        return len(claims)

    @api.model
    def _still_ours(self, run, flow):
        """Extend the lease when half of it is over; one that has run out is never taken up again."""
        now = time.monotonic()
        if now >= run.lease_end:
            return False
        if run.lease_end - now < self._lease(flow) / 2:
            with run.steps.step():
                self.env["finance.worker"]._extend(run.worker_id, self._lease(flow))
            run.lease_end = now + self._lease(flow)
        return True

    # -- several in one transaction --------------------------------------------------------

    @api.model
    def _work_group(self, run, group):
        """Work some messages in one transaction; on any trouble each gets one of its own."""
        try:
            with run.steps.step():
                hooks = self._run_handlers(run, group)
        except Exception as error:
            if is_infrastructure(error, connection_closed=self.env.cr.closed):
                raise
            _logger.info("%s in a shared transaction, its messages run one by one", error.__class__.__name__)
            for number, claim in enumerate(group):
                if run.brakes.closing:
                    self._put_back(run, group[number:], run.brakes.closing)
                    return
                self._work_one(run, claim)
            return
        self._run_hooks(run, hooks)

    @api.model
    def _run_handlers(self, run, group):
        messages = self._load(run, group, verified=False)
        if self._concludes_together(run, group, messages[0]):
            finished = self._run_together(run, group, messages)
        else:
            finished = [
                (claim, *self._run_handler(run, claim, message)) for claim, message in zip(group, messages, strict=True)
            ]
        self._environment(run, group[0].company_id).flush_all()
        self._finish(run, finished)
        self._at("before_commit")
        return [outcome.after_commit for _claim, outcome, _work in finished if isinstance(outcome, Done)]

    @api.model
    def _concludes_together(self, run, group, message):
        """:return: whether the handler of these messages ends the work of many at once"""
        names = {self._handler_name(claim) for claim in group}
        return len(names) == 1 and self._handler(run, group[0], message)._ends_together

    @api.model
    def _lasting(self, claim):
        """:return: seconds that a batch like that of this claim may last"""
        name = self._handler_name(claim)
        is_together = claim.flow.commit_size > 1 and name in self.env and self.env[name]._ends_together
        return TOGETHER_SECONDS if is_together else BATCH_SECONDS

    @api.model
    def _run_together(self, run, group, messages):
        """Begin each message by itself, then end the work of all that go on with one call."""
        with remembering():
            return self._begin_and_end(run, group, messages)

    @api.model
    def _begin_and_end(self, run, group, messages):
        self._handler(run, group[0], messages[0])._ahead(messages[0].concat(*messages[1:]))
        begun = []
        for claim, message in zip(group, messages, strict=True):
            handler = self._handler(run, claim, message)
            with self._working(run, claim) as work:
                begun.append((claim, work, message, handler._admit(message) or handler._begin(message)))
        going_on = [(message, first) for _claim, _work, message, first in begun if not isinstance(first, Outcome)]
        ends = iter(self._handler(run, group[0], messages[0])._end(going_on) if going_on else ())
        return [
            (claim, first if isinstance(first, Outcome) else next(ends), work) for claim, work, _message, first in begun
        ]

    # -- one in a transaction of its own ---------------------------------------------------

    @api.model
    def _work_one(self, run, claim):
        """Work one message; it runs again when the database reports a conflict."""
        answer = None
        for round_number in range(RERUN_LIMIT):
            try:
                if answer is None and self._calls_out(claim):
                    answer = self._call_out(run, claim)
                elif answer is None and claim.at_most_once and (refusal := self._admit_first(run, claim)):
                    answer = _Answer(refusal=refusal, value=None)
                with run.steps.step():
                    [message] = self._load(run, [claim], verified=claim.at_most_once or round_number > 0)
                    self._at("before_handler")
                    if answer is None and (claim.at_most_once or claim.kind == "fetch"):
                        # it may call out from inside
                        self._check_stop(claim)
                    outcome, work = self._run_handler(run, claim, message, answer)
                    self._environment(run, claim.company_id).flush_all()
                    self._at("mid_handler")
                    self._finish(run, [(claim, outcome, work)])
                    self._at("before_commit")
                self._at("after_commit")
            except Stopped:
                raise
            except LeaseLost:
                _logger.warning("message %s was taken over by another worker, nothing kept here", claim.id)
            except Exception as error:
                if is_infrastructure(error, connection_closed=self.env.cr.closed):
                    raise
                if self._runs_again(claim, error, round_number, answer):
                    pause_before_rerun(round_number)
                    continue
                self._record_failure(run, claim, error, was_answered=answer is not None)
            else:
                self._run_hooks(run, [outcome.after_commit] if isinstance(outcome, Done) else [])
            return

    @api.model
    def _runs_again(self, claim, error, round_number, answer):
        if claim.at_most_once and answer is None:
            # the handler may have called out: to run it again could be to send again
            return False
        if isinstance(error, psycopg2.IntegrityError):
            # a concurrent insert of the same key shows itself on the next snapshot
            return round_number == 0
        return isinstance(error, RERUN) and round_number < RERUN_LIMIT - 1

    # -- handler ---------------------------------------------------------------------------

    @api.model
    def _load(self, run, claims, *, verified):
        """Give the messages to work.

        What came with the claim goes straight into the cache of the ORM, in the form of its
        own reading: that takes longer to compose its query than the rest of an empty message.

        :param verified: see first that the claims are still ours. Effects in the database need
            it not, the completion is fenced; what leaves the house does, and so does whatever
            has failed once.
        :raise LeaseLost: when another worker has one of them
        """
        if verified:
            self.env.cr.execute(
                STILL_OURS,
                {"ids": [claim.id for claim in claims], "attempts": [claim.attempt_id for claim in claims]},
            )
            if self.env.cr.fetchone()[0] < len(claims):
                raise LeaseLost
        messages = self._environment(run, claims[0].company_id)["finance.message"].browse(
            [claim.id for claim in claims]
        )
        if not run.steps.is_committed:
            # a commit would have emptied the cache
            messages.invalidate_recordset(flush=False)
        for name, values in zip(CONTENT, zip(*(claim.content for claim in claims), strict=True), strict=True):
            messages._fields[name]._insert_cache(messages, values)
        return list(messages)

    @api.model
    def _calls_out(self, claim):
        handler = self._handler_name(claim)
        return handler in self.env and self.env[handler]._calls_out

    @api.model
    def _handler_name(self, claim):
        return "finance.handler.fetch" if claim.kind == "fetch" else claim.flow.handler

    @api.model
    def _call_out(self, run, claim):
        """The part of the work that talks to the outside: once an attempt, before anything is written."""
        if refusal := self._admit_first(run, claim):
            return _Answer(refusal=refusal, value=None)
        with run.steps.step():
            [message] = self._load(run, [claim], verified=True)
            handler = self._handler(run, claim, message)
            with self._working(run, claim):
                refusal = handler._admit(message)
                self._check_stop(claim)
                if refusal:
                    return _Answer(refusal=refusal, value=None)
                message.connection_id._check_outbound()
                self._at("before_call")
                value = handler._call(message)
                self._at("after_call")
                return _Answer(refusal=None, value=value)

    @api.model
    def _admit_first(self, run, claim):
        """Admit a message in a transaction of its own before it may call out, where it is compared with others or
        its handler keeps the intent.

        What was admitted is seen by whoever comes next while the call lasts, and a conflict
        with another worker is settled before anything can have been sent.

        :return: None, or the outcome that takes the place of the work
        """
        name = self._handler_name(claim)
        keeps_intent = name in self.env and self.env[name]._admits_first
        if not keeps_intent and not claim.content[CONTENT.index("is_compared")]:
            return None
        for round_number in range(RERUN_LIMIT):
            try:
                with run.steps.step():
                    if keeps_intent:
                        self._check_stop(claim)
                    [message] = self._load(run, [claim], verified=True)
                    with self._working(run, claim):
                        refusal = self._handler(run, claim, message)._admit(message)
                self._at("admitted")
                return refusal
            except RERUN:
                pause_before_rerun(round_number)
        raise TransientError(
            self.env._("Others that resemble it are being worked; nothing was sent."), reason="transient"
        )

    @api.model
    def _run_handler(self, run, claim, message, answer=None):
        """:return: (outcome, the work with what it has noted)"""
        handler = self._handler(run, claim, message)
        with self._working(run, claim) as work:
            if answer is None:
                if claim.kind == "fetch":
                    message.connection_id._check_outbound()
                outcome = handler._admit(message) or handler._handle(message)
            else:
                outcome = answer.refusal or handler._settle(message, answer.value)
        return outcome, work

    @api.model
    def _working(self, run, claim):
        work = Work(
            message_id=claim.id,
            attempt_id=claim.attempt_id,
            worker_id=run.worker_id,
            lease_seconds=self._lease(claim.flow),
            correlation_id=claim.correlation_id,
            by_hand=bool(claim.content[CONTENT.index("by_hand")]),
            is_dual=claim.flow.is_dual,
            pins=self.env["finance.message"].browse(claim.id)._mapping_pins()
            if claim.content[CONTENT.index("replay_of_id")]
            else {},
            gate=partial(self._pass_gate, run, claim),
        )
        return _Working(work, run.brakes, claim.flow.connection_id)

    @api.model
    def _handler(self, run, claim, message):
        name = self._handler_name(claim)
        if name not in run.handlers:
            raise RejectedError(
                self.env._("The flow has no handler (%s): the module that brought it may be uninstalled.", name),
                reason="handler_missing",
            )
        return message.env[name]

    # -- end -------------------------------------------------------------------------------

    @api.model
    def _finish(self, run, finished):
        """Write outcomes, in the transaction of their effects."""
        self._complete(
            [
                self._seal_asked(run, claim, of_outcome(claim, outcome, work.versions, [*work.asked.values()]))
                for claim, outcome, work in finished
            ]
        )
        for claim, outcome, _work in finished:
            self._link_documents(claim.id, outcome.documents)
            if isinstance(outcome, Held):
                self._raise_held(run, claim, outcome)

    @api.model
    def _seal_asked(self, run, claim, completion):
        """What the mappings were asked is content."""
        if not completion.asked:
            return completion
        message = self._environment(run, claim.company_id)["finance.message"].browse(claim.id)
        asked = self.env["finance.content.key"]._close(message, "mapping_asked", completion.asked)
        return replace(completion, asked=asked)

    @api.model
    def _raise_held(self, run, claim, outcome):
        if outcome.waiting_key:
            self.env["finance.waiting.key"]._watch(outcome.waiting_key)
        env = self._environment(run, claim.company_id)
        message = env["finance.message"].browse(claim.id)
        message.invalidate_recordset(flush=False)
        env["finance.exception"]._raise_for(
            message,
            reason=outcome.reason,
            error_class=outcome.error_class,
            detail=outcome.detail,
            params=outcome.params,
        )

    @api.model
    def _run_hooks(self, run, hooks):
        """What follows a durable success; losing it loses nothing, so it never fails a message."""
        for hook in hooks:
            if hook is None:
                continue
            try:
                with run.steps.step():
                    hook()
            except Exception as error:
                if self.env.cr.closed:
                    raise
                _logger.warning("follow-up after commit failed (%s), the next run repeats it", error)


class _Answer(NamedTuple):
    """What came of calling out: a refusal to call, or what the other side said."""

    refusal: Any
    value: Any


class _Working:
    """Makes a piece of work known to log lines, heartbeat and mapping lookups while it lasts, and keeps
    which places have answered it."""

    __slots__ = ("_brakes", "_connection_id", "_token", "_work")

    def __init__(self, work, brakes, connection_id):
        self._work, self._brakes, self._connection_id = work, brakes, connection_id

    def __enter__(self):
        self._token = current_work.set(self._work)
        return self._work

    def __exit__(self, _kind, error, _trace):
        current_work.reset(self._token)
        for endpoint in self._work.reached:
            self._brakes.reached.setdefault((self._connection_id, endpoint), set()).add(self._work.attempt_id)
        if self._work.kept_secret and isinstance(error, AuthNeededError):
            # changed in the vault and over there a moment ago: once more with what the vault says now
            VAULT.forget()
            raise UnavailableError(error.detail, reason="vault_read_again", retry_after=0.0) from error
