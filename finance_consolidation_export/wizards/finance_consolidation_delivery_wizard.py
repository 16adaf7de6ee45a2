from odoo import fields, models
from odoo.exceptions import UserError


class FinanceConsolidationDeliveryWizard(models.TransientModel):
    """Asks why a delivery goes on otherwise than by itself."""

    _name = "finance.consolidation.delivery.wizard"
    _description = "Decide about a Delivery"

    delivery_id = fields.Many2one("finance.consolidation.delivery", required=True, readonly=True)
    decision = fields.Selection(
        [
            ("again", "Load the same file again"),
            ("started", "The load was started"),
            ("not_started", "The load was not started"),
            ("loaded", "I have loaded the file at the platform"),
            ("cancel", "Give it up"),
        ],
        required=True,
    )
    job = fields.Char(string="Job at the platform")
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Do it; the delivery checks role and state itself."""
        self.ensure_one()
        delivery, reason = self.delivery_id, (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Give the reason: it is kept with the delivery."))
        match self.decision:
            case "again":
                delivery._load_again(reason)
            case "started":
                if not (self.job or "").strip():
                    raise UserError(self.env._("Enter the job as the platform calls it."))
                delivery._say_started(self.job.strip(), reason)
            case "not_started":
                delivery._say_not_started(reason)
            case "loaded":
                delivery._say_loaded((self.job or "").strip() or False, reason)
            case "cancel":
                delivery._cancel(reason)
        return {"type": "ir.actions.act_window_close"}
