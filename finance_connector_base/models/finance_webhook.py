import ipaddress
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import ADMIN
from ..webhooks import SCHEMES, PathError, Paths, Settings, check_path
from ..webhooks.hmac_header import check_pattern

#: expressions over the body, as people enter them
PATHS = ("identity_path", "kind_path", "key_path", "rank_path")


class FinanceWebhook(models.Model):
    """An address at which one sender delivers events to one flow (B-18).

    The address is not the protection: a delivery counts only when its signature is right. How senders sign is
    in ``webhooks/``, one file a scheme; what they say about an event is described by expressions over its body.
    """

    _name = "finance.webhook"
    _description = "Webhook In"
    _inherit = ["mail.thread", "finance.configurable"]
    _order = "connection_id, name, id"

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(
        default=True, tracking=True, help="Archived: deliveries are answered 410 Gone, and senders stop."
    )
    connection_id = fields.Many2one("finance.connection", required=True, ondelete="restrict", index=True)
    flow_id = fields.Many2one(
        "finance.flow",
        required=True,
        ondelete="restrict",
        domain="[('connection_id', '=', connection_id), ('direction', '=', 'in')]",
        help="Works what is delivered.",
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    slug = fields.Char(
        readonly=True, copy=False, required=True, default=lambda self: secrets.token_urlsafe(24), index=True
    )
    url = fields.Char(string="Address", compute="_compute_url", help="Enter it at the sender.")

    scheme = fields.Selection(
        selection="_selection_scheme", string="Signed by", required=True, default="standard", tracking=True
    )
    secret_ids = fields.One2many("finance.webhook.secret", "webhook_id", string="Secrets")
    secret_state = fields.Selection(
        [("none", "No secret"), ("one", "Set"), ("rotating", "Changing over")], compute="_compute_secret_state"
    )
    tolerance = fields.Integer(
        string="Tolerance (seconds)",
        default=300,
        required=True,
        aggregator=None,
        help="A delivery that is older, or this much too early, is refused: it may be a recording.",
    )
    header = fields.Char(string="Header with the signature", help="e.g. X-Shop-Hmac-Sha256")
    prefix = fields.Char(string="Before the signature", help="e.g. sha256=")
    algorithm = fields.Selection(
        [("sha256", "SHA-256"), ("sha384", "SHA-384"), ("sha512", "SHA-512")], default="sha256", required=True
    )
    encoding = fields.Selection([("hex", "Hexadecimal"), ("base64", "Base64")], default="hex", required=True)
    time_header = fields.Char(string="Header with the time", help="Seconds since 1970. Empty: the sender gives none.")
    id_header = fields.Char(string="Header with the identity")
    pattern = fields.Char(
        string="What is signed", default="{body}", help="In terms of {id}, {time} and {body}, e.g. {time}.{body}"
    )
    webhook_code = fields.Char(
        string="Webhook ID",
        help="What PayPal or Ramp calls this webhook, not an event; what Ibanity calls our application.",
    )
    signer = fields.Char(string="Host in the certificate")
    anchors = fields.Text(string="Trusted authorities (PEM)", help="Empty: those that web browsers trust.")
    uses = fields.Char(compute="_compute_uses", help="Settings of the chosen scheme, for the form.")

    networks = fields.Text(
        string="Senders' addresses",
        help="Networks such as 203.0.113.0/24, one a line. Deliveries from elsewhere are refused. Empty: anywhere.",
    )
    max_kb = fields.Integer(string="Largest delivery (kB)", default=1024, required=True, aggregator=None)
    kinds = fields.Text(
        string="Kinds of events",
        help="One a line, e.g. payout.paid. Others are acknowledged and ignored. Empty: all are worked.",
    )
    identity_path = fields.Char(
        string="Identity", default="id", help="Where the identity of the event stands in the body (JMESPath)."
    )
    kind_path = fields.Char(string="Kind", default="type", help="Where the kind of event stands (JMESPath).")
    key_path = fields.Char(
        string="What it is about",
        help="Events with the same value are worked one after the other, e.g. data.object.id (JMESPath).",
    )
    rank_path = fields.Char(
        string="Rank",
        help="A number or time that grows with each event of the same thing, e.g. created. An event that arrives after "
        "a later one was worked changes nothing (JMESPath).",
    )
    ranks = fields.Text(
        string="Rank by kind",
        help="Where times do not tell the order: one line a kind, e.g. payment.accepted = 1. Wins over the rank.",
    )

    refusal_ids = fields.One2many("finance.webhook.refusal", "webhook_id", string="Refusals")
    delivery_count = fields.Integer(string="Received", compute="_compute_counts", help="By its flow.")
    refusal_count = fields.Integer(string="Refused in 7 days", compute="_compute_counts")

    _once = models.UniqueIndex("(slug)", "This address is taken.")
    _sizes = models.Constraint(
        "CHECK (tolerance BETWEEN 1 AND 86400 AND max_kb BETWEEN 1 AND 8192)",
        "The tolerance is between 1 second and a day, and a delivery at most 8192 kB.",
    )

    @api.model
    def _selection_scheme(self):
        names = {
            "standard": self.env._("Standard Webhooks"),
            "stripe": self.env._("Stripe"),
            "paypal": self.env._("PayPal"),
            "hmac": self.env._("HMAC in a header"),
            "jws": self.env._("Detached JWS"),
            "ibanity": self.env._("Ibanity (Ponto Connect)"),
            "plaid": self.env._("Plaid"),
            "shared": self.env._("Secret in a header"),
            "ramp": self.env._("Ramp"),
            "payhawk": self.env._("Payhawk"),
        }
        return [(code, names.get(code, code)) for code in SCHEMES]

    @api.depends("slug")
    def _compute_url(self):
        for webhook in self:
            webhook.url = f"{webhook.get_base_url()}/finance/webhook/{webhook.slug}"

    @api.depends("scheme")
    def _compute_uses(self):
        for webhook in self:
            webhook.uses = " ".join(sorted(SCHEMES[webhook.scheme].uses)) if webhook.scheme else ""

    @api.depends("secret_ids.ends_at")
    def _compute_secret_state(self):
        for webhook in self:
            # sudo: whether something is set is no secret
            count = len(webhook.sudo().secret_ids._valid())
            webhook.secret_state = "none" if not count else "one" if count == 1 else "rotating"

    def _compute_counts(self):
        since = fields.Datetime.subtract(fields.Datetime.now(), days=7)
        refused = dict(
            self.env["finance.webhook.refusal"]._read_group(
                [("webhook_id", "in", self.ids), ("at", ">=", since)], ["webhook_id"], ["count:sum"]
            )
        )
        received = dict(
            self.env["finance.message"]._read_group(
                [("flow_id", "in", self.flow_id.ids), ("kind", "=", "exchange")], ["flow_id"], ["__count"]
            )
        )
        for webhook in self:
            webhook.refusal_count = refused.get(webhook, 0)
            webhook.delivery_count = received.get(webhook.flow_id, 0)

    # -- what is entered -------------------------------------------------------------------

    @api.constrains("flow_id", "connection_id")
    def _check_flow(self):
        for webhook in self:
            if webhook.flow_id.connection_id != webhook.connection_id or webhook.flow_id.direction != "in":
                raise ValidationError(
                    self.env._("%s is no incoming flow of this connection.", webhook.flow_id.display_name)
                )

    @api.constrains("networks")
    def _check_networks(self):
        for webhook in self:
            try:
                webhook._networks()
            except ValueError as error:
                raise ValidationError(
                    self.env._("%s. Enter networks like 203.0.113.0/24, one a line.", str(error))
                ) from None

    @api.constrains(*PATHS)
    def _check_paths(self):
        for webhook in self:
            for name in PATHS:
                try:
                    check_path(webhook[name] or "@")
                except PathError as error:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: %(problem)s",
                            field=self._fields[name]._description_string(self.env),
                            problem=str(error),
                        )
                    ) from None

    @api.constrains("pattern", "scheme", "header")
    def _check_scheme(self):
        for webhook in self:
            if webhook.scheme not in ("hmac", "shared"):
                continue
            if not webhook.header:
                raise ValidationError(self.env._("Enter the header that carries the signature."))
            if webhook.scheme == "hmac" and not check_pattern(webhook.pattern or ""):
                raise ValidationError(
                    self.env._("What is signed has to contain {body}; besides it may contain {id} and {time}.")
                )

    @api.constrains("ranks")
    def _check_ranks(self):
        for webhook in self:
            try:
                webhook._ranks()
            except ValueError:
                raise ValidationError(
                    self.env._("Rank by kind: enter lines like payment.accepted = 1, with numbers above 0.")
                ) from None

    @api.model
    def _inert_fields(self):
        # who may deliver, and what becomes of it
        return super()._inert_fields() | {
            "algorithm",
            "anchors",
            "connection_id",
            "encoding",
            "flow_id",
            "header",
            "id_header",
            "identity_path",
            "key_path",
            "kinds",
            "networks",
            "pattern",
            "prefix",
            "rank_path",
            "ranks",
            "scheme",
            "signer",
            "time_header",
            "tolerance",
            "webhook_code",
        }

    def _is_in_use(self):
        return self.connection_id.state != "draft"

    def write(self, vals):
        if "slug" in vals:
            raise UserError(self.env._("The address of a webhook never changes. Make another one and archive this."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        for webhook in self:
            if webhook.delivery_count:
                raise UserError(
                    self.env._("%s has received deliveries. Archive it: senders are told to stop.", webhook.name)
                )

    # -- as values -------------------------------------------------------------------------

    def _lines(self, name):
        return [line.strip() for line in (self[name] or "").splitlines() if line.strip()]

    def _networks(self):
        """:return: the networks that may deliver
        :raise ValueError: a line is no network
        """
        return [ipaddress.ip_network(line, strict=False) for line in self._lines("networks")]

    def _ranks(self):
        """:return: dict kind -> rank
        :raise ValueError: a line is not ``kind = number``
        """
        ranks = {}
        for line in self._lines("ranks"):
            kind, equals, number = line.rpartition("=")
            if not equals or not kind.strip() or int(number) <= 0:
                raise ValueError(line)
            ranks[kind.strip()] = int(number)
        return ranks

    def _paths(self):
        """:return: :class:`~..webhooks.Paths`"""
        return Paths(
            identity=self.identity_path or "",
            kind=self.kind_path or "",
            key=self.key_path or "",
            rank=self.rank_path or "",
            ranks=self._ranks(),
        )

    def _fetches_keys(self):
        """:return: whether the adapter of the connection fetches the sender's keys"""
        return "keys" in SCHEMES[self.scheme].uses

    def _settings(self):
        """:return: :class:`~..webhooks.Settings`, with the secrets in clear, for the call under way
        :raise AuthNeededError: the master key is missing
        """
        by_certificate = self.scheme == "paypal"
        fetched = by_certificate or self._fetches_keys()
        known = self.env["finance.webhook.certificate"]
        return Settings(
            secrets=tuple(self.secret_ids._valid()._clear()),
            tolerance=self.tolerance,
            header=self.header or "",
            prefix=self.prefix or "",
            algorithm=self.algorithm,
            encoding=self.encoding,
            time_header=self.time_header or "",
            id_header=self.id_header or "",
            pattern=self.pattern or "{body}",
            webhook_id=self.webhook_code or "",
            signer=self.signer or "",
            certificates=known._known(self) if fetched else {},
            anchors=(self.anchors or known._web_anchors()) if by_certificate else "",
        )

    # -- buttons ---------------------------------------------------------------------------

    def action_set_secret(self):
        """Open the dialog that sets or changes the secret."""
        self.ensure_one()
        self.env["finance.message"]._check_role(ADMIN)
        self.check_access("write")
        action = self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_webhook_secret_action")
        return {**action, "context": {"default_webhook_id": self.id}}

    def action_view_deliveries(self):
        """Show the messages that were delivered here."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliveries"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("flow_id", "=", self.flow_id.id), ("kind", "=", "exchange")],
        }

    def action_view_refusals(self):
        """Show what was refused here, and why."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_webhook_refusal_action")
        return {**action, "domain": [("webhook_id", "=", self.id)]}


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    webhook_ids = fields.One2many("finance.webhook", "connection_id", string="Webhooks")
    webhook_count = fields.Integer(compute="_compute_webhook_count")

    @api.depends("webhook_ids")
    def _compute_webhook_count(self):
        for connection in self:
            connection.webhook_count = len(connection.webhook_ids)

    def action_view_webhooks(self):
        """Show the addresses at which the other system delivers."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id("finance_connector_base.finance_webhook_action")
        return {
            **action,
            "domain": [("connection_id", "=", self.id)],
            "context": {"default_connection_id": self.id},
        }
