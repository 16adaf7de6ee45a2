from odoo import api, fields, models


class FinancePaymentReviewWizard(models.TransientModel):
    """Asks an approver what the review of a screening or verification came to."""

    _name = "finance.payment.review.wizard"
    _description = "Review of a Payment Order"

    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True)
    said = fields.Text(compute="_compute_said", string="What was said")
    verdict = fields.Selection([("pass", "It may pass"), ("hold", "It is held")], required=True)
    reason = fields.Text(required=True, string="What you looked at")

    @api.depends("order_id")
    def _compute_said(self):
        for wizard in self:
            wizard.said = "\n".join(
                f"{check.name}: {verdict.detail or state}"
                for check, state, verdict in wizard.order_id._verdicts()
                if state == "review"
            )

    def action_confirm(self):
        """Say it; the order checks role and person itself."""
        self.ensure_one()
        # the identity check gives back an action, and runs this again after it
        told = self.order_id._review_verified(self.verdict, self.reason)
        return told or {"type": "ir.actions.act_window_close"}
