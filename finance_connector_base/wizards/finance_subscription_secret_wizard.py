from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN
from ..engine.errors import FinanceError
from .finance_webhook_secret_wizard import new_secret


class FinanceSubscriptionSecretWizard(models.TransientModel):
    """Makes a secret and shows it this once for the receiver."""

    _name = "finance.subscription.secret.wizard"
    _description = "Set the Secret of a Subscription"

    subscription_id = fields.Many2one("finance.subscription", required=True, readonly=True)
    secret_state = fields.Selection(related="subscription_id.secret_state")
    hours = fields.Integer(
        string="Old one signs for (hours)", default=24, help="While the receiver changes over. 0: it ends at once."
    )
    # never stored: taken out of the values in create() and sealed
    value = fields.Char(
        store=False,
        compute="_compute_value",
        inverse="_inverse_value",
        groups="finance_connector_base.finance_group_admin",
    )

    @api.depends("subscription_id")
    def _compute_value(self):
        for wizard in self:
            wizard.value = False if wizard.id else new_secret()

    def _inverse_value(self):
        """Sealing happens in create(), before anything could be cached or logged."""

    @api.model_create_multi
    def create(self, vals_list):
        given = [(vals.pop("value", None) or "").strip() for vals in vals_list]
        wizards = super().create(vals_list)
        for wizard, value in zip(wizards, given, strict=True):
            if not 0 <= wizard.hours <= 24 * 90:
                raise UserError(self.env._("The old secret can sign for up to 90 days."))
            try:
                self.env["finance.subscription.secret"]._put(wizard.subscription_id, value, hours=wizard.hours)
            except FinanceError as error:
                raise UserError(error.detail) from error
        return wizards

    def action_confirm(self):
        """Close; the secret was sealed when the dialog was saved."""
        self.env["finance.message"]._check_role(ADMIN)
        return {"type": "ir.actions.act_window_close"}
