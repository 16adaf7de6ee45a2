from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.finance_connector_base.engine import states
from odoo.addons.finance_connector_base.models.finance_message_actions import UNDECIDED

from ..const import ACCOUNTANT, CONTROLLER
from .finance_close_period import RUNNING


class FinanceClosePause(models.Model):
    """Flows of companies that rest while a period is closed: paused, reprocessed, validated, resumed (C-21).

    It works with the means of the control plane: a paused flow accepts messages and works none of them, a draining one
    works off what is there and fetches nothing new. Only flows that this pause has paused are resumed by it.
    """

    _name = "finance.close.pause"
    _description = "Pause of Flows in the Close"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "reason"
    _allow_sudo_commands = False

    close_id = fields.Many2one("finance.close.period", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    reason = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("paused", "Paused"), ("reprocessing", "Reprocessing"), ("resumed", "Resumed")],
        default="paused",
        required=True,
        readonly=True,
        tracking=True,
    )
    user_id = fields.Many2one("res.users", string="Paused by", required=True, readonly=True)
    paused_at = fields.Datetime(string="Paused", required=True, readonly=True)
    until = fields.Datetime(string="Planned until", readonly=True)
    resumed_by_id = fields.Many2one("res.users", readonly=True)
    resumed_at = fields.Datetime(string="Resumed", readonly=True)
    flow_ids = fields.Many2many("finance.flow", "finance_close_pause_flow_rel", string="Flows", readonly=True)
    draining_flow_ids = fields.Many2many(
        "finance.flow", "finance_close_pause_draining_rel", string="Were draining before", readonly=True
    )
    retried_count = fields.Integer(string="Tried again", readonly=True)
    reminded_at = fields.Datetime(readonly=True)
    waiting_count = fields.Integer(string="Messages waiting", compute="_compute_counts")
    attention_count = fields.Integer(string="Messages that need a person", compute="_compute_counts")

    _one_at_a_time = models.UniqueIndex(
        "(company_id) WHERE state != 'resumed'",
        "Flows of this company are paused for a close already. Resume them first.",
    )

    def _compute_counts(self):
        for pause in self:
            # sudo: counts of the flows of the pause, for whoever may read it
            flows = pause.sudo().flow_ids
            pause.waiting_count = sum(flows.mapped("waiting_count"))
            pause.attention_count = sum(flows.mapped("attention_count"))

    def _check_step(self, group, *wanted):
        self.close_id._check_role(group)
        self.check_access("read")
        if self.filtered(lambda pause: pause.state not in wanted):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(self.env._("This is for pauses that are: %s.", ", ".join(labels[one] for one in wanted)))

    @api.model
    def _begin(self, close, flows, reason, until=None):
        """Pause flows of companies in the close.

        :return: one pause for each company
        """
        # with the rights of whoever pauses, whatever those are that were handed in
        close, flows = close.with_env(self.env), flows.with_env(self.env)
        close._check_role(CONTROLLER)
        close._check_state(*RUNNING)
        flows.check_access("read")
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason of the pause."))
        # sudo: which companies the close is about
        foreign = flows.company_id - close.sudo()._companies()
        if foreign:
            raise UserError(self.env._("%s is not in this close.", foreign[0].name))
        flows = flows.filtered(lambda flow: not flow.paused)
        if not flows:
            raise UserError(self.env._("Choose flows that are not paused."))
        pauses = self.browse()
        for company, own in flows.grouped("company_id").items():
            # sudo: rows are made here alone and controllers steer no flows otherwise; the role was checked
            pause = self.sudo().create(
                {
                    "close_id": close.id,
                    "company_id": company.id,
                    "reason": reason.strip(),
                    "user_id": self.env.uid,
                    "paused_at": self.env.cr.now(),
                    "until": until,
                    "flow_ids": own.ids,
                    "draining_flow_ids": own.filtered("draining").ids,
                }
            )
            own.sudo()._steer(paused=True)  # sudo: as above
            pause._tell(self.env._("Paused for the close %(close)s: %(reason)s", close=close.name, reason=reason))
            pauses |= pause.sudo(False)
        return pauses

    def _tell(self, text):
        """Put it where people look for what happened to a connection, and tell its owner."""
        for connection in self.sudo().flow_ids.connection_id:  # sudo: who is told does not depend on who does it
            connection.message_post(body=text, partner_ids=connection.owner_id.partner_id.ids)

    def action_reprocess(self):
        """Try again what failed, and work off what waits; nothing new is fetched."""
        self._check_step(CONTROLLER, "paused", "reprocessing")
        for pause in self.sudo():  # sudo: controllers steer no flows otherwise; the role was checked
            messages = self.env["finance.message"].sudo()  # sudo: as above
            failed = messages.search(
                [("flow_id", "in", pause.flow_ids.ids), ("state", "in", [states.HELD, states.DEAD, states.RETRY])]
            ).filtered(lambda message: message.state != states.HELD or message.reason_code not in UNDECIDED)
            if failed:
                failed._retry(self.env._("tried again in the close %s", pause.close_id.name))
            pause.flow_ids._steer(paused=False, draining=True)
            pause.write({"state": "reprocessing", "retried_count": pause.retried_count + len(failed)})
            self.env["finance.dispatcher"]._wake()
        return True

    def action_validate(self):
        """Run all checks of the companies of the pause."""
        self._check_step(ACCOUNTANT, "paused", "reprocessing", "resumed")
        for pause in self:
            tasks = pause.close_id.task_ids.filtered(lambda task, pause=pause: task.company_id == pause.company_id)
            tasks._check()
        return self[:1].close_id.action_view_tasks() if len(self.close_id) == 1 else True

    def action_resume(self):
        """Let the flows go on, in order, as they did before the pause."""
        self._check_step(CONTROLLER, "paused", "reprocessing")
        for pause in self.sudo():  # sudo: controllers steer no flows otherwise; the role was checked
            pause.draining_flow_ids._steer(paused=False, draining=True)
            (pause.flow_ids - pause.draining_flow_ids)._steer(paused=False, draining=False)
            pause.write({"state": "resumed", "resumed_by_id": self.env.uid, "resumed_at": self.env.cr.now()})
            pause.activity_ids.action_feedback()
            pause._tell(self.env._("Resumed after the close %s.", pause.close_id.name))
        self.env["finance.dispatcher"]._wake()
        return True

    def action_view_messages(self):
        """Open the messages of the flows that are not finished."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Messages of the paused flows"),
            "res_model": "finance.message",
            "view_mode": "list,form",
            # sudo: ids only; which messages are shown the list decides by the rights of the person
            "domain": [("flow_id", "in", self.sudo().flow_ids.ids), ("state", "not in", list(states.FINAL))],
        }

    @api.model
    def _remind(self):
        """Tell who has paused flows that they should be running again by now."""
        late = self.search(
            [
                ("state", "!=", "resumed"),
                ("reminded_at", "=", False),
                ("until", "<", self.env.cr.now() - timedelta(minutes=1)),
            ]
        )
        for pause in late:
            pause.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=pause.user_id.id,
                summary=self.env._("Flows of %s are still paused: resume them", pause.company_id.name),
            )
        late.write({"reminded_at": self.env.cr.now()})

    def _compute_display_name(self):
        for pause in self:
            # sudo: names of what the person may read anyway
            pause.display_name = f"{pause.sudo().close_id.name}: {pause.sudo().company_id.name}"


class FinanceClosePeriod(models.Model):
    _inherit = "finance.close.period"

    pause_ids = fields.One2many("finance.close.pause", "close_id", string="Pauses", readonly=True)
    paused_count = fields.Integer(string="Companies with paused flows", compute="_compute_paused_count")

    def _compute_paused_count(self):
        for close in self:
            close.paused_count = len(close.pause_ids.filtered(lambda pause: pause.state != "resumed"))

    def _companies(self):
        """:return: companies of this database that the close is about, with their branches"""
        self.ensure_one()
        companies = self.env["res.company"]
        for entity in self.template_id._entities().filtered("company_id"):
            companies |= entity._companies()
        return companies

    def action_pause(self):
        """Open the dialog that pauses flows of the companies."""
        self.ensure_one()
        self._check_role(CONTROLLER)
        self._check_state(*RUNNING)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pause flows"),
            "res_model": "finance.close.pause.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_close_id": self.id},
        }

    def action_view_pauses(self):
        """Open the pauses of the close."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "finance_consolidation_export.finance_close_pause_action"
        )
        return {**action, "domain": [("close_id", "=", self.id)]}
