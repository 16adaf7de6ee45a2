from odoo import fields, models


class FinanceAccessReviewTake(models.TransientModel):
    """Asks about which company to write down who has what."""

    _name = "finance.access.review.take"
    _description = "Take an Access Report"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)

    def action_confirm(self):
        """Take it and open it."""
        self.ensure_one()
        review = self.env["finance.access.review"]._take(self.company_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": review._name,
            "res_id": review.id,
            "view_mode": "form",
        }
