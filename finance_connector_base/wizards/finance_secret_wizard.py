import os

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine.errors import FinanceError
from ..transports import vault_secrets


class FinanceSecretWizard(models.TransientModel):
    """Takes a secret in and never shows one."""

    _name = "finance.secret.wizard"
    _description = "Set a Secret"

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
    # never stored: taken out of the values in create() and sealed
    value = fields.Char(
        store=False,
        compute="_compute_value",
        inverse="_inverse_value",
        groups="finance_connector_base.finance_group_admin",
    )
    value_text = fields.Text(
        store=False,
        compute="_compute_value",
        inverse="_inverse_value",
        groups="finance_connector_base.finance_group_admin",
    )

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

    def _compute_value(self):
        self.value = False
        self.value_text = False

    def _inverse_value(self):
        """Sealing happens in create(), before anything could be cached or logged."""

    @api.model_create_multi
    def create(self, vals_list):
        secrets = [(vals.pop("value", None) or "", vals.pop("value_text", None) or "") for vals in vals_list]
        wizards = super().create(vals_list)
        for wizard, (line, text) in zip(wizards, secrets, strict=True):
            if wizard.is_reference:
                self.env["finance.secret"]._put_reference(wizard.connection_id, wizard.key, wizard.reference or "")
                continue
            given = text if wizard.key == "private_key" else line
            if not given:
                raise UserError(self.env._("Enter the secret."))
            try:
                self.env["finance.secret"]._put(wizard.connection_id, wizard.key, given)
            except FinanceError as error:
                raise UserError(error.detail) from error
        return wizards

    def action_confirm(self):
        """Close; the secret was sealed when the dialog was saved."""
        self.env["finance.message"]._check_role(ADMIN)
        return {"type": "ir.actions.act_window_close"}
