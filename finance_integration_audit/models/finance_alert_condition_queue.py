from odoo import api, models
from odoo.tools import SQL

from odoo.addons.finance_connector_base.engine import states

from ..alerting.sighting import Sighting


class FinanceAlertConditionQueue(models.AbstractModel):
    """Messages that could be worked and are not (M-02): one alert a flow.

    What is paused, stopped or waits for its window is not late: its ``next_at`` lies ahead or its flow does not run.
    """

    _name = "finance.alert.condition.queue"
    _description = "Alert: Age of the queue"
    _inherit = ["finance.alert.condition"]
    _code = "queue"

    @api.model
    def _title(self):
        return self.env._("Messages waiting too long")

    @api.model
    def _unit(self):
        return self.env._("minutes")

    @api.model
    def _remedy(self):
        return self.env._("See whether workers run (Workers) and whether the connection works (Circuits).")

    @api.model
    def _look(self, threshold):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT flow_id, company_id, count(*),
                       extract(epoch FROM %(now)s - min(greatest(create_date, next_at))) / 60
                  FROM finance_message
                 WHERE state = ANY(%(ready)s)
                   AND greatest(create_date, next_at) < %(now)s - make_interval(secs => %(seconds)s)
                 GROUP BY flow_id, company_id
                """,
                now=self.env.cr.now(),
                ready=list(states.READY),
                seconds=threshold * 60,
            )
        )
        found = []
        for flow_id, company_id, count, minutes in self.env.cr.fetchall():
            flow = self.env["finance.flow"].browse(flow_id)
            if flow.paused or flow.connection_id.state not in ("active", "draining"):
                continue
            found.append(
                Sighting(
                    key=f"{flow_id}-{company_id}",
                    text=self.env._(
                        "%(flow)s: %(count)s messages wait, the oldest for %(minutes)s minutes",
                        flow=flow.display_name,
                        count=count,
                        minutes=int(minutes),
                    ),
                    model="finance.flow",
                    res_id=flow_id,
                    company_id=company_id,
                    connection_id=flow.connection_id.id,
                    value=float(minutes),
                )
            )
        return found
