from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..closing import stages
from ..const import CONTROLLER

#: what whoever does the task may enter
EVIDENCE = {"evidence_ids", "evidence_url", "evidence_note"}
#: what a group controller may change besides
STEERED = {"owner_id", "due_at"}
CHATTER = ("message_", "activity_", "website_message_")


class FinanceCloseTask(models.Model):
    """One task of the close in one company, or of the group (C-05, C-07, C-08)."""

    _name = "finance.close.task"
    _description = "Task of the Close"
    _inherit = ["finance.close.duty", "mail.thread", "mail.activity.mixin"]
    _order = "due_at, sequence, entity_id, id"
    _allow_sudo_commands = False
    # nobody writes a task directly, but whoever sees it may discuss it
    _mail_post_access = "read"

    close_id = fields.Many2one("finance.close.period", required=True, readonly=True, ondelete="cascade", index=True)
    close_state = fields.Selection(related="close_id.state", string="State of the close")
    scenario_id = fields.Many2one(related="close_id.scenario_id", store=True, index=True)
    date_to = fields.Date(related="close_id.date_to", store=True)
    template_task_id = fields.Many2one("finance.close.template.task", readonly=True, ondelete="set null", index=True)
    entity_id = fields.Many2one(
        "finance.consolidation.entity", string="Company", readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="entity_id.company_id", store=True, index=True, string="Books of the company")
    owner_id = fields.Many2one(
        "res.users", string="Person", index=True, tracking=True, domain="[('share', '=', False)]"
    )
    due_at = fields.Datetime(string="Due", required=True, tracking=True, index=True)
    is_overdue = fields.Boolean(string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue")
    is_critical = fields.Boolean(string="On the critical path", readonly=True)
    depends_ids = fields.Many2many(
        "finance.close.task",
        "finance_close_task_depend_rel",
        "task_id",
        "depends_id",
        string="Waits for",
        readonly=True,
    )
    waiting_text = fields.Char(string="Waits still for", compute="_compute_waiting_text")
    state = fields.Selection(
        [
            (stages.WAITING, "Waits"),
            (stages.OPEN, "Open"),
            (stages.FAILED, "Failed"),
            (stages.PREPARED, "Prepared"),
            (stages.REVIEWED, "Reviewed"),
            (stages.DONE, "Done"),
            (stages.SKIPPED, "Skipped"),
        ],
        default=stages.WAITING,
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    evidence_ids = fields.Many2many(
        "ir.attachment", "finance_close_task_evidence_rel", string="Files", bypass_search_access=True
    )
    evidence_url = fields.Char(string="Link")
    evidence_note = fields.Text(string="What was done")
    prepared_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    prepared_at = fields.Datetime(readonly=True, copy=False)
    reviewed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reviewed_at = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    done_at = fields.Datetime(string="Finished", readonly=True, copy=False)
    reason = fields.Char(string="Why", readonly=True, help="Why it was skipped or opened again.")
    checked_at = fields.Datetime(string="Checked", readonly=True)
    finding = fields.Text(string="What was found", readonly=True)
    found_count = fields.Integer(string="In the way", readonly=True)
    found_model = fields.Char(readonly=True)
    found_domain = fields.Json(readonly=True)
    reminded_at = fields.Datetime(readonly=True)
    escalated_at = fields.Datetime(readonly=True)

    _maker_is_not_checker = models.Constraint(
        "CHECK (reviewed_by_id IS DISTINCT FROM prepared_by_id OR prepared_by_id IS NULL)",
        "Who did a task does not review it.",
    )
    _checker_is_not_approver = models.Constraint(
        "CHECK (approved_by_id IS NULL OR (approved_by_id IS DISTINCT FROM prepared_by_id"
        " AND approved_by_id IS DISTINCT FROM reviewed_by_id))",
        "Who did or reviewed a task does not approve it.",
    )

    @api.depends("name", "entity_id.code")
    def _compute_display_name(self):
        for task in self:
            # sudo: the code of a company of the group is known to whoever sees its tasks
            code = task.sudo().entity_id.code
            task.display_name = f"{code}: {task.name}" if code else task.name

    @api.depends("due_at", "state")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for task in self:
            task.is_overdue = bool(task.due_at and task.due_at < now and task.state not in stages.FINISHED)

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [("due_at", "<", fields.Datetime.now()), ("state", "not in", stages.FINISHED)]
        if set(value) == {True}:
            return late
        return ["!", "&", *late] if set(value) == {False} else []

    @api.depends("depends_ids.state")
    def _compute_waiting_text(self):
        for task in self:
            # sudo: a task may wait for companies that the person does not see; names of tasks may be told
            left = task.sudo().depends_ids.filtered(lambda one: one.state not in stages.FINISHED)
            more = self.env._(" and %s more", len(left) - 3) if len(left) > 3 else ""
            task.waiting_text = ", ".join(left[:3].mapped("display_name")) + more if left else False

    # -- only through the steps ----------------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            content = {name for name in vals if not name.startswith(CHATTER)}
            allowed = EVIDENCE | (STEERED if self.env.user.has_group(CONTROLLER) else set())
            if content - allowed:
                raise AccessError(self.env._("Use the buttons of the task: done, reviewed, approve."))
            if content & EVIDENCE and self.filtered(lambda one: one.state not in (stages.WAITING, *stages.TO_DO)):
                raise UserError(
                    self.env._("The evidence of a task that was done does not change. Have it opened again.")
                )
            if content and self.filtered(lambda one: one.close_state not in ("open", "preliminary")):
                raise UserError(self.env._("The close is not open."))
        if "due_at" in vals:
            # another day, another reminder
            vals = {**vals, "reminded_at": False, "escalated_at": False}
        return super().write(vals)
