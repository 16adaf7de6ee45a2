from odoo import api, models


class FinanceCloseCheckDrafts(models.AbstractModel):
    """Entries of the period, or before it, that are still drafts."""

    _name = "finance.close.check.drafts"
    _description = "Check: Draft entries"
    _inherit = ["finance.close.check"]

    @api.model
    def _title(self):
        return self.env._("Draft entries")

    @api.model
    def _examine(self, task):
        domain = [
            ("company_id", "in", self._companies(task).ids),
            ("state", "=", "draft"),
            ("date", "<=", str(task.date_to)),
        ]
        return self._records(
            task,
            "account.move",
            domain,
            self.env._("Drafts until the end of the period: %s. Post or delete them."),
            self.env._("No entry until the end of the period is a draft."),
        )
