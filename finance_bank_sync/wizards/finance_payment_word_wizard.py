import base64

from odoo import fields, models


class FinancePaymentWordWizard(models.TransientModel):
    """Asks one person what became of payments that the bank has said no last word about."""

    _name = "finance.payment.word.wizard"
    _description = "What Became of Payments"

    order_id = fields.Many2one("finance.payment.order", required=True, readonly=True)
    line_ids = fields.Many2many("finance.payment.line", string="Payments", required=True)
    decision = fields.Selection(
        [("executed", "The bank has executed them, or will"), ("not_executed", "The bank has not executed them")],
        required=True,
    )
    reason = fields.Text(required=True, string="How you know")
    evidence = fields.Binary(attachment=False, help="E.g. the bank's letter, or a picture of its portal.")
    evidence_name = fields.Char()

    def action_confirm(self):
        """Say it; the order checks role, person and payments itself."""
        self.ensure_one()
        evidence = None
        if self.evidence:
            evidence = (self.evidence_name or "evidence", base64.b64decode(self.evidence))
        # the identity check gives back an action, and runs this again after it
        told = self.order_id._say_verified(self.line_ids, self.decision, self.reason, evidence)
        return told if isinstance(told, dict) else {"type": "ir.actions.act_window_close"}
