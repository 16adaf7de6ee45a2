from odoo import fields, models

#: messages tried at once; a trial costs as much as the work
TRIALS = 20


class FinanceMessageReasonWizard(models.TransientModel):
    """Asks for the reason of a discard or a replay; without one nothing happens."""

    _name = "finance.message.reason.wizard"
    _description = "Reason"

    operation = fields.Selection([("discard", "Discard"), ("replay", "Replay")], required=True, readonly=True)
    message_ids = fields.Many2many("finance.message", string="Messages", readonly=True)
    message_count = fields.Integer(compute="_compute_message_count")
    reason = fields.Text(required=True)
    report = fields.Text(string="What a replay would do", readonly=True)

    def _compute_message_count(self):
        for wizard in self:
            wizard.message_count = len(wizard.message_ids)

    def action_dry_run(self):
        """Show what a replay would do, and undo it."""
        self.ensure_one()
        lines = []
        for message in self.message_ids[:TRIALS]:
            trial = message._dry_run()
            made = ", ".join(trial["documents"]) or self.env._("nothing new")
            facts = ", ".join(f"{key}: {value}" for key, value in trial["result"].items())
            lines.append(f"{message.subject}: {trial['state']} - {trial['detail'] or facts} - {made}")
        self.report = "\n".join(lines)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replay messages"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Do it; the messages check role and state themselves."""
        self.ensure_one()
        if self.operation == "discard":
            self.message_ids._discard(self.reason)
            return {"type": "ir.actions.act_window_close"}
        replays = self.message_ids._replay(self.reason)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replays"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("id", "in", replays.ids)],
        }
