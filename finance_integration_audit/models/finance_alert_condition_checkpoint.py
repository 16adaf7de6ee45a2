from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionCheckpoint(models.AbstractModel):
    """A day of a flow whose counts do not add up (B-50, A-12): something was lost."""

    _name = "finance.alert.condition.checkpoint"
    _description = "Alert: Counts do not add up"
    _inherit = ["finance.alert.condition"]
    _code = "checkpoint"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("Counts of a day do not add up")

    @api.model
    def _remedy(self):
        return self.env._(
            "Stop posting from this flow, compare the day with the sender's list, keep the database as it is."
        )

    @api.model
    def _look(self, threshold):
        wrong = self.env["finance.checkpoint"].search([("is_proved", "=", False)])
        # what completeness says of the same day says more
        told = self.env["finance.completeness"].search([("state", "=", "difference"), ("lost", ">", 0)])
        known = {(one.flow_id, one.day) for one in told}
        return [
            Sighting(
                key=str(checkpoint.id),
                text=self.env._(
                    "%(flow)s, %(day)s: %(count)s messages are missing",
                    flow=checkpoint.flow_id.display_name,
                    day=checkpoint.day,
                    count=checkpoint.difference,
                ),
                model="finance.checkpoint",
                res_id=checkpoint.id,
                company_id=checkpoint.company_id.id,
                connection_id=checkpoint.connection_id.id,
                value=checkpoint.difference,
            )
            for checkpoint in wrong
            if (checkpoint.flow_id, checkpoint.day) not in known
        ]
