from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FinanceCloseTemplateTask(models.Model):
    """One task of a template: who, when, after what, how it is proved (C-05, C-07, C-08)."""

    _name = "finance.close.template.task"
    _description = "Task of a Template of the Close"
    _inherit = ["finance.close.duty"]
    _order = "template_id, sequence, id"

    template_id = fields.Many2one("finance.close.template", required=True, ondelete="cascade", index=True)
    active = fields.Boolean(default=True)
    scope = fields.Selection(
        [("company", "Each company"), ("group", "The group, once")], string="For", required=True, default="company"
    )
    entity_ids = fields.Many2many(
        "finance.consolidation.entity",
        "finance_close_template_task_entity_rel",
        string="Only companies",
        help="Empty: every company of the template.",
    )
    owner_id = fields.Many2one(
        "res.users",
        string="Person",
        domain="[('share', '=', False)]",
        help="Where nobody has the part in the company.",
    )
    due_days = fields.Integer(
        string="Working day",
        default=1,
        aggregator=None,
        help="1 is the first working day after the period, 0 its last one, -1 the one before.",
    )
    due_hour = fields.Float(string="At", default=17.0, aggregator=None)
    depends_ids = fields.Many2many(
        "finance.close.template.task",
        "finance_close_template_task_depend_rel",
        "task_id",
        "depends_id",
        string="Waits for",
        domain="[('template_id', '=', template_id)]",
    )

    _near = models.Constraint(
        "CHECK (due_days BETWEEN -20 AND 60 AND due_hour >= 0 AND due_hour < 24)",
        "The working day lies between -20 and 60, the time between 0:00 and 23:59.",
    )

    @api.constrains("depends_ids", "template_id")
    def _check_depends(self):
        for task in self:
            foreign = task.depends_ids.filtered(lambda one, task=task: one.template_id != task.template_id)
            if foreign:
                raise ValidationError(
                    self.env._(
                        "%(task)s waits for %(other)s of another template.", task=task.name, other=foreign[0].name
                    )
                )
        self.template_id._check_circles()

    def _applies(self, entity):
        """:return: whether a company has this task; checks look at books, which not every company has here"""
        self.ensure_one()
        if self.kind != "manual" and not entity.company_id:
            return False
        return not self.entity_ids or entity in self.entity_ids
