from odoo import api, models

from ..lineage.hops import BAD, GOOD, WAITS, Hop


class FinanceTraceSourcePackages(models.AbstractModel):
    """Consolidation packages, where that module is there: who prepared, reviewed and approved them."""

    _name = "finance.trace.source.packages"
    _description = "Trace: Consolidation Packages"
    _inherit = ["finance.trace.source"]
    _traced = ("finance.consolidation.package", "finance.consolidation.delivery")
    _stage = 90
    _references = ("name", "digest", "file_name")

    @api.model
    def _links(self, records):
        for record in records:
            if record._name == "finance.consolidation.delivery":
                yield record, record.package_id, False
                continue
            # sudo: shown as far as the reader may see them
            deliveries = self.env["finance.consolidation.delivery"].sudo().search([("package_id", "=", record.id)])
            yield record, deliveries, False
            yield record, record.previous_id, False

    @api.model
    def _tone(self, record):
        if record._name == "finance.consolidation.package":
            return GOOD if record.approved_at else WAITS
        return BAD if record.failed_text else GOOD if record.reconciled_at else WAITS

    @api.model
    def _hops(self, records):
        for record in records:
            if record._name == "finance.consolidation.package":
                told = (
                    (record.built_at, self.env._("Read from the ledger"), ""),
                    (record.prepared_at, self.env._("Prepared"), record.prepared_by_id.name),
                    (record.reviewed_at, self.env._("Reviewed"), record.reviewed_by_id.name),
                    (record.approved_at, self.env._("Approved"), record.approved_by_id.name),
                )
            else:
                told = (
                    (record.started_at, self.env._("Load started"), record.delivered_by_id.name),
                    (record.loaded_at, self.env._("Loaded"), ""),
                    (record.reconciled_at, self.env._("Reconciled with the platform"), ""),
                )
            for rank, (at, what, person) in enumerate(told):
                if at:
                    yield Hop(
                        key=(record._name, record.id),
                        at=at,
                        rank=90 + rank,
                        title=f"{what}: {record.display_name}",
                        system=self._here(record.company_id),
                        state=self._label(record, "state"),
                        person=person or "",
                        tone=GOOD,
                    )
