from datetime import timedelta

from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionExpiry(models.AbstractModel):
    """A certificate or key of a connection that ends soon (B-41)."""

    _name = "finance.alert.condition.expiry"
    _description = "Alert: A certificate ends"
    _inherit = ["finance.alert.condition"]
    _code = "expiry"

    @api.model
    def _title(self):
        return self.env._("A certificate or key ends soon")

    @api.model
    def _unit(self):
        return self.env._("days")

    @api.model
    def _remedy(self):
        return self.env._("Order the successor now and enter it beside the old one; both work in the time between.")

    @api.model
    def _is_mine(self, credential):
        """Consents have a rule of their own: people of the business renew them."""
        return credential.kind != "consent"

    @api.model
    def _look(self, threshold):
        now = self.env.cr.now()
        live = self.env["finance.credential"].search([("connection_id.state", "=", "active")]).filtered(self._is_mine)
        # the older of two with one name is good until it ends: its successor is there
        last = {}
        for credential in live.sorted("expires_at"):
            last[credential.connection_id, credential.kind, credential.name] = credential
        ending = [one for one in last.values() if one.expires_at < now + timedelta(days=threshold)]
        return [
            Sighting(
                key=str(credential.id),
                text=self.env._(
                    "%(connection)s: %(name)s ends on %(day)s",
                    connection=credential.connection_id.display_name,
                    name=credential.display_name,
                    day=credential.expires_at.date(),
                ),
                model="finance.credential",
                res_id=credential.id,
                company_id=credential.company_id.id,
                connection_id=credential.connection_id.id,
                value=(credential.expires_at - now).days,
            )
            for credential in ending
        ]
