from datetime import timedelta

from odoo import api, models

from odoo.addons.finance_connector_base.engine import states

from ..alerting.sighting import Sighting

#: causes with which a guard holds what would be booked or paid a second time
HELD = ("near_duplicate", "identity_conflict", "conflict")
#: what is recognised as the same again and needs nobody, unless it comes in heaps
REPEATED = ("duplicate", "brought_by_hand")


class FinanceAlertConditionDuplicate(models.AbstractModel):
    """Money that would have been booked or paid twice, stopped by a guard (M-13): one alert a flow.

    What a guard holds waits for a person and counts at once. Plain repeats are ignored by themselves; so many of them
    in a day say that a sender repeats itself.
    """

    _name = "finance.alert.condition.duplicate"
    _description = "Alert: Duplicates were caught"
    _inherit = ["finance.alert.condition"]
    _code = "duplicate"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("Something came twice")

    @api.model
    def _unit(self):
        return self.env._("repeats a day")

    @api.model
    def _remedy(self):
        return self.env._("Compare both side by side and decide which one counts. Ask the sender why it came twice.")

    @api.model
    def _look(self, threshold):
        day = self.env.cr.now() - timedelta(days=1)
        held = self._counts([("state", "=", states.HELD), ("reason_code", "in", HELD)])
        repeated = self._counts(
            [("state", "=", states.IGNORED), ("reason_code", "in", REPEATED), ("create_date", ">=", day)]
        )
        return [
            Sighting(
                key=f"{flow.id}-{company.id}",
                text=self.env._(
                    "%(flow)s: %(held)s that may be duplicates wait for a decision, %(repeated)s repeats in a day",
                    flow=flow.display_name,
                    held=held.get((flow, company), 0),
                    repeated=repeated.get((flow, company), 0),
                ),
                model="finance.flow",
                res_id=flow.id,
                company_id=company.id,
                connection_id=flow.connection_id.id,
                value=held.get((flow, company), 0) + repeated.get((flow, company), 0),
            )
            for flow, company in {**held, **repeated}
            if (flow, company) in held or repeated[flow, company] >= max(threshold, 1)
        ]

    @api.model
    def _counts(self, domain):
        groups = self.env["finance.message"]._read_group(domain, ["flow_id", "company_id"], ["__count"])
        return {(flow, company): count for flow, company, count in groups}
