from datetime import timedelta

from odoo import api, fields, models

from ..alerting.sighting import Sighting


class FinanceAlertConditionBetween(models.AbstractModel):
    """Companies of a group that do not say the same of each other (C-03), where that module is there.

    Balances are cumulative: the last period that was compared has what earlier ones left open. How many differ is
    told, not how much: who sees the alert need not see the books of either side.
    """

    _name = "finance.alert.condition.between"
    _description = "Alert: Companies differ about what is between them"
    _inherit = ["finance.alert.condition"]
    _code = "between"
    _klass = "business"

    @api.model
    def _title(self):
        return self.env._("Companies of the group differ about what is between them")

    @api.model
    def _unit(self):
        return self.env._("days after the period")

    @api.model
    def _remedy(self):
        return self.env._(
            "Open the comparison: each difference names the documents that the other side has not booked."
        )

    @api.model
    def _look(self, threshold):
        # another module of the suite; alerts do not need it
        if "finance.consolidation.comparison" not in self.env:
            return []
        ended = fields.Date.to_date(self.env.cr.now()) - timedelta(days=threshold)
        latest = {}
        for comparison in self.env["finance.consolidation.comparison"].search(
            [("compared_at", "!=", False)], order="date_to desc, id desc"
        ):
            latest.setdefault(comparison.scenario_id, comparison)
        return [
            Sighting(
                key=str(comparison.id),
                text=self.env._(
                    "%(comparison)s: %(differing)s balances between companies differ, %(missing)s lack a side",
                    comparison=comparison.name,
                    differing=comparison.differing_count,
                    missing=comparison.missing_count,
                ),
                model=comparison._name,
                res_id=comparison.id,
                value=comparison.differing_count + comparison.missing_count,
            )
            for comparison in latest.values()
            if comparison.date_to <= ended and (comparison.differing_count or comparison.missing_count)
        ]
