import os

from odoo import api, fields, models

from ..engine.errors import FinanceError
from ..transports import vault_secrets


class FinanceSecretWizard(models.TransientModel):
    """Takes a secret in and never shows one."""

    _name = "finance.secret.wizard"
    _description = "Set a Secret"
    _inherit = ["finance.secret.intake"]

    connection_id = fields.Many2one("finance.connection", required=True, readonly=True)
    key = fields.Selection(
        [
            ("password", "Password"),
            ("private_key", "Private key"),
            ("passphrase", "Passphrase of the private key"),
            ("token", "Token"),
            ("client_secret", "Client secret (OAuth 2.0)"),
        ],
        string="Which",
        required=True,
        default="password",
    )
    has_vault = fields.Boolean(compute="_compute_allowed")
    allowed = fields.Char(string="Allowed places", compute="_compute_allowed")
    is_reference = fields.Boolean(
        string="It stays in the vault", help="The database has its place only. It is read there when it is used."
    )
    reference = fields.Char(string="Place")

    @api.depends("connection_id")
    def _compute_allowed(self):
        for wizard in self:
            connection = wizard.connection_id
            wizard.has_vault = vault_secrets.is_configured(os.environ)
            try:
                places = vault_secrets.prefixes(os.environ, connection.company_id.id, connection.environment or "")
                nothing = self.env._(
                    "none; the server's %(variable)s has no entry for %(company)s/%(environment)s",
                    variable=vault_secrets.PREFIXES_VARIABLE,
                    company=connection.company_id.id,
                    environment=connection.environment or "",
                )
                wizard.allowed = ", ".join(f"vault:{place}/..." for place in places) or nothing
            except FinanceError as error:
                wizard.allowed = error.detail

    def _take(self, line, text):
        if self.is_reference:
            self.env["finance.secret"]._put_reference(self.connection_id, self.key, self.reference or "")
            return
        given = text if self.key == "private_key" else line
        self._check_given(given)
        self.env["finance.secret"]._put(self.connection_id, self.key, given)
