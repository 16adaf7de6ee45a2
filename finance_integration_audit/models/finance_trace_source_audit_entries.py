from odoo import api, models
from odoo.fields import Domain

from ..lineage.hops import Hop


class FinanceTraceSourceAuditEntries(models.AbstractModel):
    """What the audit trail tells of the records and of their business transaction, for auditors."""

    _name = "finance.trace.source.audit.entries"
    _description = "Trace: Audit Entries"
    _inherit = ["finance.trace.source"]

    @api.model
    def _aside(self, keys, correlation_ids):
        entries = self.env["finance.audit.entry"]
        if not entries.has_access("read"):
            return
        domain = Domain("correlation_id", "in", list(correlation_ids))
        by_model = {}
        for model, res_id in keys:
            by_model.setdefault(model, []).append(res_id)
        for model, ids in by_model.items():
            domain |= Domain("model", "=", model) & Domain("res_id", "in", ids)
        for entry in entries.search(domain, limit=200):
            yield Hop(
                key=("finance.audit.entry", entry.id),
                at=entry.at,
                rank=96,
                title=self.env._("Audit: %s", entry.event),
                system=self._here(self.env["res.company"].browse(entry.company_ref).exists()),
                person=entry.user_login or "",
                detail=entry.reason or entry.record_name or "",
            )
