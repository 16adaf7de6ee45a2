from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine.errors import FinanceError, RejectedError
from ..transports import http
from ..transports.http_address import networks, target


class FinanceConnection(models.Model):
    """Where a connection that speaks HTTP leads, and how far it may go.

    An adapter shows these settings by declaring ``_uses_http = True``, and calls the other system
    through :meth:`_http` and in no other way.
    """

    _inherit = "finance.connection"

    uses_http = fields.Boolean(compute="_compute_uses_http")
    http_base_url = fields.Char(
        string="Address", tracking=True, help="Address below which the other system is called, beginning with https."
    )
    http_more_origins = fields.Char(
        string="Further addresses",
        tracking=True,
        help="Other hosts of the same system, e.g. https://login.bank.example. No other host is called.",
    )
    http_networks = fields.Char(
        string="Allowed networks",
        tracking=True,
        help="Networks that are not public and may be reached nevertheless, e.g. 10.20.0.0/16. Empty: none.",
    )
    http_allow_plain = fields.Boolean(
        string="Without encryption",
        tracking=True,
        help="Only for a sandbox or test system inside the allowed networks.",
    )
    http_authorities = fields.Text(
        string="Own authority",
        help="Certificates (PEM) of the authority that the other system's certificate comes from. Empty: public ones.",
    )
    http_connect_timeout = fields.Integer(string="Seconds to connect", default=10, required=True, aggregator=None)
    http_read_timeout = fields.Integer(string="Seconds without an answer", default=30, required=True, aggregator=None)
    http_total_timeout = fields.Integer(string="Seconds for a whole call", default=120, required=True, aggregator=None)
    http_max_mb = fields.Integer(string="Largest answer (MB)", default=32, required=True, aggregator=None)
    http_honours_key = fields.Boolean(
        string="Repeating is safe",
        help="The other system promises that a request with the same idempotency key has one effect only. "
        "Without that promise an unclear answer is never followed by a second request.",
    )

    _http_limits = models.Constraint(
        "CHECK (http_connect_timeout BETWEEN 1 AND 60 AND http_read_timeout BETWEEN 1 AND 300"
        " AND http_total_timeout BETWEEN 1 AND 3600 AND http_max_mb BETWEEN 1 AND 2000)",
        "Connecting may take 1 to 60 seconds, an answer 1 to 300, a whole call up to 3600, and bring up to 2000 MB.",
    )

    @api.depends("adapter")
    def _compute_uses_http(self):
        known = self.env.registry.descendants(["finance.adapter"], "_inherit")
        for connection in self:
            name = connection.adapter
            connection.uses_http = name in known and self.env[name]._uses_http

    def _hosts(self):
        hosts = super()._hosts()
        if not self.uses_http:
            return hosts
        try:
            urls = filter(None, [self.http_base_url, *(self.http_more_origins or "").split()])
            return list(dict.fromkeys([*hosts, *(target(url).host for url in urls)]))
        except FinanceError:
            # being entered
            return hosts

    @api.model
    def _endpoint_fields(self):
        return super()._endpoint_fields() | {
            "http_base_url",
            "http_more_origins",
            "http_networks",
            "http_allow_plain",
            "http_authorities",
        }

    @api.constrains("http_base_url", "http_more_origins", "http_networks")
    def _check_http_addresses(self):
        for connection in self:
            try:
                for url in filter(None, [connection.http_base_url, *(connection.http_more_origins or "").split()]):
                    target(url)
            except FinanceError as error:
                raise ValidationError(
                    self.env._("%(name)s: %(why)s", name=connection.name, why=error.detail)
                ) from error
            try:
                networks(connection.http_networks or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(name)s: enter networks like 10.20.0.0/16, none of them wider than /8.", name=connection.name
                    )
                ) from error

    @api.constrains("http_allow_plain", "environment")
    def _check_http_plain(self):
        for connection in self:
            if connection.http_allow_plain and connection.environment not in ("sandbox", "test"):
                raise ValidationError(
                    self.env._("%s: only a sandbox or test system is called without encryption.", connection.name)
                )

    def _http_endpoint(self):
        """:return: the :class:`~..transports.http.Endpoint` of this connection
        :raise RejectedError: when no address is entered
        """
        self.ensure_one()
        connection = self.sudo()  # sudo: engine code runs for any role; what is read here is no secret
        if not connection.http_base_url:
            raise RejectedError(
                self.env._("Enter the address of the other system on the connection."), reason="connection_incomplete"
            )
        return http.Endpoint(
            base_url=connection.http_base_url,
            more_origins=tuple((connection.http_more_origins or "").split()),
            networks=networks(connection.http_networks or ""),
            hosts=connection._allowed_hosts(),
            allow_plain=connection.http_allow_plain and connection.environment in ("sandbox", "test"),
            tls=connection._http_tls(),
            limits=http.Limits(
                connect=connection.http_connect_timeout,
                read=connection.http_read_timeout,
                total=connection.http_total_timeout,
                max_bytes=connection.http_max_mb * 1024 * 1024,
            ),
            honours_idempotency_key=connection.http_honours_key,
        )

    def _http_tls(self):
        """Mutual TLS as soon as a client certificate is loaded; an expired one is refused, not left out."""
        if "tls" not in self.credential_ids.mapped("kind"):
            return http.Tls(authorities=self.http_authorities or "")
        credential = self._credential("tls")
        return http.Tls(
            authorities=self.http_authorities or "",
            certificate=credential.certificate,
            private_key=credential._private_key(),
        )

    def _http(self, *, authorization=None, headers=None, base_url=None):
        """Give a client for this connection; use it in a ``with`` block, for one unit of work.

        :param authorization: a :class:`~..transports.http.Authorization`, e.g. ``Bearer(token=...)``; without,
            what the connection's field *Log in* says
        :param headers: sent with every call
        :param base_url: another of the connection's own addresses to call, and to prove ourselves at
        :raise FinanceError: when the settings or a secret of them are missing, or nothing may leave (a copy)
        """
        self._check_outbound()
        endpoint = self._http_endpoint()
        if base_url:
            endpoint.target(base_url)
            endpoint = replace(
                endpoint, base_url=base_url, more_origins=(*endpoint.more_origins, target(endpoint.base_url).origin)
            )
        return http.Client(
            endpoint,
            authorization=authorization or self._http_authorization(),
            headers=headers,
            heartbeat=self.env["finance.dispatcher"]._heartbeat,
        )
