from datetime import timedelta

from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionCollector(models.AbstractModel):
    """A collector of traces that takes nothing, or refuses part of it (A-09): what is sent to it comes late."""

    _name = "finance.alert.condition.collector"
    _description = "Alert: A collector of traces takes nothing"
    _inherit = ["finance.alert.condition"]
    _code = "collector"

    @api.model
    def _title(self):
        return self.env._("A collector of traces takes nothing")

    @api.model
    def _unit(self):
        return self.env._("minutes")

    @api.model
    def _remedy(self):
        return self.env._(
            "Open the collector: it says what the other side answers. Test its connection. Nothing is lost."
        )

    @api.model
    def _look(self, threshold):
        now = self.env.cr.now()
        failing = self.env["finance.telemetry.collector"].search(
            [("active", "=", True), ("problem_at", "<=", now - timedelta(minutes=threshold))]
        )
        return [
            Sighting(
                key=str(collector.id),
                text=self.env._(
                    "%(collector)s takes nothing: %(why)s", collector=collector.name, why=collector.problem
                ),
                model=collector._name,
                res_id=collector.id,
                company_id=collector.company_id.id,
                connection_id=collector.connection_id.id,
                value=(now - collector.problem_at) // timedelta(minutes=1),
            )
            for collector in failing
        ]
