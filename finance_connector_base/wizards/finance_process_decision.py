from markupsafe import Markup

from odoo import api, fields, models

from ..models.step_up import step_up

#: what moves the process on; ending it is always possible without a password
_ASKS_PASSWORD = ("approve", "skip")


class FinanceProcessDecision(models.TransientModel):
    """Shows what is decided upon and asks for the reason; what was shown is what gets approved."""

    _name = "finance.process.decision"
    _description = "Decision"

    run_id = fields.Many2one("finance.process.run", required=True, readonly=True, ondelete="cascade")
    operation = fields.Selection(
        [("approve", "Approve"), ("reject", "Reject"), ("skip", "Go on without this step"), ("cancel", "Cancel")],
        required=True,
        readonly=True,
    )
    step_name = fields.Char(related="run_id.current_step_id.name", string="Step")
    facts_text = fields.Html(string="What it is about", readonly=True, sanitize=True)
    seen = fields.Char(readonly=True)
    reason = fields.Text()

    @api.model
    def _open(self, run, operation):
        """:return: the dialog with what is decided upon, pinned down before anybody reads it"""
        values = {"run_id": run.id, "operation": operation}
        if operation in ("approve", "reject"):
            facts, values["seen"] = run._live_facts(run.current_step_id)
            # what the steps before found out is worth knowing, and no part of what is approved
            found = {step.name: step.outcome for step in run.step_ids if step.state == "done" and step.outcome}
            values["facts_text"] = _table({**found, **facts})
        return self.create(values)

    def action_confirm(self):
        """Do it; what moves the process on asks for the password first."""
        self.ensure_one()
        # who may not, or comes too late, is not asked for a password
        self.run_id._check_operation(self.operation)
        return self._confirm_verified() if self.operation in _ASKS_PASSWORD else self._confirm()

    @step_up
    def _confirm_verified(self):
        return self._confirm()

    def _confirm(self):
        # the run checks role, company, state and facts itself
        self.run_id._decide(self.operation, seen=self.seen, reason=self.reason)
        return {"type": "ir.actions.act_window_close"}


def _table(facts):
    rows = Markup().join(
        Markup("<tr><td class='text-muted pe-3'>%s</td><td>%s</td></tr>")
        % (name.replace("_", " ").capitalize(), ", ".join(value) if isinstance(value, list) else value)
        for name, value in facts.items()
        if value
    )
    return Markup("<table class='table table-sm'>%s</table>") % rows
