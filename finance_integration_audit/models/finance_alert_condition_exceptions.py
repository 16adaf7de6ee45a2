from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionExceptions(models.AbstractModel):
    """Exceptions that nobody has solved in time, or that belong to nobody (B-35, M-12): one alert a flow and cause."""

    _name = "finance.alert.condition.exceptions"
    _description = "Alert: Exceptions that wait"
    _inherit = ["finance.alert.condition"]
    _code = "exceptions"

    @api.model
    def _title(self):
        return self.env._("Exceptions overdue or without owner")

    @api.model
    def _remedy(self):
        return self.env._("Open the exceptions of this cause, take them, do what the cause says.")

    @api.model
    def _look(self, threshold):
        now = self.env.cr.now()
        groups = self.env["finance.exception"]._read_group(
            [("state", "=", "open"), "|", ("due_at", "<", now), ("owner_id", "=", False)],
            ["flow_id", "reason_id", "error_class", "company_id"],
            ["__count", "opened_at:min"],
        )
        return [
            Sighting(
                key=f"{flow.id}-{reason.id}-{klass}",
                text=self.env._(
                    "%(flow)s: %(count)s exceptions wait too long or for nobody (%(cause)s)",
                    flow=flow.display_name,
                    count=count,
                    cause=reason.name,
                ),
                klass=klass or "technical",
                model="finance.flow",
                res_id=flow.id,
                company_id=company.id,
                connection_id=flow.connection_id.id,
                value=count,
            )
            for flow, reason, klass, company, count, _oldest in groups
        ]
