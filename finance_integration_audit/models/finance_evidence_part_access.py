from odoo import api, fields, models

from .finance_evidence_part import Table


class FinanceEvidencePartAccess(models.AbstractModel):
    """Access reviews: those closed in the period, and the last one before: who had what, and who said so (A-14)."""

    _name = "finance.evidence.part.access"
    _description = "Evidence: Access Review"
    _inherit = ["finance.evidence.part"]
    _file = "access_review"

    @api.model
    def _title(self):
        return self.env._("Access review: who had what, conflicts of duties, and what was decided")

    @api.model
    def _tables(self, bundle):
        columns = (
            self.env._("Kind"),
            self.env._("Person"),
            self.env._("Logins"),
            self.env._("What"),
            self.env._("How"),
            self.env._("Ways"),
            self.env._("Risk"),
            self.env._("Decision"),
            self.env._("Reason"),
            self.env._("Decided by"),
        )
        reviews = self._reviews(bundle)
        if not reviews:
            yield Table(self.env._("Access review"), columns, [], self.env._("No review was closed until then."))
        for review in reviews:
            note = self.env._(
                "Taken %(taken)s, closed %(closed)s UTC by %(who)s. SHA-256, also in the trail: %(digest)s",
                taken=fields.Datetime.to_string(review.taken_at),
                closed=fields.Datetime.to_string(review.closed_at),
                who=review.reviewer_id.name,
                digest=review.digest,
            )
            rows = [line._row() for line in review.line_ids]
            yield Table(self.env._("Access review %s", review.name), columns, rows, note)

    @api.model
    def _reviews(self, bundle):
        reviews = self.env["finance.access.review"].sudo()  # sudo: of the bundle's company; who asks was checked
        domain = [("company_id", "=", bundle.company_id.id), ("state", "=", "closed")]
        if bundle.kind != "period":
            return reviews.search(domain, order="closed_at desc", limit=1)
        until = [("closed_at", "<", fields.Date.add(bundle.date_to, days=1))] if bundle.date_to else []
        found = reviews.search(domain + until, order="closed_at desc")
        inside = found.filtered(lambda one: not bundle.date_from or one.closed_at.date() >= bundle.date_from)
        return inside | found[len(inside) : len(inside) + 1]
