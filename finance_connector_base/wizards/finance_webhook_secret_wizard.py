import base64
import os

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine.errors import FinanceError
from ..webhooks.standard import SECRET_PREFIX


class FinanceWebhookSecretWizard(models.TransientModel):
    """Takes a secret in, or makes one and shows it this once for the sender."""

    _name = "finance.webhook.secret.wizard"
    _description = "Set the Secret of a Webhook"

    webhook_id = fields.Many2one("finance.webhook", required=True, readonly=True)
    scheme = fields.Selection(related="webhook_id.scheme")
    secret_state = fields.Selection(related="webhook_id.secret_state")
    hours = fields.Integer(
        string="Old one valid for (hours)", default=24, help="While the sender changes over. 0: it ends at once."
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

    @api.depends("scheme")
    def _compute_value(self):
        for wizard in self:
            # proposed anew each time, so that what is shown is never one that is in use already
            wizard.value = _new_secret() if wizard.scheme == "standard" and not wizard.id else False
            wizard.value_text = False

    def _inverse_value(self):
        """Sealing happens in create(), before anything could be cached or logged."""

    @api.model_create_multi
    def create(self, vals_list):
        given = [(vals.pop("value", None) or "", vals.pop("value_text", None) or "") for vals in vals_list]
        wizards = super().create(vals_list)
        for wizard, (line, text) in zip(wizards, given, strict=True):
            value = (text if wizard.scheme == "jws" else line).strip()
            if not value:
                raise UserError(self.env._("Enter the secret."))
            if not 0 <= wizard.hours <= 24 * 90:
                raise UserError(self.env._("The old secret can stay valid for up to 90 days."))
            try:
                self.env["finance.webhook.secret"]._put(wizard.webhook_id, value, hours=wizard.hours)
            except FinanceError as error:
                raise UserError(error.detail) from error
        return wizards

    def action_confirm(self):
        """Close; the secret was sealed when the dialog was saved."""
        self.env["finance.message"]._check_role(ADMIN)
        return {"type": "ir.actions.act_window_close"}


def _new_secret():
    return SECRET_PREFIX + base64.b64encode(os.urandom(32)).decode("ascii")
