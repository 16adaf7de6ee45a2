from odoo import api, models


class FinanceCloseCheckGaps(models.AbstractModel):
    """Numbers of journals that are missing in the period."""

    _name = "finance.close.check.gaps"
    _description = "Check: Gaps in the numbering"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Gaps in the numbering")

    @api.model
    def _examine(self, task):
        domain = [
            ("company_id", "in", self._companies(task).ids),
            ("made_sequence_gap", "=", True),
            ("state", "=", "posted"),
            ("date", ">=", str(task.close_id.date_from)),
            ("date", "<=", str(task.date_to)),
        ]
        return self._records(
            task,
            "account.move",
            domain,
            self.env._("Entries of the period before which a number is missing: %s. Find out what became of it."),
            self.env._("No number of the period is missing."),
        )
