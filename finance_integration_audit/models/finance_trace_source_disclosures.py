from odoo import api, models

from ..lineage.hops import Hop


class FinanceTraceSourceDisclosures(models.AbstractModel):
    """Who looked into the original of a message, and why."""

    _name = "finance.trace.source.disclosures"
    _description = "Trace: Looks into Originals"
    _inherit = ["finance.trace.source"]

    @api.model
    def _aside(self, keys, correlation_ids):
        looks = self.env["finance.disclosure"]
        messages = [res_id for model, res_id in keys if model == "finance.message"]
        if not messages or not looks.has_access("read"):
            return
        for look in looks.search([("message_id", "in", messages)], limit=100):
            yield Hop(
                key=("finance.message", look.message_id.id),
                at=look.create_date,
                rank=95,
                title=self.env._("Looked into the original"),
                system=self._here(look.company_id),
                person=look.user_id.name,
                detail=look.reason,
            )
