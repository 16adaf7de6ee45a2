from odoo import fields, models


class FinanceCircuitWizard(models.TransientModel):
    """Asks why everything may go on before a try has shown it."""

    _name = "finance.circuit.wizard"
    _description = "Close a Circuit"

    circuit_id = fields.Many2one("finance.circuit", required=True, readonly=True)
    last_error = fields.Char(related="circuit_id.last_error")
    waiting_count = fields.Integer(related="circuit_id.waiting_count")
    reason = fields.Text(required=True, string="Why it may go on")

    def action_confirm(self):
        """Close; the circuit checks the role itself."""
        self.ensure_one()
        self.circuit_id._close(self.reason)
        return {"type": "ir.actions.act_window_close"}
