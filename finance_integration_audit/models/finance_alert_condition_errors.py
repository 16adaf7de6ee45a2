from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..alerting.sighting import Sighting

#: what is looked at, and from how many attempts on a rate says something
WINDOW, FEWEST = timedelta(minutes=30), 20


class FinanceAlertConditionErrors(models.AbstractModel):
    """A flow of which too many attempts fail (M-01, M-03): one alert a flow."""

    _name = "finance.alert.condition.errors"
    _description = "Alert: Too many attempts fail"
    _inherit = ["finance.alert.condition"]
    _code = "errors"

    @api.model
    def _title(self):
        return self.env._("Too many attempts fail")

    @api.model
    def _unit(self):
        return self.env._("%")

    @api.model
    def _remedy(self):
        return self.env._("Look at the attempts of the last half hour: most of them say the same.")

    @api.model
    def _look(self, threshold):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT m.flow_id, count(*), count(*) FILTER (WHERE a.outcome NOT IN ('done', 'ignored'))
                  FROM finance_message_attempt a JOIN finance_message m ON m.id = a.message_id
                 WHERE a.ended_at >= %s AND a.outcome NOT IN ('running', 'released')
                 GROUP BY m.flow_id HAVING count(*) >= %s
                """,
                self.env.cr.now() - WINDOW,
                FEWEST,
            )
        )
        found = []
        for flow_id, count, failed in self.env.cr.fetchall():
            flow, rate = self.env["finance.flow"].browse(flow_id), 100.0 * failed / count
            if not failed or rate < threshold:
                continue
            found.append(
                Sighting(
                    key=str(flow_id),
                    text=self.env._(
                        "%(flow)s: %(failed)s of %(count)s attempts in half an hour failed",
                        flow=flow.display_name,
                        failed=failed,
                        count=count,
                    ),
                    model="finance.flow",
                    res_id=flow_id,
                    company_id=flow.company_id.id,
                    connection_id=flow.connection_id.id,
                    value=rate,
                )
            )
        return found
