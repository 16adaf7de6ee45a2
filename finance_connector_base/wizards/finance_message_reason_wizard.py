from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN

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
    mapping_difference = fields.Html(compute="_compute_mapping_difference", sanitize=False)
    mapping_choice = fields.Selection(
        selection=lambda self: self.env["finance.message"]._fields["mapping_choice"].selection,
        string="Which mappings",
        help="What is on the books stays as it is, whatever you choose.",
    )

    def _compute_message_count(self):
        for wizard in self:
            wizard.message_count = len(wizard.message_ids)

    @api.depends("message_ids", "operation")
    def _compute_mapping_difference(self):
        for wizard in self:
            shifts = wizard._shifts()
            wizard.mapping_difference = wizard.message_ids._mapping_shift_table(shifts) if shifts else False

    def _shifts(self):
        """:return: what the mappings in use today would translate otherwise (fault 51)"""
        if self.operation != "replay" or not self.env.user.has_group(ADMIN):
            return {}
        return self.message_ids._filtered_access("read")._mapping_shifts()

    def _check_choice(self):
        if not self.mapping_choice and self._shifts():
            raise UserError(
                self.env._(
                    "Mappings have changed since these messages were worked. Choose which ones the replay uses: as "
                    "used before, or as in use today."
                )
            )

    def action_dry_run(self):
        """Show what a replay would do, and undo it."""
        self.ensure_one()
        self._check_choice()
        lines = []
        for message in self.message_ids[:TRIALS]:
            trial = message._dry_run(self.mapping_choice)
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
        self._check_choice()
        replays = self.message_ids._replay(self.reason, self.mapping_choice)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replays"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            "domain": [("id", "in", replays.ids)],
        }
