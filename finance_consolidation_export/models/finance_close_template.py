from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..closing import order


class FinanceCloseTemplate(models.Model):
    """Which tasks the close of a period has, for which companies (C-05, C-18)."""

    _name = "finance.close.template"
    _description = "Template of the Close"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    scenario_id = fields.Many2one(
        "finance.consolidation.scenario",
        required=True,
        ondelete="cascade",
        index=True,
        tracking=True,
        default=lambda self: self.env["finance.consolidation.scenario"].search([], limit=1),
    )
    entity_ids = fields.Many2many(
        "finance.consolidation.entity",
        "finance_close_template_entity_rel",
        string="Companies",
        help="Empty: every company of the scenario.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working days of the group",
        ondelete="restrict",
        help="For tasks of the group, and of companies without working hours of their own. Empty: Monday to Friday.",
    )
    escalate_days = fields.Integer(
        string="Tell the controllers after (working days)",
        default=1,
        aggregator=None,
        help="So long after it was due a task is told to the group controllers.",
    )
    task_ids = fields.One2many("finance.close.template.task", "template_id", string="Tasks")
    task_count = fields.Integer(compute="_compute_task_count", string="Number of tasks")
    critical_text = fields.Char(
        string="Takes longest",
        compute="_compute_critical",
        help="The chain of tasks that a delay of one of them delays.",
    )

    _patient = models.Constraint("CHECK (escalate_days >= 0)", "Working days cannot be negative.")

    @api.depends("task_ids")
    def _compute_task_count(self):
        for template in self:
            template.task_count = len(template.task_ids)

    @api.depends("task_ids.name", "task_ids.effort", "task_ids.depends_ids")
    def _compute_critical(self):
        for template in self:
            path = template._critical()
            template.critical_text = (
                self.env._(
                    "%(chain)s: %(hours)s hours",
                    chain=" > ".join(task.name or "" for task in path),
                    hours=f"{sum(path.mapped('effort')):g}",
                )
                if path
                else False
            )

    def _waits(self):
        """:return: task -> tasks it waits for, by number; those that are being typed in have none yet"""
        self.ensure_one()
        tasks = self.task_ids._origin
        return {task.id: task.depends_ids._origin.ids for task in tasks}

    def _critical(self):
        """:return: the tasks of the chain that takes longest"""
        self.ensure_one()
        try:
            path = order.critical_path(self._waits(), {task._origin.id: task.effort for task in self.task_ids})
        except order.CircleError:
            # refused when it is saved
            path = []
        return self.env["finance.close.template.task"].browse(path)

    def _check_circles(self):
        """:raise ValidationError: naming the tasks that wait for each other"""
        for template in self:
            try:
                order.in_order(template._waits())
            except order.CircleError as error:
                tasks = self.env["finance.close.template.task"].browse(error.tasks)
                raise ValidationError(
                    self.env._(
                        "These tasks wait for each other: %s. Take one dependency away.",
                        " > ".join([*tasks.mapped("name"), tasks[0].name]),
                    )
                ) from error

    def _entities(self):
        """:return: companies of the group that it applies to"""
        self.ensure_one()
        entities = self.scenario_id.entity_ids
        return (entities & self.entity_ids if self.entity_ids else entities).filtered("active")

    def copy(self, default=None):
        copies = super().copy(default)
        for template, new in zip(self, copies, strict=True):
            if default and "task_ids" in default:
                continue
            made = {}
            for task in template.task_ids:
                made[task] = task.copy({"template_id": new.id, "depends_ids": False})
            for task, twin in made.items():
                twin.depends_ids = self.env["finance.close.template.task"].union(
                    *(made[one] for one in task.depends_ids if one in made)
                )
        return copies
