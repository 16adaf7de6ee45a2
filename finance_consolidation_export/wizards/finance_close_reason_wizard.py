from odoo import api, fields, models


class FinanceCloseReasonWizard(models.TransientModel):
    """Asks why tasks of the close are skipped or opened again."""

    _name = "finance.close.reason.wizard"
    _description = "Reason in the Close"

    operation = fields.Selection([("skip", "Skip"), ("reopen", "Open again")], required=True, readonly=True)
    task_ids = fields.Many2many("finance.close.task", readonly=True)
    reason = fields.Text(required=True)

    @api.model
    def _dialog(self, operation, tasks):
        names = {"skip": self.env._("Skip tasks"), "reopen": self.env._("Open tasks again")}
        return {
            "type": "ir.actions.act_window",
            "name": names[operation],
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_operation": operation, "default_task_ids": tasks.ids},
        }

    def action_confirm(self):
        """Do it; the tasks check role and state themselves."""
        self.ensure_one()
        {"skip": self.task_ids._skip, "reopen": self.task_ids._reopen}[self.operation](self.reason)
        return {"type": "ir.actions.act_window_close"}
