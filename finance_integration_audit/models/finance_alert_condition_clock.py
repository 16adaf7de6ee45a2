from datetime import timedelta

from odoo import api, models

from ..alerting.sighting import Sighting

#: what a machine said of its clock counts for so long: workers tell it every minute
TOLD_WITHIN = timedelta(minutes=15)


class FinanceAlertConditionClock(models.AbstractModel):
    """A machine whose clock differs from that of the database (fault 30): one alert a machine.

    Work is planned by the clock of the database alone; signatures, tokens and certificates are judged by the machine's.
    """

    _name = "finance.alert.condition.clock"
    _description = "Alert: Clocks differ"
    _inherit = ["finance.alert.condition"]
    _code = "clock"

    @api.model
    def _title(self):
        return self.env._("The clock of a machine is wrong")

    @api.model
    def _unit(self):
        return self.env._("seconds")

    @api.model
    def _remedy(self):
        return self.env._("Start time synchronisation on that machine. Signatures fail from five minutes on.")

    @api.model
    def _look(self, threshold):
        recent = self.env["finance.worker"].search(
            [("started_at", ">=", self.env.cr.now() - TOLD_WITHIN), ("clock_ahead", "!=", False)], order="id"
        )
        last = {worker.node: worker for worker in recent}
        return [
            Sighting(
                key=node or "",
                text=self.env._(
                    "The clock of %(machine)s differs by %(seconds)s seconds from that of the database",
                    machine=node,
                    seconds=f"{worker.clock_ahead:+.0f}",
                ),
                model="finance.worker",
                res_id=worker.id,
                value=abs(worker.clock_ahead),
            )
            for node, worker in last.items()
            if abs(worker.clock_ahead) >= threshold
        ]
