import os

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.errors import AuthNeededError, FinanceError
from ..engine.work import note_kept_secret
from ..safe import crypto
from ..transports import vault_secrets


class FinanceSecret(models.Model):
    """A password, key or token of a connection: written by people, read only by the call that needs it.

    Its value is sealed here, or stays in the vault and only its place is known here.
    """

    _name = "finance.secret"
    _description = "Secret of a Connection"
    _inherit = ["finance.sealed.secret"]
    _rec_name = "key"
    _order = "key"
    _sealed_fields = ("sealed",)

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    key = fields.Char(required=True, readonly=True)
    reference = fields.Char(string="Place in the vault", readonly=True, copy=False)
    key_name = fields.Char(string="Sealed by key", compute="_compute_key_name", compute_sudo=True)
    set_at = fields.Datetime(readonly=True)

    _one_per_key = models.UniqueIndex("(connection_id, key)", "This secret is set already.")

    _one_place = models.Constraint(
        "CHECK (sealed IS NULL OR reference IS NULL)", "A secret is kept here or in the vault, not in both."
    )

    @api.depends("sealed")
    def _compute_key_name(self):
        for secret in self:
            try:
                secret.key_name = crypto.identifier_of(secret.sealed or "")
            except crypto.SealBroken:
                secret.key_name = False

    def _seal_binding(self):
        # also against a row that is moved to another connection, or called something else
        return f"{self.connection_id.id}/{self.key}"

    @api.model
    def _put(self, connection, key, value):
        """Seal and store a secret; the old one is overwritten.

        :raise AuthNeededError: when the server has no master key
        """
        self._check_may_set(connection)
        self._master_keys()
        secret = self._row_of(connection, key)
        return self._set(secret, {"sealed": secret._seal("sealed", value), "reference": False})

    @api.model
    def _put_reference(self, connection, key, text):
        """Let a secret stay in the vault: it is read there at use; what was sealed here before is deleted.

        :param str text: ``vault:path#field``
        :raise UserError: no such place, or none that the server allows this connection
        """
        self._check_may_set(connection)
        try:
            reference = vault_secrets.parse(text)
        except ValueError as error:
            raise UserError(
                self.env._("Enter the place like vault:secret/odoo/acme/bank#password: mount, path and field.")
            ) from error
        try:
            self._check_place(reference, connection)
        except FinanceError as error:
            raise UserError(error.detail) from error
        vault_secrets.VAULT.forget()
        return self._set(self._row_of(connection, key), {"sealed": False, "reference": str(reference)})

    @api.model
    def _row_of(self, connection, key):
        secrets = self._begin_sealing()
        found = secrets.search([("connection_id", "=", connection.id), ("key", "=", key)])
        return found or secrets.create({"connection_id": connection.id, "key": key})

    def _set(self, secret, values):
        secret.write({**values, "set_at": self.env.cr.now(), "set_by_id": self.env.uid})
        secret = secret._end_sealing()
        secret.connection_id.check_ok = False
        told = {"place": secret.reference} if secret.reference else {"sealed_by": secret.key_name}
        self.env["finance.audit"]._record("secret.set", secret, after={"key": secret.key, **told})
        return secret

    @api.model
    def _check_place(self, reference, connection):
        # sudo: where a connection belongs is asked by the engine for any role
        connection = connection.sudo()
        vault_secrets.check_allowed(reference, os.environ, connection.company_id.id, connection.environment or "")

    def _read_in_vault(self):
        """:return: the value, read in the vault or a moment ago
        :raise AuthNeededError: not allowed, not there, or refused
        :raise UnavailableError: the vault does not answer
        """
        try:
            reference = vault_secrets.parse(self.reference)
        except ValueError as error:
            raise AuthNeededError(
                self.env._("%s has a place that is none. Set it again.", self.key), reason="secret_broken"
            ) from error
        # each time: neither a change of the row nor of the environment of the connection leads elsewhere
        self._check_place(reference, self.connection_id)
        value, is_kept = vault_secrets.VAULT.read(reference, os.environ)
        if is_kept:
            note_kept_secret()
        return value

    @api.model
    def _reveal(self, connection, key):
        """:return: the secret in clear, for the call under way
        :raise AuthNeededError: not set, locked, or not of this place
        """
        secret = self.sudo().search(  # sudo: read by the engine for the call under way, never shown
            [("connection_id", "=", connection.id), ("key", "=", key)]
        )
        if not secret:
            raise AuthNeededError(
                self.env._(
                    "%(connection)s has no %(key)s. Set it on the connection.", connection=connection.name, key=key
                ),  # fmt: skip
                reason="secret_missing",
            )
        return secret._read_in_vault() if secret.reference else secret._unseal("sealed")

    @api.ondelete(at_uninstall=False)
    def _unlink_audited(self):
        for secret in self:
            self.env["finance.audit"]._record("secret.removed", secret, before={"key": secret.key})
