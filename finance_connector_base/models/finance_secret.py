from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import ADMIN
from ..engine.errors import AuthNeededError
from ..safe import crypto

#: in the context of the one step that may write; an object cannot be forged by a client
_SEALING = object()


class FinanceSecret(models.Model):
    """A password, key or token of a connection: written by people, read only by the call that needs it."""

    _name = "finance.secret"
    _description = "Secret of a Connection"
    _inherit = ["finance.sealed"]
    _rec_name = "key"
    _order = "key"
    _allow_sudo_commands = False
    _sealed_fields = ("sealed",)

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    key = fields.Char(required=True, readonly=True)
    sealed = fields.Char(readonly=True, copy=False, groups=fields.NO_ACCESS)
    key_name = fields.Char(string="Sealed by key", compute="_compute_key_name", compute_sudo=True)
    set_at = fields.Datetime(readonly=True)
    set_by_id = fields.Many2one("res.users", readonly=True)

    _one_per_key = models.UniqueIndex("(connection_id, key)", "This secret is set already.")

    @api.depends("sealed")
    def _compute_key_name(self):
        for secret in self:
            try:
                secret.key_name = crypto.identifier_of(secret.sealed or "")
            except crypto.SealBroken:
                secret.key_name = False

    @api.model_create_multi
    def create(self, vals_list):
        self._check_sealing()
        return super().create(vals_list)

    def write(self, vals):
        self._check_sealing()
        return super().write(vals)

    def _check_sealing(self):
        """Secrets are written by ``_put`` alone: not by rights, not by commands on a connection, not by sudo."""
        if self.env.context.get("finance_sealing") is not _SEALING:
            raise AccessError(self.env._("A secret is set in its dialog and nowhere else."))

    def _seal_binding(self):
        # also against a row that is moved to another connection, or called something else
        return f"{self.connection_id.id}/{self.key}"

    @api.model
    def _put(self, connection, key, value):
        """Seal and store a secret; the old one is overwritten.

        :raise AuthNeededError: when the server has no master key
        """
        if not self.env.su and not self.env.user.has_group(ADMIN):
            raise AccessError(self.env._("Only a connector administrator may set secrets."))
        connection.check_access("write")
        connection = connection.sudo()  # sudo: sealed values are written by nobody directly
        self._master_keys()
        # sudo: as above
        secrets = self.sudo().with_context(finance_sealing=_SEALING)
        secret = secrets.search([("connection_id", "=", connection.id), ("key", "=", key)])
        if not secret:
            secret = secrets.create({"connection_id": connection.id, "key": key})
        secret.write({"sealed": secret._seal("sealed", value), "set_at": self.env.cr.now(), "set_by_id": self.env.uid})
        secret = secret.with_context(finance_sealing=None)
        connection.check_ok = False
        self.env["finance.audit"]._record("secret.set", secret, after={"key": key, "sealed_by": secret.key_name})
        return secret

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
        return secret._unseal("sealed")

    @api.ondelete(at_uninstall=False)
    def _unlink_audited(self):
        for secret in self:
            self.env["finance.audit"]._record("secret.removed", secret, before={"key": secret.key})
