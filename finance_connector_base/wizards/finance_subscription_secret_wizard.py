from odoo import api, fields, models
from odoo.exceptions import UserError

from .finance_webhook_secret_wizard import new_secret


class FinanceSubscriptionSecretWizard(models.TransientModel):
    """Makes a secret and shows it this once for the receiver."""

    _name = "finance.subscription.secret.wizard"
    _description = "Set the Secret of a Subscription"
    _inherit = ["finance.secret.intake"]

    subscription_id = fields.Many2one("finance.subscription", required=True, readonly=True)
    secret_state = fields.Selection(related="subscription_id.secret_state")
    hours = fields.Integer(
        string="Old one signs for (hours)", default=24, help="While the receiver changes over. 0: it ends at once."
    )

    @api.depends("subscription_id")
    def _compute_value(self):
        for wizard in self:
            # proposed anew each time, so that what is shown is never one that is in use already
            wizard.value = False if wizard.id else new_secret()
            wizard.value_text = False

    def _take(self, line, text):
        value = line.strip()
        self._check_given(value)
        if not 0 <= self.hours <= 24 * 90:
            raise UserError(self.env._("The old secret can sign for up to 90 days."))
        self.env["finance.subscription.secret"]._put(self.subscription_id, value, hours=self.hours)
