import logging
import time
from datetime import datetime, timedelta, timezone

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..engine.database import RERUN
from ..engine.errors import AuthNeededError, FinanceError, TransientError
from ..engine.transaction import CommittedSteps
from ..transports import http, oauth2, oauth2_life
from ..transports.oauth2_life import Life, Step, Verdict
from .finance_dispatcher import pause_before_rerun

_logger = logging.getLogger(__name__)

#: first half of the advisory locks of this model, the second is the connection's id
LOCKS = 0x0A72
#: seconds that somebody who has no usable token waits for another's call
WAIT_SECONDS = 45
#: how often a result is written until it is; nobody else has it
WRITE_ROUNDS = 8


class FinanceOauth2Token(models.Model):
    """What a connection logs in with at an OAuth 2.0 side: one row for each kind of permission.

    Renewed by one at a time. Who renews holds an advisory lock on a cursor that does nothing else, and works on a
    second one: reads the row again, notes the call before it is made, and commits what came of it before anybody
    uses it. The rules are in ``transports/oauth2_life.py``, the reasons in docs/decisions/0007-oauth2.md.
    """

    _name = "finance.oauth2.token"
    _description = "OAuth 2.0 Permission"
    _inherit = ["finance.sealed"]
    _order = "connection_id, purpose"
    _rec_name = "purpose"
    _allow_sudo_commands = False
    _sealed_fields = ("sealed_access", "sealed_refresh")

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    kind = fields.Selection(
        [("authorization_code", "Given by a person"), ("client_credentials", "Our own")], required=True, readonly=True
    )
    purpose = fields.Char(readonly=True, required=True, default="", help="Scope and audience, where they are others.")
    sealed_access = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    sealed_refresh = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    state = fields.Selection(
        [
            ("active", "Good"),
            ("reauthorise", "A person has to authorise again"),
            ("refused", "The settings are refused"),
        ],
        default="active",
        required=True,
        readonly=True,
    )
    reason = fields.Char(readonly=True)
    number = fields.Integer(string="Renewals", readonly=True, aggregator=None)
    granted_scope = fields.Char(string="Granted", readonly=True)
    place = fields.Char(
        string="To be called at",
        readonly=True,
        help="Said with the token, by systems of many sites. It is called there only if the connection names it.",
    )
    obtained_at = fields.Datetime(string="Renewed at", readonly=True)
    expires_at = fields.Datetime(string="Good until", readonly=True)
    refresh_expires_at = fields.Datetime(string="Can be renewed until", readonly=True)
    is_renewable = fields.Boolean(string="Renews itself", readonly=True)
    is_once = fields.Boolean(string="Changes with each renewal", readonly=True, default=True)
    unclear_calls = fields.Integer(readonly=True, aggregator=None, help="Calls to which no answer is known.")
    failures = fields.Integer(readonly=True, aggregator=None)
    retry_at = fields.Datetime(readonly=True)
    authorised_by_id = fields.Many2one("res.users", readonly=True)
    authorised_at = fields.Datetime(readonly=True)

    _one_per_purpose = models.UniqueIndex("(connection_id, kind, purpose)", "This permission is kept already.")

    def _seal_binding(self):
        return f"{self.connection_id.id}/{self.kind}/{self.purpose}"

    # -- what callers get ------------------------------------------------------------------

    @api.model
    def _current(self, connection, wish, refused=None):
        """Give the token to use now; get one when there is none that is good.

        :param wish: dict with kind, scope and audience
        :param refused: stamp of a token that was answered with 401: another one is wanted
        :raise AuthNeededError: a person has to do something first
        :raise TransientError: the other side does not give one now
        """
        connection._check_outbound()
        token = self._of(connection, wish)
        now = time.time()
        if token and oauth2_life.plan(token._life(), now, refused) is Step.USE:
            return token._opened()
        # this transaction may see an old state of things: whoever has the lock looks again
        result = self._get_new(
            connection, wish, refused, may_wait=not token or not token._life().is_usable(now, refused)
        )
        if result is None:
            return token._opened()
        if isinstance(result, FinanceError):
            raise result
        return result

    @api.model
    def _of(self, connection, wish):
        # sudo: read by the engine for the call under way, whoever's transaction needs it
        return self.sudo().search(
            [
                ("connection_id", "=", connection.id),
                ("kind", "=", wish["kind"]),
                ("purpose", "=", self._purpose(wish)),
            ]
        )

    @api.model
    def _purpose(self, wish):
        return " | ".join(filter(None, (wish.get("scope"), wish.get("audience"))))

    def _opened(self):
        life = self._life()
        return oauth2.Held(
            access=self._unseal("sealed_access"),
            stamp=life.stamp,
            fresh_until=life.fresh_until(),
            place=self.place or "",
        )

    def _life(self):
        """:return: :class:`~..transports.oauth2_life.Life` of this row"""
        self.ensure_one()
        token = self.sudo()  # sudo: says whether there is a value, not which
        return Life(
            stamp=f"{token.id}/{token.number}" if token.sealed_access else "",
            obtained_at=_seconds(token.obtained_at) or 0.0,
            expires_at=_seconds(token.expires_at),
            renewable=token.kind == "client_credentials" or bool(token.sealed_refresh),
            once=token.kind == "authorization_code" and token.is_once,
            verdict=Verdict(token.state),
            unclear=token.unclear_calls,
            failures=token.failures,
            retry_at=_seconds(token.retry_at),
        )

    # -- one at a time ---------------------------------------------------------------------

    @api.model
    def _alone(self, connection_id, work, *, may_wait=True):
        """Do something about the tokens of a connection while nobody else does.

        :param work: called with an environment and its steps; returns its result, also where that is an error
        :param may_wait: otherwise: None if somebody else is at it
        """
        with self.env.registry.cursor() as guard, CommittedSteps(guard).step():
            try:
                if not self._lock(guard, connection_id, may_wait=may_wait):
                    return None
            except psycopg2.errors.LockNotAvailable:
                # the lock is given up with this transaction
                guard.rollback()
                return TransientError(
                    self.env._("Another worker has been renewing the token for too long."), reason="oauth_busy"
                )
            with self.env.registry.cursor() as cr:
                return work(api.Environment(cr, SUPERUSER_ID, {}), CommittedSteps(cr))

    @api.model
    def _lock(self, guard, connection_id, *, may_wait):
        if not may_wait:
            guard.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCKS, connection_id))
            return guard.fetchone()[0]
        guard.execute(SQL("SELECT set_config('lock_timeout', %s, true)", f"{WAIT_SECONDS}s"))
        guard.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCKS, connection_id), log_exceptions=False)
        return True

    @api.model
    def _get_new(self, connection, wish, refused, *, may_wait):
        """:return: a :class:`~..transports.oauth2.Held`, the error that came of it, or None: somebody else is at it"""
        connection_id = connection.id

        def work(env, steps):
            return env[self._name]._renew(env["finance.connection"].browse(connection_id), wish, refused, steps)

        return self._alone(connection_id, work, may_wait=may_wait)

    @api.model
    def _renew(self, connection, wish, refused, steps):
        """With the lock held: read again, and call if it is still needed. Errors are returned, not raised."""
        try:
            with steps.step():
                token = self._of(connection, wish) or self._make(connection, wish)
                life = token._life()
                step = oauth2_life.plan(life, time.time(), refused)
                if step is Step.USE:
                    return token._opened()
                if step is Step.STOP:
                    return token._stopped(life)
                if step is Step.WAIT:
                    seconds = max(life.retry_at - time.time(), 1.0)
                    return TransientError(self._words_of_wait(), retry_after=seconds, reason="oauth_waiting")
                call = token._prepared(wish)
                # committed before anything is sent: a process that dies from here on leaves this behind
                token._keep(oauth2_life.begun(life))
        except FinanceError as error:
            return error
        try:
            result = call()
        except FinanceError as error:
            result = error
        self.env["finance.dispatcher"]._at("token_answered")
        usable = life.is_usable(time.time(), refused)
        error = self._settle(token, result, steps)
        if error is None or (usable and isinstance(error, TransientError)):
            with steps.step():
                return token._opened()
        return error

    @api.model
    def _words_of_wait(self):
        return self.env._("The other side gave no token a moment ago. It is asked again soon.")

    @api.model
    def _make(self, connection, wish):
        if wish["kind"] == "authorization_code":
            raise AuthNeededError(
                self.env._("%s has not been authorised yet. Press Authorise on the connection.", connection.name),
                reason="oauth_reauthorise",
            )
        return self.create({"connection_id": connection.id, "kind": wish["kind"], "purpose": self._purpose(wish)})

    def _prepared(self, wish):
        """:return: the call to make; whatever is missing for it is said before anything leaves"""
        connection = self.connection_id
        endpoint, identity = connection._oauth2_endpoint(), connection._oauth2_identity()
        if self.kind == "client_credentials":
            form = oauth2.client_credentials(scope=wish.get("scope") or "", audience=wish.get("audience") or "")
        else:
            form = oauth2.refresh(self._unseal("sealed_refresh"))
        repeatable = self.kind == "client_credentials"

        def call():
            with http.Client(endpoint, heartbeat=self.env["finance.dispatcher"]._heartbeat) as client:
                return oauth2.ask(client, endpoint.base_url, identity, form, repeatable=repeatable)

        return call

    # -- what came of it -------------------------------------------------------------------

    @api.model
    def _settle(self, token, result, steps):
        """Write down what came of a call; nobody else knows it.

        :return: the error to tell, or None
        """

        def write():
            if not token.exists():
                # void meanwhile: what came is dropped, not kept
                return AuthNeededError(self.env._("The permission was taken back meanwhile."), reason="secret_missing")
            return token._note(result)

        return self._surely(write, steps)

    @api.model
    def _surely(self, write, steps):
        """Write something that nobody else knows, also while others are changing the same rows."""
        for round_number in range(WRITE_ROUNDS):
            try:
                with steps.step():
                    return write()
            except RERUN:
                pause_before_rerun(round_number)
        with steps.step():
            return write()

    def _note(self, result):
        life, now = self._life(), time.time()
        if isinstance(result, oauth2.Tokens):
            self._take(result)
            return None
        if isinstance(result, TransientError):
            unclear = isinstance(result, oauth2.OutcomeUnclear)
            after = oauth2_life.failed(life, now, unclear=unclear, wait=result.retry_after)
            self._keep(after)
            if unclear and oauth2_life.plan(after, after.retry_at) is Step.STOP:
                return self._stopped(after)
            return result
        if isinstance(result, oauth2.GrantRefused):
            lost = life.once and life.unclear > 1
            return self._give_up(
                life, Verdict.REAUTHORISE, "oauth_answer_lost" if lost else result.reason, result.detail
            )
        if isinstance(result, AuthNeededError):
            return self._give_up(life, Verdict.REFUSED, result.reason, result.detail)
        self._keep(oauth2_life.failed(life, now, unclear=True))
        return result

    def _take(self, tokens, **values):
        """Keep what the other side gave; called with the lock held.

        :param tokens: :class:`~..transports.oauth2.Tokens`
        """
        now = fields.Datetime.now()
        once = self.is_once
        if "authorised_at" in values:
            once = True
        elif self.kind == "authorization_code":
            # whether a refresh token is good for one use is seen when it is used
            once = bool(tokens.refresh) and not self._is_refresh(tokens.refresh)
        values |= {
            "number": self.number + 1,
            "state": "active",
            "reason": False,
            "sealed_access": self._seal("sealed_access", tokens.access),
            "obtained_at": now,
            "expires_at": _later(now, tokens.lifetime),
            "granted_scope": tokens.scope or self.granted_scope,
            "place": tokens.place or self.place,
            "is_once": once,
            "unclear_calls": 0,
            "failures": 0,
            "retry_at": False,
        }
        if self.kind == "authorization_code" and (tokens.refresh or "authorised_at" in values):
            values["sealed_refresh"] = self._seal("sealed_refresh", tokens.refresh) if tokens.refresh else False
        if tokens.refresh_lifetime or "authorised_at" in values:
            values["refresh_expires_at"] = _later(now, tokens.refresh_lifetime)
        self.write(values)
        self.write({"is_renewable": self._life().renewable})
        if self.kind == "authorization_code":
            self.connection_id._oauth2_watch_end(self)

    def _is_refresh(self, value):
        return bool(self.sealed_refresh) and self._unseal("sealed_refresh") == value

    def _keep(self, life):
        """Write what changes without a new token."""
        self.write(
            {
                "state": life.verdict.value,
                "unclear_calls": life.unclear,
                "failures": life.failures,
                "retry_at": _moment(life.retry_at),
            }
        )

    def _stopped(self, life):
        """:return: the error for a token with which nothing more is tried"""
        if life.verdict is not Verdict.GOOD:
            return self._ended()
        lost = bool(life.unclear)
        return self._give_up(life, Verdict.REAUTHORISE, "oauth_answer_lost" if lost else "oauth_reauthorise", "")

    def _give_up(self, life, verdict, reason, detail):
        self._keep(oauth2_life.refused(life, verdict))
        self.reason = reason
        _logger.warning("connection %s: no token any more (%s)", self.connection_id.id, reason)
        self.connection_id._oauth2_call_a_person(self)
        return self._ended(detail)

    def _ended(self, detail=""):
        """:return: the error for a permission that is gone"""
        connection = self.connection_id
        if self.state == "refused":
            said = self.env._("%s is refused a token: its settings are wrong.", connection.name)
        elif self.reason == "oauth_answer_lost":
            said = self.env._(
                "The answer to a renewal of the token of %s got lost. Press Reauthorise on the connection.",
                connection.name,
            )
        else:
            said = self.env._("%s has to be authorised again. Press Reauthorise on the connection.", connection.name)
        return AuthNeededError(f"{said} {detail}".strip(), reason=self.reason or "oauth_reauthorise")

    # -- by people -------------------------------------------------------------------------

    @api.model
    def _forget_refusal(self, connection):
        """Let a refused client be tried once more, in a transaction of its own: a test is about to do so."""

        def work(env, steps):
            with steps.step():
                env[self._name].search(
                    [("connection_id", "=", connection.id), ("state", "in", ("refused", "active"))]
                ).write({"state": "active", "reason": False, "failures": 0, "retry_at": False})

        # sudo: whether there is any
        if self.sudo().search_count([("connection_id", "=", connection.id)], limit=1):
            self._alone(connection.id, work)

    @api.ondelete(at_uninstall=False)
    def _unlink_audited(self):
        for token in self:
            self.env["finance.audit"]._record(
                "oauth2.removed", token.connection_id, before={"kind": token.kind, "purpose": token.purpose}
            )


def _seconds(moment):
    return moment.replace(tzinfo=timezone.utc).timestamp() if moment else None


def _moment(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None) if seconds is not None else False


def _later(now, seconds):
    return now + timedelta(seconds=seconds) if seconds else False
