from odoo import fields, models


class FinanceAccessReviewDecide(models.TransientModel):
    """Asks whether lines of a review are confirmed or revoked, and why."""

    _name = "finance.access.review.decide"
    _description = "Decide Lines of an Access Review"

    line_ids = fields.Many2many("finance.access.review.line", "finance_access_decide_rel", readonly=True)
    decision = fields.Selection([("confirmed", "Confirm"), ("revoked", "Revoke")], required=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Decide; the lines check who may."""
        self.ensure_one()
        self.line_ids._decide(self.decision, self.reason)
        return {"type": "ir.actions.act_window_close"}
