from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..const import ADMIN
from ..engine.errors import AuthNeededError

#: days before the end on which the owner is told, once each; 0 is the end itself
ALERTS = (60, 30, 7, 0)
#: in the context of the steps that may write; an object cannot be forged by a client
_STEP = object()
#: what else a person may change
OPEN_FIELDS = {"note", "blocks_sending", "active"}


class FinanceCredential(models.Model):
    """Something a connection needs that comes to an end: a certificate with its key, or a consent.

    A renewal is a new record of the same kind and name; the older one stays good until it ends, so that
    both work while the other side changes over.
    """

    _name = "finance.credential"
    _description = "Certificate or Consent"
    _inherit = ["finance.sealed"]
    _order = "expires_at, id"
    _allow_sudo_commands = False
    _sealed_fields = ("sealed",)

    name = fields.Char(required=True, readonly=True)
    active = fields.Boolean(default=True)
    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    owner_id = fields.Many2one(related="connection_id.owner_id")
    kind = fields.Selection(
        [
            ("tls", "TLS client certificate"),
            ("signing", "Signing certificate"),
            ("encryption", "Encryption certificate"),
            ("jwt", "Key for signed tokens"),
            ("consent", "Bank consent"),
            ("other", "Other agreement"),
        ],
        required=True,
        readonly=True,
    )
    certificate = fields.Text(readonly=True, copy=False, help="The public part, with its chain.")
    sealed = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    has_key = fields.Boolean(string="Private key", readonly=True, copy=False)
    subject = fields.Char(readonly=True)
    issuer = fields.Char(readonly=True)
    serial = fields.Char(string="Serial number", readonly=True)
    fingerprint = fields.Char(string="Fingerprint (SHA-256)", readonly=True)
    reference = fields.Char(readonly=True, help="What the other side calls it.")
    valid_from = fields.Datetime(readonly=True)
    expires_at = fields.Datetime(string="Ends", readonly=True, required=True)
    days_left = fields.Integer(compute="_compute_days_left", aggregator=None)
    status = fields.Selection(
        [("valid", "Valid"), ("early", "Not valid yet"), ("expiring", "Ends soon"), ("expired", "Expired")],
        compute="_compute_days_left",
    )
    blocks_sending = fields.Boolean(
        default=True,
        string="Stops the connection",
        help="Once expired, nothing is sent or fetched until it is renewed.",
    )
    alerted_days = fields.Integer(readonly=True, copy=False, aggregator=None, default=10**6)
    note = fields.Char()

    @api.depends("expires_at", "valid_from")
    def _compute_days_left(self):
        now = self.env.cr.now()
        for credential in self:
            left = (credential.expires_at or now) - now
            credential.days_left = left.days
            if left <= timedelta():
                credential.status = "expired"
            elif credential.valid_from and credential.valid_from > now:
                credential.status = "early"
            else:
                credential.status = "expiring" if left.days <= ALERTS[0] else "valid"

    # -- in --------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("finance_credential_step") is not _STEP:
            raise AccessError(self.env._("Certificates and consents are entered in their dialog."))
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() - OPEN_FIELDS and self.env.context.get("finance_credential_step") is not _STEP:
            raise AccessError(self.env._("Certificates and consents are entered in their dialog."))
        result = super().write(vals)
        if vals.keys() & {"active", "blocks_sending"}:
            for credential in self:
                self.env["finance.audit"]._record("credential.changed", credential, after=vals)
            self.connection_id._go_on_if_renewed()
        return result

    @api.model
    def _put(self, connection, kind, *, name="", certificate=None, expires_at=None, valid_from=None, reference=""):
        """Keep a certificate with its key, or a consent.

        :param certificate: :class:`~..safe.certificates.Certificate`; it says itself when it ends
        :param expires_at: naive UTC, of what is no certificate
        :raise AuthNeededError: there is a private key and no master key to seal it
        """
        if not self.env.su and not self.env.user.has_group(ADMIN):
            raise AccessError(self.env._("Only a connector administrator may set certificates and consents."))
        connection.check_access("write")
        connection = connection.sudo()  # sudo: written by nobody directly, rights were checked
        values = {
            "connection_id": connection.id,
            "kind": kind,
            "name": name or dict(self._fields["kind"]._description_selection(self.env))[kind],
            "reference": reference,
            "valid_from": valid_from,
            "expires_at": expires_at,
        }
        if certificate:
            facts = ("subject", "issuer", "serial", "fingerprint", "valid_from", "expires_at")
            values |= {fact: getattr(certificate, fact) for fact in facts}
            values |= {"certificate": certificate.pem, "has_key": bool(certificate.private_key)}
        if values["expires_at"] <= self.env.cr.now():
            raise UserError(self.env._("It has expired on %s already.", fields.Date.to_date(values["expires_at"])))
        # sudo: as above
        credential = self.sudo().with_context(finance_credential_step=_STEP).create(values)
        if certificate and certificate.private_key:
            credential.write({"sealed": credential._seal("sealed", certificate.private_key)})
        credential = credential.with_context(finance_credential_step=None)
        after = {key: str(values[key]) for key in ("kind", "name", "expires_at")}
        self.env["finance.audit"]._record(
            "credential.set", credential, after={**after, "fingerprint": values.get("fingerprint", "")}
        )
        connection._go_on_if_renewed()
        return credential

    @api.model
    def _note_end(self, connection, name, expires_at):
        """Watch the end of a consent that the other side, or its rules, tell by themselves.

        :param expires_at: naive UTC; none: there is nothing to watch any more
        """
        # sudo: written by nobody directly; called by the engine when it has got a token
        credentials = self.sudo().with_context(finance_credential_step=_STEP)
        known = credentials.search(
            [("connection_id", "=", connection.id), ("kind", "=", "consent"), ("name", "=", name)]
        )
        if not expires_at:
            known.unlink()
        elif not known:
            credentials.create(
                {"connection_id": connection.id, "kind": "consent", "name": name, "expires_at": expires_at}
            )
        elif known[-1].expires_at != expires_at:
            known[-1].write({"expires_at": expires_at, "alerted_days": 10**6})

    @api.ondelete(at_uninstall=False)
    def _unlink_audited(self):
        for credential in self:
            self.env["finance.audit"]._record(
                "credential.removed", credential, before={"kind": credential.kind, "name": credential.name}
            )

    # -- out -------------------------------------------------------------------------------

    def _private_key(self):
        """:return: PEM of the private key in clear, for the call under way and nothing else"""
        self.ensure_one()
        if not self.has_key:
            raise AuthNeededError(
                self.env._("%s has no private key. Load it again.", self.name), reason="secret_missing"
            )
        self.connection_id._check_outbound()
        return self._unseal("sealed")

    # -- watch -----------------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Tell owners what ends, once each at 60, 30 and 7 days and at the end."""
        horizon = self.env.cr.now() + timedelta(days=ALERTS[0] + 1)
        # sudo: the scheduled action sees every company
        for credential in self.sudo().search([("expires_at", "<=", horizon)]):
            renewed = credential._renewals().filtered(lambda other, own=credential: other.expires_at > own.expires_at)
            if renewed:
                if credential.status == "expired":
                    credential.with_context(finance_credential_step=_STEP).active = False
                continue
            left = 0 if credential.status == "expired" else max(credential.days_left, 1)
            threshold = min(days for days in (*ALERTS, credential.alerted_days) if days >= left)
            if threshold < credential.alerted_days:
                credential._alert(threshold)

    def _renewals(self):
        """:return: the credentials of the same connection, kind and name, this one included"""
        return self.search(
            [("connection_id", "=", self.connection_id.id), ("kind", "=", self.kind), ("name", "=", self.name)]
        )

    def _alert(self, threshold):
        self.with_context(finance_credential_step=_STEP).write({"alerted_days": threshold})
        connection = self.connection_id
        if not connection.owner_id:
            return
        connection.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.to_date(self.expires_at),
            user_id=connection.owner_id.id,
            summary=self.env._("%(name)s has expired: renew it", name=self.name)
            if self.status == "expired"
            else self.env._("%(name)s ends in %(days)s days: renew it", name=self.name, days=self.days_left),
        )


