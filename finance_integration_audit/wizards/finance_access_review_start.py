from datetime import timedelta

from odoo import fields, models


class FinanceAccessReviewStart(models.TransientModel):
    """Asks who reviews, and until when."""

    _name = "finance.access.review.start"
    _description = "Start an Access Review"

    review_id = fields.Many2one("finance.access.review", required=True, readonly=True)
    reviewer_id = fields.Many2one("res.users", required=True, domain="[('share', '=', False)]")
    due_date = fields.Date(
        string="Due", required=True, default=lambda self: fields.Date.context_today(self) + timedelta(days=14)
    )

    def action_confirm(self):
        """Start it; the review checks who may."""
        self.ensure_one()
        self.review_id._start(self.reviewer_id, self.due_date)
        return {"type": "ir.actions.act_window_close"}
