from odoo import api, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionBurn(models.AbstractModel):
    """A service-level objective whose error budget burns too fast (A-15)."""

    _name = "finance.alert.condition.burn"
    _description = "Alert: An objective is in danger"
    _inherit = ["finance.alert.condition"]
    _code = "burn"

    @api.model
    def _title(self):
        return self.env._("An objective is in danger")

    @api.model
    def _remedy(self):
        return self.env._("Look at what fails or is slow in this flow since the burn began; the messages say why.")

    @api.model
    def _look(self, threshold):
        burning = self.env["finance.objective"].search([("burning", "!=", False)])
        return [
            Sighting(
                key=str(objective.id),
                text=self._told(objective),
                model="finance.objective",
                res_id=objective.id,
                company_id=objective.company_id.id,
                connection_id=objective.connection_id.id,
                value=objective.burn_hour,
            )
            for objective in burning
        ]

    @api.model
    def _told(self, objective):
        words = {
            "objective": objective.display_name,
            "rate": objective.burn_hour if objective.burning == "fast" else objective.burn_six_hours,
            "left": objective.budget_left,
        }
        if objective.budget_left <= 0:
            return self.env._("%(objective)s: the error budget is used up and burns %(rate).1f times too fast", **words)
        return self.env._(
            "%(objective)s: the error budget burns %(rate).1f times too fast, %(left).0f %% are left", **words
        )
