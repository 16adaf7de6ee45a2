from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionLogin(models.AbstractModel):
    """A connection whose credentials are not accepted (M-06): nothing goes through until a person mends it."""

    _name = "finance.alert.condition.login"
    _description = "Alert: Credentials refused"
    _inherit = ["finance.alert.condition"]
    _code = "login"

    @api.model
    def _title(self):
        return self.env._("Credentials are refused")

    @api.model
    def _remedy(self):
        return self.env._("Open the connection: it says what is missing. Renew it, then test the connection.")

    @api.model
    def _look(self, threshold):
        refused = self.env["finance.connection"].search([("auth_needed", "=", True), ("state", "=", "active")])
        return [
            Sighting(
                key=str(connection.id),
                text=self.env._("%s wants other credentials; nothing goes through", connection.display_name),
                model="finance.connection",
                res_id=connection.id,
                company_id=connection.company_id.id,
                connection_id=connection.id,
            )
            for connection in refused
        ]
