from odoo import fields, models


class FinanceRejectWizard(models.TransientModel):
    """Asks why a proposal is refused."""

    _name = "finance.reject.wizard"
    _description = "Reject a Proposal"

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(readonly=True)
    reason = fields.Text(required=True)

    def _models(self):
        """:return: names of the models whose records have ``_reject(reason)``; EXTENDS by modules"""
        return set(self.env.registry.descendants(["finance.governed"], "_inherit"))

    def action_confirm(self):
        """Refuse; the records check role and state themselves."""
        self.ensure_one()
        if self.res_model not in self._models():
            return {"type": "ir.actions.act_window_close"}
        self.env[self.res_model].browse(self.res_ids)._reject(self.reason)
        return {"type": "ir.actions.act_window_close"}
