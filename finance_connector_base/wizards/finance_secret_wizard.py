from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine.errors import FinanceError


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