class FinanceConnection(models.Model):
    _inherit = "finance.connection"

    credential_ids = fields.One2many("finance.credential", "connection_id", string="Certificates and consents")

    def _credential(self, kind, name=None):
        """Give the certificate or consent to use now, the one that ends last.

        :raise AuthNeededError: there is none that is valid
        """
        self.ensure_one()
        now = self.env.cr.now()
        # sudo: engine code, whoever's transaction needs it
        domain = [("connection_id", "=", self.id), ("kind", "=", kind), *([("name", "=", name)] if name else [])]
        found = self.env["finance.credential"].sudo().search(domain)
        usable = found.filtered(lambda c: c.expires_at > now and (not c.valid_from or c.valid_from <= now))
        if not usable:
            raise self._ended(kind, name or found[:1].name or kind)
        return usable[-1]

    def _ended(self, kind, name):
        reason = "consent_expired" if kind in ("consent", "other") else "certificate_expired"
        return AuthNeededError(
            self.env._("%(name)s of %(connection)s has expired or is missing.", name=name, connection=self.name),
            reason=reason,
        )

    def _check_outbound(self):
        """EXTENDS: what the connection needs must not have expired."""
        result = super()._check_outbound()
        ended = self._first_ended()
        if ended:
            raise self.sudo()._ended(*ended)  # sudo: called by the engine, whoever's transaction needs it
        return result

    def _first_ended(self):
        """:return: (kind, name) of something the connection needs and has no valid one of, or None"""
        self.env["finance.credential"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT kind, name FROM finance_credential
                 WHERE connection_id = %s AND active AND blocks_sending
                 GROUP BY kind, name
                HAVING NOT bool_or(expires_at > %s AND COALESCE(valid_from <= %s, TRUE))
                 ORDER BY kind, name LIMIT 1
                """,
                self.id,
                self.env.cr.now(),
                self.env.cr.now(),
            )
        )
        return self.env.cr.fetchone()

    def _go_on_if_renewed(self):
        renewed = self.filtered(lambda connection: not connection._first_ended())
        renewed._mended("certificate_expired", "consent_expired")

    def _void_credentials(self):
        """EXTENDS: private keys are void, too."""
        result = super()._void_credentials()
        # sudo: keys are deleted by nobody directly, the role was checked
        self.sudo().credential_ids.filtered("has_key").unlink()
        return result

    def action_view_credentials(self):
        """Show certificates and consents of this connection."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Certificates and consents"),
            "res_model": "finance.credential",
            "view_mode": "list,form",
            "domain": [("connection_id", "=", self.id)],
        }
