from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..engine.errors import FinanceError, RejectedError
from ..transports import http, oauth2
from ..transports.http_address import check_listed, networks, target

CALLBACK = "/finance/oauth2/callback"
ACTIVITY = "finance_connector_base.mail_activity_reauthorise"
#: causes that are gone when a person has authorised again
CURED = ("oauth_reauthorise", "oauth_answer_lost", "auth_needed")
#: in the context of an authorisation under way, which is what is missing; an object cannot be forged by a client
AUTHORISING = object()
#: name under which the end of a permission is watched
WATCHED = "OAuth 2.0"
#: fields by which a token was got: for others it is worth nothing, and must not be shown to anybody else
PLACE = {"http_auth", "oauth_address", "oauth_client", "oauth_scope", "oauth_audience", "oauth_page"}
#: of a call to the token address
LIMITS = http.Limits(connect=10.0, read=20.0, total=30.0, max_bytes=1 << 20)


class FinanceConnection(models.Model):
    """How a connection that speaks HTTP logs in, as far as that is the same for every adapter."""

    _inherit = "finance.connection"

    http_auth = fields.Selection(
        [
            ("adapter", "As the kind of connection does"),
            ("basic", "User and password"),
            ("fixed", "Fixed token"),
            ("client_credentials", "OAuth 2.0, as ourselves"),
            ("authorization_code", "OAuth 2.0, authorised by a person"),
        ],
        string="Log in",
        default="adapter",
        required=True,
        tracking=True,
    )
    http_username = fields.Char(string="User name", tracking=True)
    uses_oauth = fields.Boolean(compute="_compute_uses_oauth")
    oauth_address = fields.Char(string="Token address", tracking=True, help="Where tokens are got and renewed.")
    oauth_page = fields.Char(
        string="Authorisation page", tracking=True, help="Where a person logs in over there and says yes."
    )
    oauth_client = fields.Char(string="Client ID", tracking=True, help="Who we are over there.")
    oauth_client_auth = fields.Selection(
        [
            ("basic", "Secret, in a header"),
            ("post", "Secret, in the form"),
            ("jwt", "Signed assertion (private key)"),
            ("tls", "TLS client certificate"),
            ("none", "Nothing (public client)"),
        ],
        string="Proved by",
        default="basic",
        required=True,
        tracking=True,
    )
    oauth_rsa = fields.Selection(
        [("PS256", "PS256"), ("RS256", "RS256")],
        string="Signature of RSA keys",
        default="PS256",
        required=True,
        help="Keys on elliptic curves sign in their own way.",
    )
    oauth_assertion_audience = fields.Char(
        string="Audience of the assertion", help="Empty: the token address.", tracking=True
    )
    oauth_scope = fields.Char(string="Scope", tracking=True, help="What we ask for, separated by blanks.")
    oauth_audience = fields.Char(string="Audience", tracking=True)
    oauth_extra = fields.Char(
        string="Further parameters",
        help="Of the authorisation page, as in an address, e.g. access_type=offline&prompt=consent",
    )
    oauth_issuer = fields.Char(
        string="Issuer",
        tracking=True,
        help="Where the other side names itself in its answer (iss): what it must say. Another one is refused.",
    )
    oauth_days = fields.Integer(
        string="Days until it has to be repeated",
        aggregator=None,
        help="0: until it is taken back. The owner is told 60, 30 and 7 days before the end.",
    )
    oauth_redirect = fields.Char(
        string="Redirect address", compute="_compute_oauth_redirect", help="Register it at the other side."
    )
    oauth_token_ids = fields.One2many("finance.oauth2.token", "connection_id", string="Permissions")
    oauth_state = fields.Selection(
        [
            ("none", "Not authorised yet"),
            ("active", "Authorised"),
            ("ended", "Has ended and cannot renew itself"),
            ("reauthorise", "Has to be authorised again"),
            ("refused", "The settings are refused"),
        ],
        string="Permission",
        compute="_compute_oauth_state",
    )
    oauth_expires_at = fields.Datetime(string="Token good until", compute="_compute_oauth_state")

    _oauth_days = models.Constraint(
        "CHECK (COALESCE(oauth_days, 0) BETWEEN 0 AND 3660)", "A permission lasts up to 3660 days; 0 is without an end."
    )

    @api.depends("http_auth", "uses_http")
    def _compute_uses_oauth(self):
        for connection in self:
            connection.uses_oauth = connection.uses_http and connection.http_auth in (
                "client_credentials",
                "authorization_code",
            )

    def _compute_oauth_redirect(self):
        for connection in self:
            connection.oauth_redirect = connection._oauth2_redirect()

    @api.depends("http_auth", "oauth_token_ids.state", "oauth_token_ids.expires_at", "oauth_token_ids.is_renewable")
    def _compute_oauth_state(self):
        now = fields.Datetime.now()
        for connection in self:
            # sudo: states and dates of what a reader of the connection may know about it
            tokens = connection.sudo().oauth_token_ids
            worst = tokens.filtered(lambda token: token.state != "active")[:1]
            connection.oauth_expires_at = tokens[:1].expires_at
            if worst or not tokens:
                connection.oauth_state = worst.state or "none"
            else:
                over = tokens.filtered(
                    lambda token: not token.is_renewable and token.expires_at and token.expires_at <= now
                )
                connection.oauth_state = "ended" if over else "active"

    # -- settings --------------------------------------------------------------------------

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {"http_auth", "oauth_address", "oauth_page", "oauth_client"}

    @api.constrains("oauth_address", "oauth_page", "oauth_issuer")
    def _check_oauth_addresses(self):
        for connection in self:
            try:
                for url in filter(None, [connection.oauth_address, connection.oauth_page]):
                    if target(url).scheme != "https" and not connection._may_be_plain():
                        raise RejectedError(self.env._("Only https addresses are called."))
            except FinanceError as error:
                raise ValidationError(
                    self.env._("%(name)s: %(why)s", name=connection.name, why=error.detail)
                ) from error

    def _hosts(self):
        """EXTENDS: where tokens are got, and where a person says yes."""
        hosts = super()._hosts()
        if not self.uses_oauth:
            return hosts
        urls = [self.oauth_address, self.oauth_page if self.http_auth == "authorization_code" else None]
        try:
            return list(dict.fromkeys([*hosts, *(target(url).host for url in urls if url)]))
        except FinanceError:
            # the constraint says so
            return hosts

    def _may_be_plain(self):
        return self.http_allow_plain and self.environment in ("sandbox", "test")

    def write(self, vals):
        """EXTENDS: a token is shown to nobody but the side that gave it."""
        moved = self._changed(PLACE & vals.keys(), vals) | self._changed_origin(vals)
        result = super().write(vals)
        if moved:
            # sudo: tokens are deleted by nobody directly, the right to write was checked
            moved.sudo().oauth_token_ids.unlink()
        return result

    def _changed(self, names, vals):
        return self.filtered(
            lambda connection: any((connection[name] or False) != (vals[name] or False) for name in names)
        )

    def _changed_origin(self, vals):
        if "http_base_url" not in vals:
            return self.browse()
        return self.filtered(lambda connection: _origin(connection.http_base_url) != _origin(vals["http_base_url"]))

    # -- in a call -------------------------------------------------------------------------

    def _http_authorization(self):
        """:return: what proves who we are in calls of this connection, or None where the adapter sees to it
        :raise FinanceError: a setting or a secret is missing
        """
        self.ensure_one()
        connection = self.sudo()  # sudo: engine code runs for any role
        if connection.http_auth == "basic":
            return http.Basic(user=connection.http_username or "", password=connection._secret("password"))
        if connection.http_auth == "fixed":
            return http.Bearer(token=connection._secret("token"))
        return connection._oauth2() if connection.http_auth != "adapter" else None

    def _oauth2(self, *, kind=None, scope=None, audience=None):
        """Give what proves who we are, with a token that is renewed when it has to be.

        :param kind: ``client_credentials`` for a token of our own besides the one that a person gave
        :param scope: another one than the connection's
        """
        connection = self.sudo()  # sudo: engine code runs for any role
        wish = {"kind": kind or connection.http_auth, "scope": scope or "", "audience": audience or ""}
        if wish["kind"] == "client_credentials":
            own = connection.http_auth == "client_credentials"
            wish["scope"] = scope or (own and connection.oauth_scope) or ""
            wish["audience"] = audience or connection.oauth_audience or ""
        tokens = self.env["finance.oauth2.token"]
        return oauth2.Renewing(lambda refused: tokens._current(connection, wish, refused))

    def _oauth2_endpoint(self):
        """:return: where tokens are got, an :class:`~..transports.http.Endpoint` of its own"""
        if not (self.oauth_address and self.oauth_client):
            raise RejectedError(
                self.env._("Enter token address and client ID on the connection."), reason="connection_incomplete"
            )
        endpoint = http.Endpoint(
            base_url=self.oauth_address,
            hosts=self._allowed_hosts(),
            networks=networks(self.http_networks or ""),
            allow_plain=self._may_be_plain(),
            tls=self._http_tls(),
            limits=LIMITS,
        )
        # what the list of the environment does not allow is said before anything is noted or sent
        endpoint.target("")
        return endpoint

    def _oauth2_identity(self):
        """:return: who we are over there, an :class:`~..transports.oauth2.Identity`"""
        method = self.oauth_client_auth
        values = {}
        if method in ("basic", "post"):
            values["secret"] = self._secret("client_secret")
        elif method == "jwt":
            credential = self._credential("jwt")
            values |= {
                "private_key": credential._private_key(),
                "key_id": credential.reference or "",
                "rsa_algorithm": self.oauth_rsa,
                "audience": self.oauth_assertion_audience or "",
            }
        elif method == "tls":
            # an expired one, or none at all, is said before anything is called
            self._credential("tls")._private_key()
        return oauth2.Identity(client_id=self.oauth_client, method=method, **values)

    def _check_outbound(self):
        """EXTENDS: nothing is said to the other side while a person has to give permission again."""
        result = super()._check_outbound()
        if not self._is_authorising():
            # sudo: called by the engine, whoever's transaction needs it
            tokens = self.env["finance.oauth2.token"].sudo()
            gone = tokens.search([("connection_id", "=", self.id), ("state", "!=", "active")], limit=1)
            if gone:
                raise gone._ended()
        return result

    def _first_ended(self):
        """EXTENDS: that a permission has ended is what a new one is for."""
        return None if self._is_authorising() else super()._first_ended()

    def _is_authorising(self):
        return self.env.context.get("finance_authorising") is AUTHORISING

    # -- people ----------------------------------------------------------------------------

    def _oauth2_redirect(self):
        return self.get_base_url().rstrip("/") + CALLBACK

    def action_oauth2_authorise(self):
        """Send the person to the other side's page, to say yes there."""
        self.ensure_one()
        self._check_admin()
        if self.http_auth != "authorization_code":
            raise UserError(self.env._("This connection logs in without a person."))
        try:
            connection = self.with_context(finance_authorising=AUTHORISING)
            connection._check_outbound()
            connection._oauth2_endpoint()
            if not self.oauth_page:
                raise RejectedError(self.env._("Enter the authorisation page on the connection."))
            check_listed(target(self.oauth_page).host, self._allowed_hosts())
            url = self.env["finance.oauth2.request"]._begin(self)
        except FinanceError as error:
            raise UserError(error.detail) from error
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def action_test(self):
        """EXTENDS: a person asks: settings that were refused are tried once more."""
        self.ensure_one()
        self._check_admin()
        # sudo: whether there is something to forget; the role was checked
        refused = self.sudo().oauth_token_ids.filtered(lambda token: token.state == "refused" or token.retry_at)
        if refused:
            self.env["finance.oauth2.token"]._forget_refusal(self)
            self.env.invalidate_all()
        result = super().action_test()
        if self.check_ok:
            self.activity_feedback([ACTIVITY])
        return result

    def _oauth2_call_a_person(self, token):
        """Nothing works before somebody has acted: stop, and tell the owner once."""
        # whoever called may hold the connection's row in a transaction that waits for us: then the dispatcher
        # writes the stop when it is told of the error
        self.env.cr.execute(
            SQL("SELECT id FROM finance_connection WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", self.id)
        )
        if self.env.cr.fetchone() and self.state != "draft":
            self._require_credentials(self.id, token.reason)
        if not self.owner_id or self.activity_search([ACTIVITY]):
            return
        self.activity_schedule(
            ACTIVITY,
            user_id=self.owner_id.id,
            summary=self.env._("Authorise %s again", self.name)
            if token.state == "reauthorise"
            else self.env._("%s is refused a token: check its settings", self.name),
        )

    def _oauth2_authorised(self):
        """A person has given permission: what waited for that goes on."""
        self.activity_feedback([ACTIVITY])
        self._mended(*CURED)
        self._go_on_if_renewed()

    def _oauth2_watch_end(self, token):
        """Let the end of a permission be watched like that of any other consent."""
        end = token.refresh_expires_at
        if self.oauth_days and token.authorised_at:
            by_days = fields.Datetime.add(token.authorised_at, days=self.oauth_days)
            end = min(end, by_days) if end else by_days
        self.env["finance.credential"]._note_end(self, WATCHED, end)

    def _void_credentials(self):
        """EXTENDS: tokens are void, too, and so are authorisations under way."""
        result = super()._void_credentials()
        # sudo: deleted by nobody directly, the role was checked
        self.sudo().oauth_token_ids.unlink()
        # sudo: as above
        self.env["finance.oauth2.request"].sudo().search([("connection_id", "in", self.ids)]).unlink()
        return result


def _origin(url):
    try:
        return target(url or "").origin
    except FinanceError:
        return url or ""
