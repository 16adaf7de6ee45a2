from datetime import timedelta

from odoo import api, models

from ..alerting.sighting import Sighting

#: states of a task in which nothing is left to do
FINISHED = ("done", "skipped")


class FinanceAlertConditionClose(models.AbstractModel):
    """A task of the close that is late (M-14), where that module is there: one alert a close and company."""

    _name = "finance.alert.condition.close"
    _description = "Alert: The close is late"
    _inherit = ["finance.alert.condition"]
    _code = "close"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("The close is late")

    @api.model
    def _unit(self):
        return self.env._("hours")

    @api.model
    def _remedy(self):
        return self.env._(
            "Open the cockpit of the close: the first late task on the critical path moves all the others."
        )

    @api.model
    def _look(self, threshold):
        # another module of the suite; alerts do not need it
        if "finance.close.task" not in self.env:
            return []
        before = self.env.cr.now() - timedelta(hours=threshold)
        groups = self.env["finance.close.task"]._read_group(
            [("due_at", "<", before), ("state", "not in", FINISHED), ("close_id.state", "in", ("open", "preliminary"))],
            ["close_id", "company_id"],
            ["__count"],
        )
        return [
            Sighting(
                key=f"{close.id}-{company.id}",
                text=self.env._(
                    "%(close)s, %(company)s: %(count)s tasks are late",
                    close=close.display_name,
                    company=company.name or self.env._("the group"),
                    count=count,
                ),
                model="finance.close.period",
                res_id=close.id,
                company_id=company.id,
                value=count,
            )
            for close, company, count in groups
        ]
