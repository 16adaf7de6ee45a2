from odoo import api, models

from ..lineage.hops import BAD, PLAIN, Hop


class FinanceTraceSourceEvents(models.AbstractModel):
    """Events that others were told of, by the correlation id they carried."""

    _name = "finance.trace.source.events"
    _description = "Trace: Events"
    _inherit = ["finance.trace.source"]

    @api.model
    def _aside(self, keys, correlation_ids):
        events = self.env["finance.event"]
        if not correlation_ids or not events.has_access("read"):
            return
        for event in events.search([("correlation_id", "in", list(correlation_ids))], limit=100):
            yield Hop(
                key=("finance.event", event.id),
                at=event.at,
                rank=85,
                title=self.env._("Others were told: %s", event.type),
                system=self._here(event.company_id),
                detail=event.fault or event.subject,
                tone=BAD if event.fault else PLAIN,
            )
