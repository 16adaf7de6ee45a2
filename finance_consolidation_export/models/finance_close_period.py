from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import clean_context

from ..closing import stages, workdays
from ..const import CONTROLLER

#: what people enter; everything else is written by the steps
ENTERED = {"scenario_id", "template_id", "date_from", "date_to", "note"}
CHATTER = ("message_", "activity_", "website_message_")
RUNNING = ("open", "preliminary")


class FinanceClosePeriod(models.Model):
    """The close of one period for one scenario: the tasks of all companies (C-05, C-13)."""

    _name = "finance.close.period"
    _description = "Close of a Period"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_to desc, scenario_id, id desc"
    _allow_sudo_commands = False

    name = fields.Char(compute="_compute_name", store=True)
    scenario_id = fields.Many2one(
        "finance.consolidation.scenario",
        required=True,
        ondelete="restrict",
        index=True,
        default=lambda self: self.env["finance.consolidation.scenario"].search([], limit=1),
    )
    template_id = fields.Many2one(
        "finance.close.template",
        required=True,
        ondelete="restrict",
        domain="[('scenario_id', '=', scenario_id)]",
        compute="_compute_template_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_from = fields.Date(
        string="Period from",
        required=True,
        tracking=True,
        default=lambda self: self.env["finance.consolidation.package"]._last_month()[0],
    )
    date_to = fields.Date(
        string="Period until",
        required=True,
        tracking=True,
        default=lambda self: self.env["finance.consolidation.package"]._last_month()[1],
    )
    note = fields.Text()
    state = fields.Selection(
        [
            ("draft", "Not opened"),
            ("open", "Under way"),
            ("preliminary", "Preliminary"),
            ("final", "Final"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    opened_at = fields.Datetime(readonly=True, copy=False)
    opened_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    preliminary_at = fields.Datetime(string="Preliminary figures at", readonly=True, copy=False)
    final_at = fields.Datetime(string="Final figures at", readonly=True, copy=False)
    final_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    days_to_close = fields.Integer(
        string="Working days to close",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Until the figures were final.",
    )
    task_ids = fields.One2many("finance.close.task", "close_id", string="Tasks", readonly=True)
    status_ids = fields.One2many("finance.close.status", "close_id", string="Companies", readonly=True)
    readiness = fields.Integer(string="Ready (%)", compute="_compute_counts", aggregator=None)
    task_count = fields.Integer(string="Number of tasks", compute="_compute_counts")
    done_count = fields.Integer(string="Finished tasks", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed checks", compute="_compute_counts")
    overdue_count = fields.Integer(string="Overdue tasks", compute="_compute_counts")

    _period = models.Constraint("CHECK (date_to >= date_from)", "The period ends before it begins.")
    _once = models.UniqueIndex(
        "(scenario_id, date_to) WHERE state != 'cancelled'", "There is a close of this period already. Open that one."
    )

    @api.depends("scenario_id.code", "date_to")
    def _compute_name(self):
        for close in self:
            close.name = f"{close.scenario_id.code or ''} {close.date_to or ''}".strip()

    @api.depends("scenario_id")
    def _compute_template_id(self):
        for close in self:
            if close.template_id.scenario_id != close.scenario_id:
                close.template_id = self.env["finance.close.template"].search(
                    [("scenario_id", "=", close.scenario_id.id)], limit=1
                )

    def _compute_counts(self):
        # the same rows as the cockpit shows: whoever sees one company has the readiness of that company
        rows = self.env["finance.close.status"].search([("close_id", "in", self.ids)])
        for close in self:
            own = rows.filtered(lambda row, close=close: row.close_id == close)
            whole = sum(own.mapped("weight"))
            close.readiness = sum(own.mapped("progress")) // whole if whole else 0
            close.task_count = sum(own.mapped("task_count"))
            close.done_count = sum(own.mapped("done_count"))
            close.failed_count = sum(own.mapped("failed_count"))
            close.overdue_count = sum(own.mapped("overdue_count"))

    # -- only through the steps ----------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {name: value for name, value in vals.items() if name in ENTERED or name.startswith(CHATTER)}
                for vals in vals_list
            ]
            # smuggled in as defaults of the context, they would count
            self = self.with_env(self.env(context=clean_context(self.env.context)))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            content = {name for name in vals if not name.startswith(CHATTER)}
            if content - ENTERED:
                raise AccessError(self.env._("Use the buttons of the close."))
            if content - {"note"} and self.filtered(lambda close: close.state != "draft"):
                raise UserError(self.env._("A close that was opened keeps its period and its template."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts(self):
        if self.filtered(lambda close: close.state != "draft"):
            raise UserError(self.env._("A close that was opened is kept as evidence. Cancel it instead."))

    def _check_role(self, group=CONTROLLER):
        if not self.env.su and not self.env.user.has_group(group):
            # sudo: names of roles may be told
            role = self.env.ref(group).sudo().name
            raise AccessError(self.env._("This is done by people with the role %s.", role))
        self.check_access("read")

    def _check_state(self, *states):
        if self.filtered(lambda close: close.state not in states):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(self.env._("This is for closes that are: %s.", ", ".join(labels[one] for one in states)))

    def _log(self, event, reason=None):
        for close in self:
            self.env["finance.audit"]._record(
                f"close.{event}", close, reason=reason, after={"name": close.name, "state": close.state}
            )

    # -- open ----------------------------------------------------------------------------------

    def action_open(self):
        """Make the tasks of every company, with their owners and due days."""
        self._check_role()
        self._check_state("draft")
        for close in self:
            if not close.template_id.task_ids:
                raise UserError(self.env._("%s has no tasks yet.", close.template_id.name))
            # sudo: the tasks are made here alone; the role was checked
            close.sudo()._make_tasks()
            close.sudo().write(  # sudo: what the steps write
                {"state": "open", "opened_at": self.env.cr.now(), "opened_by_id": self.env.uid}
            )
            close._settle()
        self._log("opened")
        return self.action_view_cockpit() if len(self) == 1 else True

    def _make_tasks(self):
        self.ensure_one()
        template = self.template_id
        calendar = self.env["finance.close.calendar"]
        tasks = template.task_ids
        made, rows = {}, []
        for_group = tasks.filtered(lambda task: task.scope == "group")
        places = [(self.env["finance.consolidation.entity"], for_group)]
        places += [
            (entity, (tasks - for_group).filtered(lambda t, e=entity: t._applies(e))) for entity in template._entities()
        ]
        critical = template._critical()
        for entity, own in places:
            due = calendar._due(own, entity, template, self.date_to)
            for task in own:
                rows.append((task, entity))
                made[task, entity] = {
                    **task._duty_values(),
                    "close_id": self.id,
                    "template_task_id": task.id,
                    "entity_id": entity.id,
                    "owner_id": (task.role_id._person(entity) or task.owner_id).id,
                    "due_at": due[task],
                    "is_critical": task in critical,
                    "state": stages.WAITING,
                }
        records = dict(zip(rows, self.env["finance.close.task"].create([made[row] for row in rows]), strict=True))
        by_task = {}
        for (task, _entity), record in records.items():
            by_task[task] = by_task.get(task, record.browse()) | record
        for (task, entity), record in records.items():
            before = record.browse()
            for one in task.depends_ids:
                # of a task of the same company that one, of a task of the group that, else those of all companies
                same = records.get((one, entity), record.browse())
                before |= same if entity and one.scope == "company" else by_task.get(one, record.browse())
            record.depends_ids = before

    def _settle(self):
        """Let tasks wait for what is not finished, and open those that have nothing to wait for any more."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE finance_close_task t SET state = s.state
              FROM (SELECT t.id, CASE WHEN EXISTS (
                               SELECT 1 FROM finance_close_task_depend_rel r
                                 JOIN finance_close_task d ON d.id = r.depends_id
                                WHERE r.task_id = t.id AND d.state NOT IN %(finished)s) THEN %(waiting)s
                           ELSE %(open)s END AS state
                      FROM finance_close_task t
                     WHERE t.close_id = ANY(%(closes)s) AND t.state IN (%(waiting)s, %(open)s)) s
             WHERE s.id = t.id AND s.state != t.state
            """,
            {
                "finished": stages.FINISHED,
                "waiting": stages.WAITING,
                "open": stages.OPEN,
                "closes": self.ids,
            },
        )
        self.env["finance.close.task"].invalidate_model(["state"])
        self.env["finance.close.status"].invalidate_model()
        self.invalidate_recordset(["readiness", "done_count", "failed_count", "overdue_count"])

    # -- preliminary, final --------------------------------------------------------------------

    def action_preliminary(self):
        """Say that the preliminary figures of all companies are there."""
        self._check_role()
        self._check_state("open")
        self._check_finished("preliminary")
        self.sudo().write({"state": "preliminary", "preliminary_at": self.env.cr.now()})  # sudo: what the steps write
        self._log("preliminary")
        return True

    def action_final(self):
        """Close the period for good; refused while something is not finished."""
        self._check_role()
        self._check_state(*RUNNING)
        self._check_finished("preliminary", "final")
        for close in self:
            close.sudo().write(  # sudo: what the steps write
                {
                    "state": "final",
                    "final_at": self.env.cr.now(),
                    "final_by_id": self.env.uid,
                    "days_to_close": close._days_passed(),
                }
            )
        self._log("final")
        return True

    def _days_passed(self):
        """:return: working days of the group from the end of the period until today"""
        self.ensure_one()
        calendar = self.env["finance.close.calendar"]
        of_group = calendar._calendar_of(self.env["finance.consolidation.entity"], self.template_id)
        working = calendar._working(of_group, False, self.date_to)
        return workdays.number_of(self.date_to, fields.Date.context_today(self), working)

    def _check_finished(self, *phases):
        """:raise UserError: naming what is left"""
        # sudo: the whole group has to be ready, whichever companies the controller sees
        left = (
            self.env["finance.close.task"]
            .sudo()
            .search([("close_id", "in", self.ids), ("phase", "in", phases), ("state", "not in", stages.FINISHED)])
        )
        if left:
            raise UserError(
                self.env._(
                    "%(count)s tasks are not finished, the first are: %(tasks)s.",
                    count=len(left),
                    tasks="; ".join(left[:5].mapped("display_name")),
                )
            )

    def action_cancel(self):
        """Take the close out of use; it stays readable."""
        self._check_role()
        self._check_state("draft", *RUNNING)
        self.sudo().write({"state": "cancelled"})  # sudo: what the steps write
        self.sudo().task_ids.activity_ids.unlink()  # sudo: nobody has to do them any more
        self._log("cancelled")
        return True

    # -- screens -------------------------------------------------------------------------------

    def action_view_tasks(self):
        """Open the tasks."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("finance_consolidation_export.finance_close_task_action")
        return {
            **action,
            "name": self.env._("Tasks of %s", self.name),
            "domain": [("close_id", "=", self.id)],
            "context": {"search_default_group_entity": 1},
        }
