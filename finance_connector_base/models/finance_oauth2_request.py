import hashlib
import hmac
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.http import request

from ..const import ADMIN
from ..engine.errors import FinanceError, RejectedError
from ..transports import http, oauth2
from .finance_connection_oauth2 import AUTHORISING

_logger = logging.getLogger(__name__)

#: minutes within which the person has to come back from the other side
MINUTES = 10
#: where the session keeps its half
SESSION = "finance_oauth2"


class FinanceOauth2Request(models.Model):
    """A person is on the way to the other side's page and back.

    The row knows digests only: of the state that comes back in the address, and of a number in the session
    that the person left with. It is used once and for ten minutes.
    """

    _name = "finance.oauth2.request"
    _description = "OAuth 2.0 Authorisation Under Way"
    _inherit = ["finance.sealed"]
    _allow_sudo_commands = False
    _sealed_fields = ("sealed",)

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="cascade", index=True)
    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    state_hash = fields.Char(required=True, readonly=True, copy=False, groups=fields.NO_ACCESS, index=True)
    session_hash = fields.Char(required=True, readonly=True, copy=False, groups=fields.NO_ACCESS)
    sealed = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS, help="The verifier (PKCE).")
    redirect_uri = fields.Char(required=True, readonly=True)
    ends_at = fields.Datetime(required=True, readonly=True)

    def _seal_binding(self):
        return f"{self.connection_id.id}/{self.user_id.id}"

    @api.model
    def _begin(self, connection, *, scope=None):
        """Begin an authorisation by the current user; an earlier one of his for this connection is void.

        :param scope: what this one is asked for, where that is not the connection's scope
        :return: address of the other side's page
        :raise FinanceError: a setting is wrong, or there is no master key
        """
        state, session, verifier = (oauth2.new_verifier() for _number in range(3))
        redirect_uri = connection._oauth2_redirect()
        url = oauth2.authorisation_url(
            connection.oauth_page,
            client_id=connection.oauth_client,
            redirect_uri=redirect_uri,
            state=state,
            verifier=verifier,
            scope=scope or connection.oauth_scope or "",
            extra=connection.oauth_extra or "",
        )
        self._keep_in_session(connection, session)
        requests = self.sudo()  # sudo: rows that nobody may see; the role was checked
        requests.search([("connection_id", "=", connection.id), ("user_id", "=", self.env.uid)]).unlink()
        row = requests.create(
            {
                "connection_id": connection.id,
                "user_id": self.env.uid,
                "state_hash": _digest(state),
                "session_hash": _digest(session),
                "redirect_uri": redirect_uri,
                "ends_at": fields.Datetime.now() + timedelta(minutes=MINUTES),
            }
        )
        row.write({"sealed": row._seal("sealed", verifier)})
        self.env["finance.audit"]._record(
            "oauth2.authorisation_begun", connection, after={"page": connection.oauth_page}
        )
        return url

    @api.model
    def _keep_in_session(self, connection, value):
        if not request:
            raise RejectedError(self.env._("Authorise in the web client: the answer comes back to your browser."))
        # a new dict: a change inside would not be seen as one
        request.session[SESSION] = {**(request.session.get(SESSION) or {}), str(connection.id): value}

    @api.model
    def _finish(self, answer, in_session):
        """A person has come back: use the row up, get the tokens, let the connection go on.

        Nothing here is part of the caller's transaction: that one may be run again, a code is good for one use.

        :param answer: query of the address the person came back to
        :param in_session: dict connection id -> this session's half
        :return: (connection or empty recordset, error or None)
        """
        tokens, uid = self.env["finance.oauth2.token"], self.env.uid
        refused = RejectedError(
            self.env._("This authorisation is not known, was used already or took too long. Begin again.")
        )
        connections = self.env["finance.connection"]
        state = answer.get("state") or ""
        # sudo: rows that nobody may see; whose it is is looked at below
        row = self.sudo().search([("state_hash", "=", _digest(state))], limit=1)
        if not row or row.user_id.id != uid:
            return connections, refused
        connection_id, row_id = row.connection_id.id, row.id

        def work(env, steps):
            return env[self._name]._used(row_id, state, in_session.get(str(connection_id)) or "", answer, steps)

        error = tokens._alone(connection_id, work)
        return connections.browse(connection_id), error

    @api.model
    def _used(self, row_id, state, in_session, answer, steps):
        """With the lock held, in transactions of its own. Errors are returned, not raised."""
        refused = RejectedError(
            self.env._("This authorisation is not known, was used already or took too long. Begin again.")
        )
        try:
            with steps.step():
                row = self.browse(row_id).exists()
                if not row:
                    return refused
                fits = hmac.compare_digest(row.state_hash, _digest(state))
                fits &= hmac.compare_digest(row.session_hash, _digest(in_session))
                connection, user, redirect_uri = row.connection_id, row.user_id, row.redirect_uri
                fits &= row.ends_at > fields.Datetime.now()
                fits &= user.has_group(ADMIN) and connection.with_user(user).has_access("write")
                connection = connection.with_context(finance_authorising=AUTHORISING)
                verifier = row._unseal("sealed")
                row.unlink()
                if not fits:
                    return refused
                # before anything is sent: a second one finds nothing
            with steps.step():
                code = self._code(connection, answer)
                endpoint, identity = connection._oauth2_endpoint(), connection._oauth2_identity()
            form = oauth2.exchange(code, redirect_uri=redirect_uri, verifier=verifier)
            with http.Client(endpoint) as client:
                given = oauth2.ask(client, endpoint.base_url, identity, form, repeatable=False)
        except FinanceError as error:
            _logger.info("authorisation %s came to nothing (%s)", row_id, error.reason)
            return error
        tokens = self.env["finance.oauth2.token"]
        tokens._surely(lambda: self._kept(connection, user, given), steps)
        tokens._surely(lambda: self._told(connection, user), steps)
        return None

    @api.model
    def _exchange(self, connection, form):
        """Get the first tokens for something that a person has got at the other side, good for one use.

        Nothing here is part of the caller's transaction: that one may be run again.

        :param form: what the token address is asked, with its ``grant_type``
        :raise FinanceError: it gives none
        """
        connection_id, uid = connection.id, self.env.uid

        def work(env, steps):
            there = env["finance.connection"].browse(connection_id)
            try:
                with steps.step():
                    endpoint, identity = there._oauth2_endpoint(), there._oauth2_identity()
                with http.Client(endpoint) as client:
                    given = oauth2.ask(client, endpoint.base_url, identity, form, repeatable=False)
            except FinanceError as error:
                return error
            user = env["res.users"].browse(uid)
            env["finance.oauth2.token"]._surely(lambda: env[self._name]._kept(there, user, given), steps)
            return None

        error = self.env["finance.oauth2.token"]._alone(connection_id, work)
        if error is not None:
            raise error

    @api.model
    def _code(self, connection, answer):
        """:return: the code among what came back
        :raise RejectedError: the person said no, or somebody else answered
        """
        issuer = connection.oauth_issuer
        if issuer and not hmac.compare_digest(issuer.encode(), (answer.get("iss") or "").encode()):
            raise RejectedError(self.env._("The answer is not from the issuer that is entered on the connection."))
        if answer.get("error") == "access_denied":
            raise RejectedError(self.env._("The permission was denied at the other side."))
        if answer.get("error") or not answer.get("code"):
            raise RejectedError(
                self.env._("The other side gave no permission. Check client ID, scope and redirect address.")
            )
        return answer["code"][:4096]

    @api.model
    def _kept(self, connection, user, given):
        tokens = self.env["finance.oauth2.token"]
        token = tokens._of(connection, {"kind": "authorization_code"}) or tokens.create(
            {"connection_id": connection.id, "kind": "authorization_code", "purpose": ""}
        )
        before = token.authorised_at
        token._take(given, authorised_at=fields.Datetime.now(), authorised_by_id=user.id)
        self.env["finance.audit"]._record(
            "oauth2.authorised",
            connection.with_user(user),
            before={"authorised_at": str(before or "")},
            after={"scope": token.granted_scope or "", "expires_at": str(token.expires_at or "")},
        )

    @api.model
    def _told(self, connection, user):
        connection._oauth2_authorised()
        connection.with_user(user).message_post(body=self.env._("Authorised at the other side."))

    @api.autovacuum
    def _gc_requests(self):
        # sudo: rows that nobody may see
        self.sudo().search([("ends_at", "<", fields.Datetime.now())]).unlink()


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
