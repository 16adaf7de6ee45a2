import logging
import time
import traceback

import psycopg2

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

from ..engine.completion import Completion, released
from ..engine.database import RERUN
from ..engine.decision import decide
from ..engine.errors import FinanceError, MalformedError, RejectedError, TransientError
from ..safe.masking import mask_text
from .finance_dispatcher import RERUN_LIMIT, pause_before_rerun
from .finance_dispatcher_complete import LeaseLost

_logger = logging.getLogger(__name__)

#: frames of a traceback that are kept
FRAMES = 6
#: seconds until what was put back is tried again
PAUSE_SECONDS = 5.0
#: how long a worker tries to put its claims back while the database restarts
PUT_BACK_SECONDS = 10.0


class FinanceDispatcher(models.AbstractModel):
    """Failed attempts: what they mean is decided in ``engine/decision.py`` and written down here."""

    _inherit = "finance.dispatcher"

    @api.model
    def _record_failure(self, run, claim, error, *, was_answered=False):
        """Write what a failed attempt means, in a transaction of its own.

        :param was_answered: the other side had answered already: to try again would be to send again
        """
        on_purpose = isinstance(error, FinanceError) and not (was_answered and isinstance(error, TransientError))
        known, trace = self._translate(error)
        for round_number in range(RERUN_LIMIT * 2):
            try:
                with run.steps.step():
                    is_down, wait = self._note_failure(run, claim, known)
                    decision = decide(claim, known, on_purpose=on_purpose, trace=trace, is_down=is_down, wait=wait)
                    self._write_failure(run, claim, decision)
                completion = decision.completion
                _logger.info("message %s: %s (%s)", claim.id, completion.state, completion.reason)
                self._brake(run, claim, known, decision, is_down=is_down)
                return
            except LeaseLost:
                _logger.warning("message %s was taken over by another worker", claim.id)
                return
            except RERUN:
                pause_before_rerun(min(round_number, RERUN_LIMIT))
        _logger.warning("the failure of message %s could not be written, its lease will expire", claim.id)

    @api.model
    def _write_failure(self, run, claim, decision):
        completion = decision.completion
        self._complete([completion])
        if completion.waiting_key and completion.state == "held":
            self.env["finance.waiting.key"]._watch(completion.waiting_key)
        if decision.pause_connection is not None:
            self.env["finance.connection"]._hold(
                claim.flow.connection_id, decision.pause_connection, slower=not decision.is_our_pause
            )
        if decision.needs_credentials:
            self.env["finance.connection"]._require_credentials(claim.flow.connection_id, completion.reason)
        if decision.needs_person:
            env = self._environment(run, claim.company_id)
            env["finance.exception"]._raise_for(
                env["finance.message"].browse(claim.id),
                reason=completion.reason,
                error_class=completion.error_class,
                detail=completion.detail,
                params=decision.params,
            )
        self._tell_handlers(self._environment(run, claim.company_id), [claim.id])

    @api.model
    def _tell_handlers(self, env, ids):
        """Handlers that follow their messages are told what became of them, in the same transaction."""
        for message in env["finance.message"].browse(ids):
            handler = message.flow_id.handler
            if handler in env and env[handler]._follows:
                message.invalidate_recordset(["state", "reason_code", "detail"], flush=False)
                env[handler]._follow(message)

    @api.model
    def _translate(self, error):
        """Give an error that is not ours its place in the tree.

        :return: (error, frames for the operator or None); neither holds local values, since
            those of a handler are account numbers and names
        """
        if isinstance(error, FinanceError):
            return error, None
        if isinstance(error, RERUN):
            return TransientError(self.env._("Other users were changing the same records."), reason="conflict"), None
        if isinstance(error, UserError):
            return RejectedError(str(error.args[0] if error.args else error), reason="odoo_refused"), None
        if isinstance(error, psycopg2.DataError | psycopg2.IntegrityError):
            primary = (error.diag.message_primary or "").strip()
            return MalformedError(
                self.env._("The database refused the data: %s", primary), reason="database_refused"
            ), None
        trace = "".join(traceback.format_tb(error.__traceback__)[-FRAMES:])
        text = f"{error.__class__.__name__}: {mask_text(str(error))}"
        _logger.warning("unexpected error in a handler: %s\n%s", text, trace)
        return TransientError(text, reason="unexpected"), trace

    # -- trouble of the database -----------------------------------------------------------

    @api.model
    def _put_back(self, run, claims, reason, *, started=0):
        """Put claims back uncounted; if even that fails their lease expires.

        :param started: so many of the first were under way. Of a flow that must not send twice
            their outcome is unknown; of any other their effects were rolled back.
        """
        pause = PAUSE_SECONDS if reason == "infrastructure" else 0.0
        detail = {
            "infrastructure": self.env._("The database refused to work. Nothing was kept, it goes on by itself."),
            "lease_over": self.env._("The worker was held up for longer than its lease and took up nothing more."),
            "circuit_open": self.env._("The other system does not work at present. It goes on by itself."),
            "throttled": self.env._("The other system asked us to slow down. It goes on by itself."),
            "rate_limited": self.env._("The limit of calls is used up for now. It goes on by itself."),
            "stopped": self.env._("An emergency stop came first. Nothing was done; it goes on after the release."),
        }[reason]
        completions = [
            _unknown(claim, detail)
            if claim.at_most_once and number < started
            else released(claim, reason=reason, detail=detail, next_in=pause)
            for number, claim in enumerate(claims)
        ]
        deadline = time.monotonic() + PUT_BACK_SECONDS
        while True:
            try:
                self._write_back(run, completions)
                return
            except Exception as error:
                if time.monotonic() > deadline or not run.steps.is_committed:
                    _logger.warning("claims could not be put back (%s), their lease will expire", type(error).__name__)
                    return
                time.sleep(0.5)

    @api.model
    def _write_back(self, run, completions):
        unknown = [completion for completion in completions if completion.state == "unknown"]
        if not self.env.cr.closed:
            with run.steps.step():
                self._complete(completions, all_or_nothing=False)
                self._raise_unknown(self.env, unknown)
                self._tell_handlers(self.env, [completion.id for completion in completions])
            return
        # the connection is lost with the database's restart or by a timeout: a new one may work
        with self.env.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env[self._name]._complete(completions, all_or_nothing=False)
            self._raise_unknown(env, unknown)
            self._tell_handlers(env, [completion.id for completion in completions])

    @api.model
    def _raise_unknown(self, env, completions):
        for message in env["finance.message"].browse([completion.id for completion in completions]):
            if message.state == "unknown":
                env["finance.exception"]._raise_for(
                    message, reason="ambiguous", error_class="technical", detail=message.detail
                )


def _unknown(claim, detail):
    return Completion(
        id=claim.id,
        attempt_id=claim.attempt_id,
        state="unknown",
        outcome="unknown",
        reason="ambiguous",
        detail=detail,
        error_class="technical",
    )
