from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionCompleteness(models.AbstractModel):
    """A day of a flow on which something is missing (A-12, A-16, B-50): one alert a day and flow.

    It is over when the day is complete again: the missing message has come, or the expectation was corrected.
    """

    _name = "finance.alert.condition.completeness"
    _description = "Alert: Something is missing"
    _inherit = ["finance.alert.condition"]
    _code = "completeness"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("Something is missing on a day")

    @api.model
    def _remedy(self):
        return self.env._(
            "Open the day: it names what is missing. Ask the sender for it again; known ones are recognised."
        )

    @api.model
    def _look(self, threshold):
        days = self.env["finance.completeness"].search([("state", "=", "difference")])
        return [
            Sighting(
                key=f"{one.flow_id.id}-{one.day}",
                text=self.env._(
                    "%(flow)s, %(day)s: %(what)s",
                    flow=one.flow_id.display_name,
                    day=one.day,
                    what="; ".join((one.finding_text or "").splitlines()),
                ),
                model="finance.completeness",
                res_id=one.id,
                company_id=one.company_id.id,
                connection_id=one.connection_id.id,
                value=one.lost + one.missing_count,
            )
            for one in days
        ]
