from odoo import api, models

from ..closing.finding import Finding


class FinanceCloseCheckBetween(models.AbstractModel):
    """Both sides of intercompany balances differ by more than the tolerance, or a side is missing (C-03)."""

    _name = "finance.close.check.between"
    _description = "Check: Intercompany differences"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Intercompany differences")

    @api.model
    def _examine(self, task):
        model = "finance.consolidation.comparison"
        of_period = [("scenario_id", "=", task.scenario_id.id), ("date_to", "=", str(task.date_to))]
        comparison = self.env[model].search(of_period, limit=1)
        if not comparison.compared_at:
            text = self.env._("Both sides were not compared yet. Do it under Between Companies.")
            return Finding(passed=False, text=text, model=model, domain=of_period)
        domain = [("comparison_id", "=", comparison.id), ("verdict", "!=", "agrees")]
        if task.entity_id:
            domain += ["|", ("entity_one_id", "=", task.entity_id.id), ("entity_other_id", "=", task.entity_id.id)]
        return self._records(
            task,
            "finance.consolidation.comparison.line",
            domain,
            self.env._(
                "Comparisons with other companies that differ, or lack a side: %s. Look under Between Companies."
            ),
            self.env._("Both sides agree within the tolerance."),
        )
