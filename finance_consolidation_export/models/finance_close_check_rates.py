from odoo import api, models
from odoo.exceptions import UserError

from ..balances.translation import AVERAGE, CLOSING, HISTORICAL
from ..closing.finding import Finding


class FinanceCloseCheckRates(models.AbstractModel):
    """Rates that the package of the company will need and that are not there (C-11)."""

    _name = "finance.close.check.rates"
    _description = "Check: Missing rates"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Missing rates")

    @api.model
    def _examine(self, task):
        missing = []
        for entity in (task.entity_id or task.close_id.template_id._entities()).filtered("company_id"):
            missing += self._missing(task.scenario_id, entity, task.close_id.date_from, task.date_to)
        if not missing:
            return Finding(passed=True, text=self.env._("The rates are there."))
        return Finding(
            passed=False,
            count=len(missing),
            text="\n".join(missing[:5]),
            model="finance.consolidation.rate",
            domain=[("scenario_id", "=", task.scenario_id.id)],
        )

    @api.model
    def _missing(self, scenario, entity, first, last):
        """:return: what is said of each rate that a package of a company would lack"""
        package = self.env["finance.consolidation.package"].new(
            {"scenario_id": scenario.id, "entity_id": entity.id, "date_from": first, "date_to": last}
        )
        historical = scenario.chart_id.account_ids.filtered(lambda one: one.rate_type == HISTORICAL)
        missing = []
        for kind, account in [(CLOSING, None), (AVERAGE, None), *((HISTORICAL, one) for one in historical)]:
            try:
                self.env["finance.consolidation.rate"]._rate_of(package, kind, account)
            except UserError as error:
                missing.append(error.args[0])
        return missing
