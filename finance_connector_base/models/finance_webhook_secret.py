from odoo import api, fields, models
from odoo.exceptions import UserError

from ..webhooks import SCHEMES
from ..webhooks.jws_detached import read_key
from ..webhooks.standard import PUBLIC_PREFIX, symmetric_key

#: characters a secret that is used as text has at least
SHORTEST = 16


class FinanceWebhookSecret(models.Model):
    """What a sender signs with. Two are valid while the sender changes over."""

    _name = "finance.webhook.secret"
    _description = "Secret of a Webhook"
    _inherit = ["finance.rotating.secret"]
    _order = "id desc"
    _sealed_fields = ("sealed",)
    _owner_field = "webhook_id"

    webhook_id = fields.Many2one("finance.webhook", required=True, readonly=True, ondelete="cascade", index=True)
    connection_id = fields.Many2one(related="webhook_id.connection_id")
    company_id = fields.Many2one(related="webhook_id.company_id", store=True)

    def _seal_binding(self):
        return f"webhook/{self.webhook_id.id}"

    @api.model
    def _put(self, webhook, value, *, hours=24):
        """Set the secret of a webhook; the one before stays valid for some hours.

        :param str value: the secret, or a public key in PEM
        :param int hours: 0 ends the old one at once
        :raise UserError: the value cannot be one of this scheme
        :raise AuthNeededError: when the server has no master key
        """
        self._check_may_set(webhook)
        self._check_value(webhook, value)
        secret, ends_at = self._replace(webhook, value, hours=hours)
        self.env["finance.audit"]._record(
            "webhook.secret.set", webhook, after={"old one valid until": str(ends_at), "secret": secret.id}
        )
        return secret

    @api.model
    def _check_value(self, webhook, value):
        try:
            if webhook.scheme == "standard" and not value.startswith(PUBLIC_PREFIX):
                symmetric_key(value)
            elif webhook.scheme == "jws":
                read_key(value)
            elif webhook.scheme == "paypal":
                raise UserError(self.env._("PayPal signs with a certificate. Enter the webhook ID instead."))
            elif "secrets" not in SCHEMES[webhook.scheme].uses:
                raise UserError(self.env._("This sender signs with keys of its own, which are fetched from it."))
            elif len(value) < SHORTEST:
                raise UserError(self.env._("The secret is too short: %s characters at least.", SHORTEST))
        except ValueError as error:
            raise UserError(
                self.env._(
                    "This is no secret for %(scheme)s: %(problem)s.",
                    scheme=dict(webhook._selection_scheme())[webhook.scheme],
                    problem=str(error),
                )
            ) from None
