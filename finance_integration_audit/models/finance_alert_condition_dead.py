from odoo import api, models

from odoo.addons.finance_connector_base.engine import states

from ..alerting.sighting import Sighting


class FinanceAlertConditionDead(models.AbstractModel):
    """Messages that have used up their attempts (B-11): one alert a flow."""

    _name = "finance.alert.condition.dead"
    _description = "Alert: Messages that gave up"
    _inherit = ["finance.alert.condition"]
    _code = "dead"

    @api.model
    def _title(self):
        return self.env._("Messages that gave up")

    @api.model
    def _unit(self):
        return self.env._("messages")

    @api.model
    def _remedy(self):
        return self.env._("Look at what the last attempt was told, mend it, then retry the messages together.")

    @api.model
    def _look(self, threshold):
        groups = self.env["finance.message"]._read_group(
            [("state", "=", states.DEAD)], ["flow_id", "company_id"], ["__count"]
        )
        return [
            Sighting(
                key=f"{flow.id}-{company.id}",
                text=self.env._("%(flow)s: %(count)s messages gave up", flow=flow.display_name, count=count),
                model="finance.flow",
                res_id=flow.id,
                company_id=company.id,
                connection_id=flow.connection_id.id,
                value=count,
            )
            for flow, company, count in groups
            if count >= max(threshold, 1)
        ]
