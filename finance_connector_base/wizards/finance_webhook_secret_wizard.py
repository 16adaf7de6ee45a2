import base64
import os

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..webhooks.standard import SECRET_PREFIX


class FinanceWebhookSecretWizard(models.TransientModel):
    """Takes a secret in, or makes one and shows it this once for the sender."""

    _name = "finance.webhook.secret.wizard"
    _description = "Set the Secret of a Webhook"
    _inherit = ["finance.secret.intake"]

    webhook_id = fields.Many2one("finance.webhook", required=True, readonly=True)
    scheme = fields.Selection(related="webhook_id.scheme")
    secret_state = fields.Selection(related="webhook_id.secret_state")
    hours = fields.Integer(
        string="Old one valid for (hours)", default=24, help="While the sender changes over. 0: it ends at once."
    )

    @api.depends("scheme")
    def _compute_value(self):
        for wizard in self:
            # proposed anew each time, so that what is shown is never one that is in use already
            wizard.value = new_secret() if wizard.scheme == "standard" and not wizard.id else False
            wizard.value_text = False

    def _take(self, line, text):
        value = (text if self.scheme == "jws" else line).strip()
        self._check_given(value)
        if not 0 <= self.hours <= 24 * 90:
            raise UserError(self.env._("The old secret can stay valid for up to 90 days."))
        self.env["finance.webhook.secret"]._put(self.webhook_id, value, hours=self.hours)


def new_secret():
    """:return: a secret of Standard Webhooks that nobody has seen"""
    return SECRET_PREFIX + base64.b64encode(os.urandom(32)).decode("ascii")
