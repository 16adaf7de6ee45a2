from odoo import api, models

from ..lineage.hops import BAD, GOOD, WAITS, Gap, Hop


class FinanceTraceSourceExpenses(models.AbstractModel):
    """Expense reports of platforms, where that module is there."""

    _name = "finance.trace.source.expenses"
    _description = "Trace: Expense Reports"
    _inherit = ["finance.trace.source"]
    _traced = ("finance.expense.report",)
    _stage = 20
    _references = ("name", "number", "external_id")

    @api.model
    def _links(self, records):
        for report in records:
            yield report, report.message_id, False
            yield report, report.posting_ids.move_id, False

    @api.model
    def _back(self, records):
        if records._name == "finance.message":
            yield from self._pointing("finance.expense.report", "message_id", records)
        elif records._name == "account.move":
            for move, postings, _wide in self._pointing("finance.expense.posting", "move_id", records):
                yield move, postings.report_id, False

    @api.model
    def _tone(self, record):
        return BAD if record.reason_code else GOOD if record.posted_at else WAITS

    @api.model
    def _hops(self, records):
        for report in records:
            told = (
                (report.submitted_at, self.env._("Submitted: %s", report.name), report.employee_name),
                (report.approved_at, self.env._("Approved on the platform: %s", report.name), report.approver),
                (report.posted_at, self.env._("Posted: %s", report.name), ""),
                (report.paid_at, self.env._("Paid: %s", report.name), ""),
            )
            for rank, (at, title, person) in enumerate(told):
                if at:
                    yield Hop(
                        key=(report._name, report.id),
                        at=at,
                        rank=20 + rank,
                        title=title,
                        system=report.connection_id.display_name if rank < 2 else self._here(report.company_id),
                        state=self._label(report, "state"),
                        person=person or "",
                    )

    @api.model
    def _gaps(self, records):
        for report in records:
            if report.approved_at and not report.posted_at:
                yield Gap(
                    key=(report._name, report.id),
                    title=self.env._("Approved and not posted: %s", report.name),
                    system=self._here(report.company_id),
                    detail=report.detail or "",
                )
