from datetime import timedelta

from odoo import api, models

from odoo.addons.finance_connector_base.engine import states

from ..alerting.sighting import Sighting


class FinanceAlertConditionUnknown(models.AbstractModel):
    """A message of which nobody knows whether it arrived (decision 8): money may have left."""

    _name = "finance.alert.condition.unknown"
    _description = "Alert: Outcome unknown"
    _inherit = ["finance.alert.condition"]
    _code = "unknown"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("Outcome of a message unknown")

    @api.model
    def _unit(self):
        return self.env._("minutes")

    @api.model
    def _remedy(self):
        return self.env._("Never send it again. Ask the bank by its message id, then two people decide.")

    @api.model
    def _look(self, threshold):
        before = self.env.cr.now() - timedelta(minutes=threshold)
        waiting = self.env["finance.message"].search([("state", "=", states.UNKNOWN), ("write_date", "<=", before)])
        return [
            Sighting(
                key=str(message.id),
                text=self.env._("%s: nobody knows whether it has arrived", message.subject or message.display_name),
                model="finance.message",
                res_id=message.id,
                company_id=message.company_id.id,
                connection_id=message.connection_id.id,
                correlation_id=message.correlation_id,
            )
            for message in waiting
        ]
