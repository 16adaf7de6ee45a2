import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

KINDS = [
    ("validate", "Validate"),
    ("enrich", "Enrich"),
    ("approve", "Approve"),
    ("route", "Route"),
    ("post", "Post"),
    ("confirm", "Confirm"),
]


class FinanceProcessStep(models.Model):
    """One step of a process: what it does, who decides, what happens when it fails or is late."""

    _name = "finance.process.step"
    _description = "Step of a Process"
    _order = "process_id, sequence, id"

    process_id = fields.Many2one("finance.process", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="process_id.company_id", store=True)
    sequence = fields.Integer(aggregator=None, default=10)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(KINDS, required=True, default="validate")
    work = fields.Selection(selection=[], required=True, string="What it does")
    condition = fields.Char(
        string="Only when",
        help="Domain on the record, e.g. [('amount_total', '>', 1000)]. Else the step is not needed.",
    )
    group_id = fields.Many2one("res.groups", string="Decided by", help="Members of this role approve or reject.")
    level_ids = fields.One2many(
        "finance.process.level",
        "step_id",
        string="Approvals by amount",
        copy=True,
        help="How many people have to approve from which amount on, in the currency of the company. "
        "Empty: one, whatever the amount.",
    )
    due_hours = fields.Float(string="Due within (hours)", default=24.0, help="A step that waits longer is escalated.")
    escalation_group_id = fields.Many2one(
        "res.groups", string="Escalated to", help="Is told when the step is late. Empty: the owner of the process."
    )
    on_failure = fields.Selection(
        [("hold", "Ask a person"), ("undo", "Undo what was done")],
        required=True,
        default="hold",
        string="When it fails",
    )
    may_skip = fields.Boolean(help="Who manages the process may skip the step, with a reason.")

    _positive_due = models.Constraint("CHECK (due_hours > 0)", "The time within which a step is due must be positive.")
    _decisions_are_not_skipped = models.Constraint(
        "CHECK (kind <> 'approve' OR may_skip IS NOT TRUE)", "An approval is given or refused, it cannot be skipped."
    )

    @api.constrains("work", "kind", "group_id")
    def _check_work(self):
        for step in self:
            work = self.env[step.work]
            if step.kind not in work._kinds:
                raise ValidationError(self.env._("%s does not fit the kind of this step.", step.name))
            if work._asks_people and not step.group_id:
                raise ValidationError(self.env._("Say who decides the step %s.", step.name))

    @api.constrains("condition")
    def _check_condition(self):
        for step in self:
            self._check_domain(step.condition)

    @api.model
    def _parsed(self, domain):
        # literals only: a domain is data, never code
        return Domain(ast.literal_eval(domain)) if domain else Domain.TRUE

    @api.model
    def _check_domain(self, domain, model=None):
        try:
            parsed = self._parsed(domain)
            if model:
                self.env[model].sudo().search(parsed, limit=1)  # sudo: only to see that it can be asked
        except (ValueError, SyntaxError, TypeError, AttributeError) as error:
            raise ValidationError(self.env._("The domain cannot be read: %s", error)) from error

    def _approvals_for(self, amount):
        """:return: how many people have to approve this amount"""
        self.ensure_one()
        levels = self.level_ids.filtered(lambda level: level.amount_from <= amount)
        if not self.level_ids:
            return 1
        return max(levels.mapped("approvals"), default=0)


class FinanceProcessLevel(models.Model):
    """From this amount on, so many people."""

    _name = "finance.process.level"
    _description = "Approvals by Amount"
    _order = "step_id, amount_from"

    step_id = fields.Many2one("finance.process.step", required=True, ondelete="cascade", index=True)
    amount_from = fields.Float(string="From amount", required=True, help="In the currency of the company.")
    approvals = fields.Integer(aggregator=None, string="People", required=True, default=1)

    _sane = models.Constraint(
        "CHECK (approvals BETWEEN 0 AND 9 AND amount_from >= 0)", "Between none and nine people approve."
    )
    _one_per_amount = models.UniqueIndex("(step_id, amount_from)", "There are two rules for the same amount.")
