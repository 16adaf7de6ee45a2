from datetime import timedelta

from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionCircuit(models.AbstractModel):
    """A place outside that has not answered for a while (M-05): one alert a circuit."""

    _name = "finance.alert.condition.circuit"
    _description = "Alert: A place does not answer"
    _inherit = ["finance.alert.condition"]
    _code = "circuit"

    @api.model
    def _title(self):
        return self.env._("A place does not answer")

    @api.model
    def _unit(self):
        return self.env._("minutes")

    @api.model
    def _remedy(self):
        return self.env._("Ask the other side whether they know. What waits keeps its order and goes on by itself.")

    @api.model
    def _look(self, threshold):
        now = self.env.cr.now()
        open_ = self.env["finance.circuit"].search(
            [("state", "!=", "closed"), ("opened_at", "<=", now - timedelta(minutes=threshold))]
        )
        return [
            Sighting(
                key=str(circuit.id),
                text=self.env._(
                    "%(place)s does not answer since %(since)s; %(count)s messages wait",
                    place=circuit.endpoint,
                    since=f"{circuit.opened_at:%Y-%m-%d %H:%M} UTC",
                    count=circuit.waiting_count,
                ),
                model="finance.circuit",
                res_id=circuit.id,
                company_id=circuit.company_id.id,
                connection_id=circuit.connection_id.id,
                value=(now - circuit.opened_at).total_seconds() / 60,
            )
            for circuit in open_
        ]
