from odoo import api, fields, models
from odoo.exceptions import UserError

from ..webhooks.standard import symmetric_key


class FinanceSubscriptionSecret(models.Model):
    """What we sign deliveries with. Both sign while the receiver changes over."""

    _name = "finance.subscription.secret"
    _description = "Secret of a Subscription"
    _inherit = ["finance.rotating.secret"]
    _order = "id desc"
    _sealed_fields = ("sealed",)
    _owner_field = "subscription_id"

    subscription_id = fields.Many2one(
        "finance.subscription", required=True, readonly=True, ondelete="cascade", index=True
    )
    connection_id = fields.Many2one(related="subscription_id.connection_id")
    company_id = fields.Many2one(related="subscription_id.company_id", store=True)

    def _seal_binding(self):
        return f"subscription/{self.subscription_id.id}"

    @api.model
    def _put(self, subscription, value, *, hours=24):
        """Set the secret of a subscription; the one before signs as well for some hours.

        :param str value: ``whsec_...``
        :raise UserError: the value is none of Standard Webhooks
        :raise AuthNeededError: when the server has no master key
        """
        self._check_may_set(subscription)
        try:
            symmetric_key(value)
        except ValueError as error:
            raise UserError(
                self.env._("This is no secret for Standard Webhooks: %(problem)s.", problem=str(error))
            ) from None
        secret, ends_at = self._replace(subscription, value, hours=hours)
        self.env["finance.audit"]._record(
            "subscription.secret.set", subscription, after={"old one signs until": str(ends_at), "secret": secret.id}
        )
        return secret
